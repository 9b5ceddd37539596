"""The corpus: personal values marked where they stand, and texts that only look like them.

A line is one text; `[url_query]` and the like say whose column it is, `#` begins a comment.
`«phone|090-1234-5678»` marks a value and its kind. My Numbers are made by a seeded generator, so
that none stands here: `{mn}`, `{mn-}` in groups, `{mnfw}` full-width and percent-encoded.
"""

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_MARKED = re.compile(r"«([a-z_]+)\|([^»]*)»")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Case:
    """A text of the corpus, the text that must come out and the kinds that must be named."""

    column: str
    text: str
    masked: str
    kinds: tuple[str, ...]


def my_number(chance: random.Random) -> str:
    """Return twelve digits with a right check digit, of nobody."""
    digits = [chance.randrange(10) for _ in range(11)]
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    remainder = sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
    return "".join(map(str, [*digits, 0 if remainder <= 1 else 11 - remainder]))


def half_of(case: Case) -> int:
    """Return the half that a case belongs to by its text: rules were made on 0, 1 was set aside."""
    return hashlib.sha256(case.text.encode()).digest()[0] % 2


def cases(name: str) -> list[Case]:
    """Return the cases of a file beside this one."""
    chance = random.Random(20261124)  # noqa: S311 - the same numbers on every run
    column, found = "", []
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if re.fullmatch(r"\[[a-z_]+\]", line):
            column = line[1:-1]
            continue
        number = my_number(chance)
        filled = (
            line.replace("{mn}", number)
            .replace("{mn-}", "-".join((number[:4], number[4:8], number[8:])))
            .replace("{mnfw}", quote(number.translate(_WIDE)))
        )
        found.append(
            Case(
                column,
                _MARKED.sub(r"\2", filled),
                _MARKED.sub(r"[\1]", filled),
                tuple(sorted({match[1] for match in _MARKED.finditer(filled)})),
            )
        )
    return found
