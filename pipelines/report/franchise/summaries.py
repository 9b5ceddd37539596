"""What a letter to a shop says beside the findings of the day, in a file beside the pages."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from pipelines.findings import Severity
from pipelines.report.franchise.facts import ShopFacts

SUMMARIES = "shops.json"


class ShopSummary(BaseModel):
    """How many cases of a shop are open as of the day, by severity from `medium` up.

    `silent_since` is the last day with a line, where none came since and some should have.
    """

    model_config = ConfigDict(frozen=True)

    open_cases: dict[Severity, int] = {}
    silent_since: dt.date | None = None


_SHOPS = TypeAdapter(dict[str, ShopSummary])


def summaries_of(shops: Iterable[ShopFacts]) -> str:
    """Return the summaries of shops as JSON, by the shop's id."""
    found = {
        shop.shop: ShopSummary(
            open_cases=dict(Counter(shop.open_severities)), silent_since=shop.silent_since
        )
        for shop in shops
    }
    return _SHOPS.dump_json(found, indent=2).decode() + "\n"


def read_summary_of(folder: Path, shop: str) -> ShopSummary:
    """Return the summary of a shop in a folder of pages; an empty one where none can be read."""
    try:
        found = _SHOPS.validate_json((folder / SUMMARIES).read_bytes())
    except (OSError, ValidationError):
        return ShopSummary()
    return found.get(shop, ShopSummary())
