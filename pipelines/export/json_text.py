"""JSON a document at a time, so that an export of any size needs no memory for the others."""

from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.report.export import exact_json


def lines(documents: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield NDJSON: one document a line."""
    for document in documents:
        yield exact_json(document) + "\n"


def array(documents: Iterable[dict[str, Any]], before: str = "", after: str = "") -> Iterator[str]:
    """Yield a JSON array with one document a line, between what stands `before` and `after`."""
    yield f"{before}["
    separator = "\n"
    for document in documents:
        yield separator + exact_json(document)
        separator = ",\n"
    yield f"\n]{after}\n"
