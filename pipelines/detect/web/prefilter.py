"""Which of many logged texts need a careful look: Polars over all at once, two linear passes.

A text passes that holds a mark (a sign without which no injection works, or an escape that may hide
one) or a literal of a signature. Escapes of Japanese text and of the signs that addresses hold
anyway (blank, `/`, `:`, `=`, `,`) are none. It must miss nothing that `match.py` would find.
"""

from functools import cache

import polars as pl

from pipelines.detect.web.match import signatures_of
from pipelines.detect.web.signatures import Place

_SIGNS = r"""['"`\\<>|{}^*$(;]"""
# %hh of control characters, of the signs above, of `#%&+.?` and of letters and digits, which need
# none; %C0, %C1 and %E0%80 begin overlong forms, %EF%BC full-width ones.
_ESCAPES = (
    r"(?i-u:%(?:[01][0-9a-f]|2[2345678abe]|3[0-9bcef]|4[0-9a-f]|5[0-9ace]|6[0-9a-f]|7[0-9a-cef]"
    r"|c[01]%|e0%8|ef%bc|cb%b9|cb%bc|e2%80%b2|c2%b4|u[0-9a-f]{4}|[\x00-/:-@g-\x7f]))"
)
_FORMS = r"[\u{ff01}-\u{ff5e}\u{02b9}\u{02bc}\u{2032}\u{b4}\u{ad}]|&(?i-u:#|lt|gt|quot|amp)"
# Conditions, commands and statements that hold no sign: `1 or 1=1`, `ls -l`, `drop table x`.
_GAP = r"(?:[+ ]|%(?:25)?(?:20|09|0[abcd]|a0|2b))+"
_CONDITION = (
    rf"(?i-u:(?:^|[\x00-@\[-`{{-\x7f])(?:x?or|and|having|where|like|by|nc|sh|php|perl|ruby|node|lua|python[23]?|net|ls|ps|ping|id|cmd){_GAP}(?:not{_GAP})?"
    rf"(?:[0-9/-]|%2f|true|false|null|[a-z_.]{{1,30}}(?:{_GAP})?(?:=|%3d)))"
)
_STATEMENT = (
    rf"(?i-u:(?:cat|type|rm|cd|insert|delete|update|drop|truncate|alter|create|merge|copy|load|exec|execute|declare)"
    rf"{_GAP}(?:[a-z./~-]|%2f))"
)
# Hosts that are numbers, name a port or stand behind somebody's name; an end in `?`.
_HOST = (
    r"(?i-u:(?::|%3a)(?:/|%2f){2}(?:[0-9\[]|%5b|[!-.0-~]{1,120}(?:@|%40)|[a-z0-9.-]{1,80}(?::|%3a)[0-9])"
    r"|\?+(?:&|$))"
)
# Schemes other than the web's, drives, places of a Unix system, handlers, well-known doors.
_SCHEMES = (
    "gopher|dict|tftp|netdoc|jar|local_file|imaps?|smtps?|redis|telnet|mysql|mongodb|postgres(?:ql)?|ldap[is]?"
    "|finger|nntp|view-source|vnc|memcached?|php|phar|expect|ogg|rar|zip|zlib|bzip2|glob|rmi|file|s?ftps?|data"
    "|(?:java|vb|live|j)script|mocha|smb|webdavs?|input|ssh"
)
_NAMES = (
    rf"(?i-u:(?:{_SCHEMES}|(?:^|=|%3d)[a-z])(?::|%3a)"
    r"|(?:=|%3d)(?:/|%2f)+(?:etc|proc|root|boot|sys|dev|var|usr|opt|home|private|tmp)"
    r"|on[a-z]{3,24}(?:[+ ]|%20)*(?:=|%3d)|(?:^|&)(?:act|a|action|do|op)=(?:ls|cmd|eval|sql|network)"
    r"|(?:^|&)(?:cmd|exec|command|execute|run|shell|c|cli|system|passthru|daemon|ping|ip|host)=[a-z])"
)
_MARKS = "|".join((_SIGNS, _ESCAPES, _FORMS, _CONDITION, _STATEMENT, _HOST, _NAMES))


def suspicious(place: Place, texts: pl.Series) -> pl.Series:
    """Return for each text of that place whether it needs a careful look; false for null."""
    if place is Place.AGENT:  # a few thousand a day, and full of signs
        return texts.is_not_null()
    # A slash in a path is hardly ever encoded, and literals of paths hold slashes.
    found = texts.str.contains(f"{_MARKS}|(?i-u:%2f)" if place is Place.PATH else _MARKS)
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
