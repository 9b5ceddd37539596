"""What was asked, without the values of persons that it may name: a query as records keep it."""

import re
from collections.abc import Callable, Mapping

_LONGEST = 2000
# A comment, a text in quotes of any kind or in dollars, a name, a word.
_PARTS = re.compile(
    r"""
    --[^\n]* | /\*.*?(?:\*/|\Z)
    | (?P<text>
        \b[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z)
        | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)
    )
    | (?P<name>"(?:[^"]|"")*(?:"|\Z))
    | (?P<word>[^\s'"(),;=<>\[\]{}]+)
    """,
    re.DOTALL | re.VERBOSE,
)
_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|today|yesterday|month|(?:today|yesterday|month)-\d{1,4}")
_TELLING = re.compile(r"[^A-Za-z_.*+/%|:!~^&?$-]")  # what no keyword and no operator has
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_.]*\d?|\d{1,3}|\$[A-Za-z_]\w*|\?\d?|:=\d{1,3}")


def shape_of(query: str, hashed: Callable[[str], str]) -> str:
    """Return a query on one line, its values as `'#HASH'`: days and small numbers stay readable.

    Comments are left out. What is longer than 2,000 characters is cut.
    """

    def shown(match: re.Match[str]) -> str:
        text, name, word = match["text"], match["name"], match["word"]
        if text is not None:
            return f"'{_value(_unquoted(text), hashed)}'"
        if name is not None:
            bare = name.strip('"')
            return name if bare.isidentifier() and bare.isascii() else f'"{_hash(bare, hashed)}"'
        if word is not None:
            plain = not _TELLING.search(word) or _PLAIN.fullmatch(word) or _DAY.fullmatch(word)
            return word if plain else _hash(word, hashed)
        return " "

    line = " ".join(_PARTS.sub(shown, query).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def call_of(name: str, values: Mapping[str, object], hashed: Callable[[str], str]) -> str:
    """Return the name of a saved query with its values, as `shape_of` shows them."""
    given = (f"{key}={_value(str(value), hashed)}" for key, value in values.items())
    return " ".join([f".saved {name}", *given])


def _value(text: str, hashed: Callable[[str], str]) -> str:
    return text if not text or text == "None" or _DAY.fullmatch(text) else _hash(text, hashed)


def _hash(text: str, hashed: Callable[[str], str]) -> str:
    return f"#{hashed(text)}"


def _unquoted(text: str) -> str:
    if text.startswith("$"):
        return text[1:].partition("$")[2].rpartition("$")[0].rpartition("$")[0]
    return text.lstrip("eE").strip("'").replace("''", "'")
