"""Where a statement ends: at a `;` that stands in no text, name or comment."""

import re

# What may hold a `;` that ends nothing; an open one runs on to the end of the text.
_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*(?:'|\Z)
    | "(?:[^"]|"")*(?:"|\Z)
    | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | /\*.*
    | (?P<end>;)
    | \S
    """,
    re.VERBOSE | re.DOTALL,
)


def is_complete(text: str) -> bool:
    """Return whether the last thing that is no comment in `text` is a `;` outside of quotes."""
    ends = False
    for token in _TOKEN.finditer(text):
        if not token["comment"]:
            ends = bool(token["end"])
    return ends


def is_blank(text: str) -> bool:
    """Return whether there is nothing in `text` but spaces, comments and `;`."""
    return all(token["comment"] or token["end"] for token in _TOKEN.finditer(text))
