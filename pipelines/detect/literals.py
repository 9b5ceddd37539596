"""Figures that stand in a query without a name.

A threshold or a weight is a parameter of the header, where its reason stands beside it and where
settings can change it; a unit, a constant of statistics and a figure of the tables of the day,
which several detectors read, is a macro of `sql/macros.sql`. What may stand in a query is nought
and one, and what is no figure of judgement: places in a list, decimals that are shown, powers, and
the status codes of HTTP.
"""

import re
from collections.abc import Iterator

import duckdb

_NUMBER = re.compile(rb"[\d_]+(?:\.\d+)?(?:[eE]-?\d+)?|\.\d+")
_WITHOUT_MEANING = {0.0, 1.0}
_NO_JUDGEMENT = (
    re.compile(rb"\[(?:\d+:)?\s*$"),  # names[1:10]
    re.compile(rb"\*\*\s*$"),
    re.compile(rb"\bstatus(?:, 0\))?\s*(?:[<>]=?|=|<>|(?:not )?between(?: \d{3} and)?)\s*$"),
    re.compile(rb"\bstatus (?:not )?in \((?:\d{3},\s*)*$"),
)
_ROUND = re.compile(rb"\bround\($")


def unnamed_figures(query: str) -> Iterator[tuple[int, str]]:
    """Yield the line, from 1, and the text of each figure in SQL that should have a name."""
    text = query.encode("utf-8")
    opened: list[bool] = []  # of each bracket that is open, whether it is that of round()
    for begin, kind in duckdb.tokenize(query):
        character = text[begin : begin + 1]
        if character in b"([":
            opened.append(bool(_ROUND.search(text[: begin + 1])))
        elif character in b")]" and opened:
            opened.pop()
        if kind != duckdb.token_type.numeric_const:
            continue
        number = _NUMBER.match(text, begin)
        before = text[:begin]
        is_decimals = bool(opened and opened[-1]) and before.rstrip().endswith(b",")
        if (
            number is None
            or is_decimals
            or float(number[0].replace(b"_", b"")) in _WITHOUT_MEANING
            or any(pattern.search(before[-80:]) for pattern in _NO_JUDGEMENT)
        ):
            continue
        yield before.count(b"\n") + 1, number[0].decode()
