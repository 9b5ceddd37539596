"""What a parameter says in base64 (RFC 4648), whatever stands before and behind it.

Base64 of ASCII has a form of its own, three bytes to four letters: the highest bit of each byte is
unset, so that of each four letters the first three are some of the alphabet only. One pattern finds
a run of such fours in any text, and says where the first begins; a dozen letters by chance look so
in one of a thousand cases. The prefilter looks for the same.
"""

import base64
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

ENCODED: Final = "\x02"
"""What a decoded text begins with in the one view that tells it from a plain one."""

_ANY = "[A-Za-z0-9+/_-]"
# Of printable ASCII and of tab, line feed and return.
_FOUR = "[CDI-Za-f][AC-HQS-Xgi-nwyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589]"
# The same in UTF-16, as PowerShell takes it: every second byte is zero.
_WIDE_FOUR, _WIDE_END = "[I-Za-f][AQgw][AB]", "A[C-H][AEIMQUYcgkosw048]A"
# One or two bytes at the end.
_REST = "[I-Za-f][AC-HQS-Xgi-nwyz0-3][AEIMQUYcgkosw048]?"
_ANY_LOGGED = f"(?:{_ANY}|%2[BbFf])"
# Of a word that is all text nine characters are enough, or seven with padding; of the inside of one
# fifteen; in UTF-16 eight.
RUN_LOGGED: Final = (
    f"(?:^|[^A-Za-z0-9+/_-])(?:{_FOUR}{_ANY_LOGGED}){{2}}(?:{_FOUR}|{_REST}(?:=|%3[Dd]))"
    f"|(?:{_FOUR}{_ANY_LOGGED}){{5}}|(?:{_WIDE_FOUR}{_ANY_LOGGED}{_WIDE_END}){{2}}"
)
"""For any engine: what every text that holds base64 of a text matches as it is logged."""

_RUN = re.compile(
    f"(?<!{_ANY})(?:{_FOUR}{_ANY}){{3,}}(?:{_REST})?(?!{_ANY})"
    f"|(?<!{_ANY})(?:{_FOUR}{_ANY}){{2}}{_REST}(?==)"
    f"|(?:{_FOUR}{_ANY}){{5,}}+(?:{_REST}(?!{_ANY}))?"
    f"|(?:{_WIDE_FOUR}{_ANY}{_WIDE_END}){{2,}}+(?:{_ANY}{{2,3}})?"
)
_LETTERS_OF_FOUR = 4
_DEPTH = 2  # as attacks are sent: encoded once, or a second time
_STANDARD = str.maketrans("-_", "+/")


def encoded_texts(value: str, depth: int = _DEPTH) -> Iterator[str]:
    """Yield what the logged value of a parameter holds in base64, and that what it holds itself."""
    for run in _RUN.finditer(unquote(value)):
        letters = run[0].translate(_STANDARD)
        octets = base64.b64decode(letters + "=" * (-len(letters) % _LETTERS_OF_FOUR))
        text = octets.replace(b"\0", b"").decode("latin-1")
        yield text
        if depth > 1:
            yield from encoded_texts(text, depth - 1)
