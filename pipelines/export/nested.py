"""What the nested formats (ECS, OCSF, STIX) have in common."""

import ipaddress
from functools import lru_cache
from typing import Any

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
