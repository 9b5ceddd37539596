"""Small changes of SQL and of detector.yaml: a bound moved, a condition dropped, a sign turned."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"", re.DOTALL)
_CHANGES = (
    # What it is called, where it stands, and what takes its place.
    ("a bound moved by one", re.compile(r"(?<=[<>=] )(?:\d+|\$\w+)(?![\w.(])"), r"(\g<0> + 1)"),
    (">= to >", re.compile(r">="), ">"),
    ("> to >=", re.compile(r"(?<![-<=])>(?![=>])"), ">="),
    ("<= to <", re.compile(r"<="), "<"),
    ("< to <=", re.compile(r"<(?![=>])"), "<="),
    ("distinct dropped", re.compile(r"\bdistinct (?!from\b)(?!on\b)"), ""),
    ("a sign turned", re.compile(r"(?<=[\w)] )-(?= [\w($])"), "+"),
    ("a sign turned", re.compile(r"(?<=[\w)] )\+(?= [\w($])"), "-"),
    ("a condition dropped", re.compile(r"(?m)^[ ]*(?:and|or) [^\n]*$"), ""),
)
_PARAMETER = re.compile(r"^(?P<before>\s+value: )(?P<number>-?\d+(?:\.\d+)?)(?P<after>\s*)$")
_WHEN = re.compile(r"(?P<before>\bwhen: )(?P<text>[^\n{}]+?)(?P<after>\}?\s*)$")


class Change(NamedTuple):
    """What a change is called, which characters of the text it replaces, and by what."""

    name: str
    begin: int
    end: int
    put: str


def of_sql(text: str, begin: int = 0, end: int | None = None) -> Iterator[Change]:
    """Yield the changes of SQL between two offsets; comments and quoted text stay as they are."""
    text = text[:end]
    blank = _NOISE.sub(lambda found: " " * len(found.group()), text[begin:])
    for name, where, put in _CHANGES:
        for found in where.finditer(blank):
            first, behind = begin + found.start(), begin + found.end()
            if name != "a condition dropped" or _is_whole(found.group()):
                yield Change(name, first, behind, put.replace(r"\g<0>", text[first:behind]))


def _is_whole(line: str) -> bool:
    """Whether a line with a condition can be left out: its brackets and cases are closed in it."""
    words = re.findall(r"\b(?:case|end)\b", line)
    return (
        line.count("(") == line.count(")")
        and words.count("case") == words.count("end")
        and not line.rstrip().endswith((",", ";"))
    )


def of_detector(text: str) -> Iterator[Change]:
    """Yield the changes of a detector.yaml: of its parameters, and of its conditions, in SQL."""
    offset = 0
    for line in text.splitlines(keepends=True):
        if found := _PARAMETER.match(line):
            number, at = found["number"], offset + found.start("number")
            if "." in number:
                yield Change("a share doubled", at, at + len(number), str(float(number) * 2))
            else:
                yield Change("a bound moved by one", at, at + len(number), str(int(number) + 1))
        elif found := _WHEN.search(line):
            yield from of_sql(text, offset + found.start("text"), offset + found.end("text"))
        offset += len(line)
