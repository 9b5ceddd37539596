r"""What writers of logs escape, undone: JSON's `\"`, `\/`, `\u00e9`, servers' `\"`, `\xhh`."""

import re
from collections.abc import Callable

import polars as pl

NUL = "\\x00"
"""What stands for a NUL in the text of a record: always the four signs of its escape.

A string that holds NUL ends DuckLake's own queries about it half-way: one line of a log would stop
the detection of its day, and of the days that remember it.
"""

_JSON_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ESCAPED_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_JSON_CHARACTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def json_unescaped(texts: pl.Series) -> pl.Series:
    """Return the texts of JSON strings (without their quotes) as they were before escaping.

    What is no escape of JSON stays as it is. Lone surrogates become U+FFFD, NUL becomes its escape
    (`NUL`).
    """
    return _undone(texts, json_unescape)


def json_unescape(text: str) -> str:
    """Return `json_unescaped` of one text."""
    plain = _JSON_ESCAPE.sub(
        lambda match: (
            chr(int(match[1], 16)) if match[1] else _JSON_CHARACTERS.get(match[2], match[2])
        ),
        text,
    )
    return without_nul(whole_text(plain))


def whole_text(text: str) -> str:
    """Return `text` with pairs of surrogates made one character and lone ones U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unescaped(texts: pl.Series) -> pl.Series:
    """Return texts as they were before a server escaped them, see `unescape`."""
    return _undone(texts, unescape)


def unescape(text: str) -> str:
    r"""Return a field as it was before the server escaped it: `\"`, `\\`, `\n`, `\xhh`.

    Bytes given as `\xhh` are UTF-8; where they are not, the text is left as logged. NUL stays an
    escape (`NUL`).
    """

    def plain(match: re.Match[str]) -> bytes:
        if match[1]:
            return bytes.fromhex(match[1])
        return _ESCAPED_CHARACTERS.get(match[2], match[2]).encode()

    pieces: list[bytes] = []
    position = 0
    for match in _ESCAPE.finditer(text):
        pieces += [text[position : match.start()].encode(), plain(match)]
        position = match.end()
    pieces.append(text[position:].encode())
    try:
        return without_nul(b"".join(pieces).decode("utf-8"))
    except UnicodeDecodeError:
        return text


def _undone(texts: pl.Series, plain_of: Callable[[str], str]) -> pl.Series:
    """The texts with `plain_of` in place of those that hold a backslash."""
    is_escaped = texts.str.contains("\\", literal=True).fill_null(value=False)
    if not is_escaped.any():
        return texts
    plain = pl.Series([plain_of(text) for text in texts.filter(is_escaped)], dtype=pl.String)
    return texts.clone().scatter(is_escaped.arg_true(), plain)


def without_nul(text: str) -> str:
    """Return `text` with `NUL` in place of every NUL."""
    return text.replace("\0", NUL)
