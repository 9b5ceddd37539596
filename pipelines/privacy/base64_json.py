"""JSON in base64, as scripts put it into a query: only the values in it are masked."""

import base64
import re
from array import array
from collections.abc import Iterator

from pipelines.privacy.decode import View

# Letters that an object or a list begins with: `{"`, `{ `, `{` and a line feed, `[{`, `["`. What a
# point follows is a token (RFC 7519). A `+` is a space by now.
_TEXT = re.compile(
    r"(?<![A-Za-z0-9+/_.-])(?:ey[AI-L]|ewo|W3[s-v]|Wy[I-L])[A-Za-z0-9+/_ -]{8,}+(?![.])"
)
_STANDARD = str.maketrans("-_ ", "+/+")
_BITS, _BITS_OF_LETTER = 8, 6
_ENDS_VALUE = frozenset('",}] ')


def base64_views(view: View) -> Iterator[View]:
    """Yield the JSON that the words of a decoded text hold.

    A character stands where the first of its bits does; what ends a value, behind all of its bits.
    """
    for match in _TEXT.finditer(view.text):
        letters = match[0].rstrip(" ").translate(_STANDARD)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        octets = base64.b64decode(letters + "=" * (-len(letters) % 4))
        text = octets.decode("utf-8", "surrogateescape")
        positions: list[int] = []
        done = 0
        for sign in text:
            bits = _BITS * done + (_BITS_OF_LETTER - 1 if sign in _ENDS_VALUE else 0)
            positions.append(view.source(match.start() + bits // _BITS_OF_LETTER))
            done += 1 if sign < "\x80" else len(sign.encode("utf-8", "surrogateescape"))
        positions.append(view.source(match.start() + len(letters)))
        yield View(text, array("q", positions))
