"""Which of many logged texts need a careful look: Polars over all at once, two linear passes.

A text passes that holds a mark (a sign without which no injection works, or an escape that may hide
one) or a literal of a signature. Escapes of Japanese text and of the signs that addresses hold
anyway (blank, `/`, `:`, `=`, `,`) are none. It must miss nothing that `match.py` would find.
"""

import re
from functools import cache

import polars as pl

from pipelines.detect.web.match import signatures_of
from pipelines.detect.web.signatures import Place

_SIGNS = r"""['"`\\<>|{}^*$]"""
# Marks of the places whose texts hold no brackets and semicolons when all is well.
_ADDRESS_SIGNS = r"""['"`\\<>|{}^*$(;]"""
# %hh of control characters, of the signs above, of `#%&+.?` and of letters and digits, which need
# none; %C0, %C1 and %E0%80 begin overlong forms, %EF%BC full-width ones.
_ESCAPES = (
    r"(?i-u:%(?:[01][0-9a-f]|2[2345678abe]|3[0-9bcef]|4[0-9a-f]|5[0-9ace]|6[0-9a-f]|7[0-9a-cef]"
    r"|c[01]%|e0%8|ef%bc|cb%b9|cb%bc|e2%80%b2|c2%b4|u[0-9a-f]{4}|[\x00-/:-@g-\x7f]))"
)
_FORMS = r"[\u{ff01}-\u{ff5e}\u{02b9}\u{02bc}\u{2032}\u{b4}\u{ad}]|&(?i-u:#|lt|gt|quot|amp)"
# Conditions and statements that hold no sign: `1 or 1=1`, `drop table x`.
_GAP = r"(?:[+ ]|%(?:25)?(?:20|09|0[abcd]|a0|2b))+"
_CONDITION = (
    rf"(?i-u:(?:^|[\x00-@\[-`{{-\x7f])(?:x?or|and|having|where|like|by){_GAP}(?:not{_GAP})?"
    rf"(?:[0-9]|true|false|null|[a-z_.]{{1,30}}(?:{_GAP})?(?:=|%3d)))"
)
_STATEMENT = (
    rf"(?i-u:(?:insert|delete|update|drop|truncate|alter|create|merge|copy|load|exec|execute|declare)"
    rf"{_GAP}[a-z])"
)
# Hosts that are numbers, which people do not link to.
_NUMBER_HOST = r"(?i-u:(?::|%3a)(?:/|%2f){2}(?:[ -.0-~]{0,40}@)?(?:[0-9\[]|%5b))"
_ADDRESS_MARKS = "|".join((_ADDRESS_SIGNS, _ESCAPES, _FORMS, _CONDITION, _STATEMENT, _NUMBER_HOST))
_AGENT_MARKS = "|".join((_SIGNS, _FORMS, _CONDITION, _STATEMENT, r"\(\)", "%"))


def suspicious(place: Place, texts: pl.Series) -> pl.Series:
    """Return for each text of that place whether it needs a careful look; false for null."""
    marks = _AGENT_MARKS if place is Place.AGENT else _ADDRESS_MARKS
    found = texts.str.contains(marks)
    literals = _literals(place)
    if literals:
        found |= texts.str.contains_any(literals, ascii_case_insensitive=True)
    return found.fill_null(value=False)


@cache
def _literals(place: Place) -> list[str]:
    """All literals of a place, without those that hold another one."""
    named = sorted({word for _, one in signatures_of(place) for word in one.literals}, key=len)
    kept: list[str] = []
    for word in named:
        if not any(other in word for other in kept):
            kept.append(word)
    return kept
