"""What a button sends to search for a value: no value of a person is in an address."""

from urllib.parse import quote

SEARCH = "search"
"""What tokens of forms call a search."""


def picked(kind: str, value: str) -> str:
    """Return what a button sends to search for a value."""
    return f"{kind}:{quote(value, safe='')}"
