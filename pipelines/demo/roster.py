"""Which shops there are by the roster, `shops.csv`, and which of them are not as it says."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.demo.directory import csv_text
from pipelines.demo.world import SiteWorld
from pipelines.settings.globs import compiled
from pipelines.settings.model import Settings, Site
from pipelines.text.yaml_text import read_yaml

SHOPS = "shops.csv"
_COLUMNS = ("opened_on", "closed_on", "name", "mail")
_LATE_DAYS = 3  # of the last ones: those on which shops are not as the roster says
_FEWEST_SHOPS = 4
_NAMES = Path(__file__).with_name("shop_names.yaml")


@dataclass(frozen=True)
class Shops:
    """The roster, and the site numbers and days without a file; both empty without a template.

    One shop, `silent_site`, is silent on the last day, and one that no row names sends logs on the
    last three alone; both are shops without an incident. One row is of a shop that should have
    opened then and was never heard of, one of a shop that was closed before the simulation.
    """

    roster: str = ""
    absent: frozenset[tuple[int, dt.date]] = frozenset()
    silent_site: str | None = None


def shops_of(
    settings: Settings,
    sites: Sequence[SiteWorld],
    calm: Sequence[SiteWorld],
    dates: Sequence[dt.date],
) -> Shops:
    """Return the shops of the settings' only template; `calm` are those without an incident."""
    templates = [site for site in settings.sites if site.placeholders]
    shops = [site for site in sites if site.from_template]
    numbers = [_number(templates[0], shop) for shop in shops] if len(templates) == 1 else []
    width = len(numbers[0]) if numbers else 0
    if len(shops) < _FEWEST_SHOPS or not all(one.isdecimal() for one in numbers):
        return Shops()
    late = dates[-_LATE_DAYS]
    silent, unlisted = calm[:1], calm[1:2]
    rows = [
        _row(number, place, dates[0], None)
        for place, (number, shop) in enumerate(zip(numbers, shops, strict=True))
        if shop not in unlisted
    ]
    further = max(map(int, numbers)) + 1
    before = dates[0] - dt.timedelta(days=1)
    rows += [
        _row(f"{further:0{width}}", len(shops), late, None),
        _row(f"{further + 1:0{width}}", len(shops) + 1, None, before),
    ]
    (placeholder,) = templates[0].placeholders
    return Shops(
        csv_text((placeholder, *_COLUMNS), rows),
        frozenset(
            [
                *((shop.number, dates[-1]) for shop in silent),
                *((shop.number, on) for shop in unlisted for on in dates if on < late),
            ]
        ),
        silent[0].instance.id if silent else None,
    )


def _number(template: Site, shop: SiteWorld) -> str:
    """What stands for the placeholder of the template; empty where it has several."""
    values = compiled(template.id).values(shop.instance.id) or {}
    return next(iter(values.values())) if len(values) == 1 else ""


def _row(
    number: str, place: int, opened_on: dt.date | None, closed_on: dt.date | None
) -> tuple[str, str, str, str, str]:
    names = _names()
    round_, index = divmod(place, len(names))
    name = names[index].format(number=f" {round_ + 1}" if round_ else "")
    opened, closed = ("" if on is None else on.isoformat() for on in (opened_on, closed_on))
    return number, opened, closed, name, f"shop-{number}@benry.example"


@cache
def _names() -> tuple[str, ...]:
    return tuple(read_yaml(_NAMES.read_text(encoding="utf-8")))
