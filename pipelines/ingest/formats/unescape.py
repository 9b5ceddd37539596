r"""What JSON writers escape in a string, undone: `\"`, `\/`, `\n`, `\u00e9`."""

import re

import polars as pl

_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_CHARACTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def json_unescaped(texts: pl.Series) -> pl.Series:
    """Return the texts of JSON strings (without their quotes) as they were before escaping.

    What is no escape of JSON stays as it is. Lone surrogates become U+FFFD.
    """
    is_escaped = texts.str.contains("\\", literal=True).fill_null(value=False)
    if not is_escaped.any():
        return texts
    odd = texts.filter(is_escaped)
    plain = pl.Series([json_unescape(text) for text in odd], dtype=pl.String)
    return texts.clone().scatter(is_escaped.arg_true(), plain)


def json_unescape(text: str) -> str:
    """Return `json_unescaped` of one text."""
    plain = _ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _CHARACTERS.get(match[2], match[2]),
        text,
    )
    return whole_text(plain)


def whole_text(text: str) -> str:
    """Return `text` with pairs of surrogates made one character and lone ones U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
