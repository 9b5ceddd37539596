"""Which of many logged texts need a careful look: Polars over all at once, two linear passes.

A text passes that holds a mark (a sign or a phrase without which most forms of attack cannot be
written, or an escape that may hide one) or a literal of a signature. Escapes of Japanese text and
of the signs that addresses hold anyway (blank, `/`, `:`, `=`, `,`, `&`) are none. It must miss
nothing that `match.py` would find; a test tries it on attacks cut to pieces.
"""

from functools import cache

import polars as pl

from pipelines.detect.web.match import signatures_of
from pipelines.detect.web.signatures import Place
from pipelines.text.base64_text import RUN_LOGGED

_SIGNS = r"""['"`\\<>|{}^*$(;#]"""
# %hh of control characters, of the signs above, of `%&+-.?` and of letters and digits, which need
# none, and what is no escape at all; %C0, %C1 and %E0%80 begin overlong forms, %EF%BC full-width
# ones, the rest are signs that stand for a quotation mark and circled digits.
_ESCAPES = (
    r"(?i-u:%(?:[01][0-9a-f]|2[2345678abde]|3[0-9bcef]|4[0-9a-f]|5[0-9acef]|6[0-9a-f]|7[0-9a-cef]"
    r"|c[01]%|e0%8|ef%bc|cb%b9|cb%bc|e2%80%(?:b2|a[89])|e2%9[12]|c2%(?:b4|85)|e5%98%8[ad]"
    r"|u[0-9a-f]{4}|[\x00-/:-@G-`g-\x7f]|[0-9a-f](?:[\x00-/:-@G-`g-\x7f]|$)))"
)
_FORMS = (
    r"[\u{ff01}-\u{ff5e}\u{2460}-\u{24ff}\u{02b9}\u{02bc}\u{2032}\u{b4}\u{ad}\u{2028}\u{2029}\u{85}]"
    r"|&(?i-u:#|lt|gt|quot|amp)"
)
# Conditions, commands and statements that hold no sign: `1 or 1=1`, `ls -l`, `drop table x`.
_GAP = r"(?:[+ ]|%(?:25)?(?:20|09|0[abcd]|a0|2b))+"
_COMMANDS = "nc|[bdzk]?a?sh|php|perl|ruby|node|lua|python[23]?|net|ls|ps|ping|id|cmd"
# A value that is a word and an option or a place (`tool -x`, `tool /x`, `tool c:`), or begins with
# a point, an exclamation mark or a tilde; words of cmd.exe.
_CALL = (
    rf"(?i-u:(?:^|[=&]|%3d)(?:[a-z0-9_.]{{1,20}}{_GAP}(?:[-/.~@]|%2f|[a-z](?::|%3a))"
    rf"|net1?{_GAP}[a-z]|[.!~][a-z0-9!?:+/-]|%21)|{_GAP}(?:equ|neq|lss|leq|gtr|geq){_GAP}"
    rf"|for(?:{_GAP})?(?:/|%2f)|if(?:{_GAP})?(?:/|%2f|not|defined|exist|errorlevel|cmdextversion)"
    rf"|if(?:{_GAP}|(?:/|%2f)i)[ -%'-~]{{1,60}}(?:=|%3d){{2}}|character{_GAP}set"
    rf"|[0-9](?:!|%21)(?:=|%3d)|(?:^|[=&,]|%3d|%2c)(?:{_GAP})?[0-9]{{1,9}}(?:{_GAP})?(?:=|%3d)(?:{_GAP})?[0-9])"
)
_CONDITION = (
    rf"(?i-u:(?:^|[\x00-@\[-`{{-\x7f])(?:x?or|and|having|where|like|by|div|mod|rlike|regexp|between|is|limit|{_COMMANDS}){_GAP}"
    rf"(?:not{_GAP})?(?:[0-9/~!@-]|%2f|true|false|null|user|database|current_user|version|rownum"
    rf"|[a-z0-9_.]{{1,30}}(?:(?:{_GAP})?(?:=|%3d)|{_GAP}(?:is|like|between|in)(?:{_GAP}|$))))"
)
_STATEMENT = (
    r"(?i-u:(?:cat|type|rm|cd|insert|delete|update|drop|truncate|alter|create|merge|copy|load|exec"
    rf"|execute|declare|grant|revoke|rename|replace|describe|show|use|handler|backup|bulk|attach"
    rf"|pragma|prepare|begin|vacuum|group|order|having|do){_GAP}(?:[a-z./~-]|%2f))"
)
# Hosts that are numbers, name a port or stand behind somebody's name; an end in `?`; schemes
# without two slashes, behind one, or of an address within an address.
_HOST = (
    r"(?i-u:(?:/|%2f){2}(?:[0-9\[]|%5b|[!-.0-~]{1,120}(?:@|%40)|[a-z0-9.-]{1,80}(?::|%3a)[0-9])"
    r"|\?+(?:&|$)|https?(?::|%3a)(?:[\x00-$&-.0-\x7f]|%(?:5c|09|40))|=(?:(?:/|%2f)+(?:https?(?::|%3a)|%09))"
    r"|(?:=|%3d)(?:/|%2f){2}[a-z0-9.@:-]*(?:/|%2f)+\.\.?(?:/|%2f|&|$)|(?:/|%2f){2}(?:&|$))"
)
# Schemes other than the web's and drives; places of a Unix system; names spelled with `?`;
# handlers; parameters by which well-known doors are opened.
_SCHEMES = (
    "gopher|dict|tftp|netdoc|jar|local_file|imaps?|smtps?|redis|telnet|mysql|mongodb"
    "|postgres(?:ql)?|ldap[is]?|finger|nntp|view-source|vnc|memcached?|php|phar|expect|ogg|rar|zip"
    "|zlib|bzip2|glob|rmi|file|s?ftps?|data|(?:java|vb|live|j)script|mocha|smb|webdavs?|input|ssh"
)
_PLACES = "etc|proc|root|boot|sys|dev|var|usr|opt|home|private|tmp|srv|mnt|s?bin"
_QUESTIONS = "id|whoami|ls|w|ps|pwd|uname|hostname|dir|ver|net|env|set|cat|type|uptime|who|ping"
_EMPTY = rf"(?:\[|%5b)(?:{_GAP})?(?:\]|%5d)(?:{_GAP})?(?:[\[\]!~+]|%5|%2)|~(?:{_GAP})?(?:\[|%5b)"
_DOORS = "cmd|exec|command|execute|run|shell|c|cli|system|passthru|daemon|ping|ip|host"
_NAMES = (
    rf"(?i-u:(?:{_SCHEMES}|(?:^|=|%3d)[a-z])(?::|%3a)"
    rf"|(?:^|[=&]|%3d)(?:/|%2f)*(?:{_PLACES})(?:/|%2f|&|$)|(?:etc|proc)(?:/|%2f)"
    r"|(?:/|%2f)[a-z]{0,8}\?[a-z?]{0,8}(?:/|%2f)|(?:!|%21){2}|(?:^|[=&])-[sd](?:[+ %&]|$)"
    r"|on[a-z]{3,24}(?:[+ ]|%20)*(?:=|%3d)|(?:=|%3d)on[a-z]{3,28}(?:&|$)"
    r"|=(?:fscommand|seeksegmenttime)(?:&|$)"
    rf"|(?:^|&)(?:act|a|action|do|op)=(?:ls|cmd|eval|sql|network)|(?:^|&)(?:{_DOORS})=[a-z]"
    rf"|(?:^|[&=]|%3d)[a-z0-9_]{{1,4}}(?:=|%3d)(?:{_QUESTIONS})(?:[&;|%+ ]|$)|{_EMPTY}"
    r"|(?:/|%2f){2}[a-z0-9-]{1,40}(?:[:/?#&]|%2f|%3a|$))"
)
_MARKS = f"{_SIGNS}|{_ESCAPES}|{_FORMS}|{_CALL}|{_CONDITION}|{_STATEMENT}|{_HOST}|{_NAMES}"
# Literals of paths hold slashes, which are hardly ever encoded there; a path begins with one.
_PATH_MARKS = f"{_MARKS}|(?i-u:%2f)|^[^/]"


def suspicious(place: Place, texts: pl.Series) -> pl.Series:
    """Return for each text of that place whether it needs a careful look; false for null."""
    if place is Place.AGENT:  # a few thousand a day, and full of signs
        return texts.is_not_null()
    found = texts.str.contains(_PATH_MARKS if place is Place.PATH else _MARKS)
    if place in {Place.QUERY, Place.REFERRER}:
        # By itself: one automaton of both would have many times the states.
        found |= texts.str.contains(RUN_LOGGED)
    literals = _literals(place)
    if literals:
        found |= texts.str.contains_any(literals, ascii_case_insensitive=True)
    return found.fill_null(value=False)


@cache
def _literals(place: Place) -> list[str]:
    """All literals of a place, without those that hold another."""
    words = {word for _, one in signatures_of(place) for word in one.literals}
    if place in {Place.QUERY, Place.REFERRER}:
        words |= {word.replace("/", "%2f") for word in words}
    named = sorted(words, key=len)
    kept: list[str] = []
    for word in named:
        if not any(other in word for other in kept):
            kept.append(word)
    return kept
