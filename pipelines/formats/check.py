"""Whether settings name a format, told without what splits lines.

Settings are read with every DAG file, where nothing heavy may be loaded.
"""

from collections.abc import Mapping
from typing import Any

from pipelines.formats.catalogue import AUTO, catalogue, unknown_format
from pipelines.formats.mapping import checked_mapping
from pipelines.formats.servers import server_layout


def check_format(source: str | Mapping[str, Any]) -> str:
    """Return `source` as text when it is `auto` or a format; ValueError otherwise."""
    if not isinstance(source, str):
        return checked_mapping(source).title
    if source == AUTO or source in catalogue():
        return source
    is_of_a_ledger = "#Fields" in source or " + " in source or source.lstrip().startswith("{")
    if is_of_a_ledger:
        from pipelines.formats.names import format_of  # noqa: PLC0415 - rare, and heavy

        format_of(source)
    elif server_layout(source) is None:
        raise unknown_format(source)
    return source
