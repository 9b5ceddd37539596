"""From what settings and the ledger call a format to the format."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pipelines.ingest.formats.format import Format
from pipelines.ingest.formats.layout import layout_of
from pipelines.ingest.formats.split import LayoutSplitter

AUTO = "auto"


def format_of(source: str | Mapping[str, Any]) -> Format:
    """Return the format for a name, a server's format string, a `#Fields:` line or a mapping.

    Raises:
        ValueError: there is no such format; the message says what can be given.
    """
    if not isinstance(source, str):
        raise TypeError("a mapping is no format yet")
    return _format_of_text(source)


@lru_cache(maxsize=256)
def _format_of_text(text: str) -> Format:
    layout = layout_of(text)
    return Format(text, LayoutSplitter(layout), ends_with_delimiter=layout.ends_with_delimiter)


def check_format(text: str) -> str:
    """Return `text` when it is `auto` or a format; ValueError otherwise."""
    if text != AUTO:
        format_of(text)
    return text
