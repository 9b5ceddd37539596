"""What the formats of documents share: JSON a document at a time, and their values."""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache
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


VENDOR = "mimamori"


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Return `values` without what is null or empty, at every depth of its objects."""
    kept = {}
    for key, value in values.items():
        inner = filled(value) if isinstance(value, dict) else value
        if inner or isinstance(inner, int | float):
            kept[key] = inner
    return kept


@lru_cache(maxsize=10_000)
def address_of(text: str | None) -> str | None:
    """Return `text` where it is an IP address without a zone, as systems index it; else None."""
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return None if getattr(address, "scope_id", None) else str(address)


def whole(number: float | None, factor: int = 1) -> int | None:
    """Return `number` times `factor`, rounded to a whole number."""
    return None if number is None else round(number * factor)
