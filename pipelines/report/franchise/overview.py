"""Headquarters' overview of a day: all shops in one table, once for each order to read it in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.findings import Severity
from pipelines.report.charts import sparkline
from pipelines.report.finding_view import ID_LIMIT
from pipelines.report.franchise.facts import ShopFacts
from pipelines.report.franchise.names import OVERVIEW, page_name
from pipelines.report.franchise.risk import ORDERS, in_order_of, risk_of_shop
from pipelines.report.render import environment
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.text.display import visible
from pipelines.text.words import Words

_DIRECTIONS = {"shop": "ascending"}


@dataclass(frozen=True)
class ShopRow:
    """A shop as one line of the overview; `place` is that by risk, whatever the order."""

    place: int
    shop: str
    page: str
    verdict: Verdict
    risk: str
    counts: tuple[tuple[str, int], ...]
    people: int
    accesses: int
    usual: str
    trend: str
    spark: Markup
    sites: str
    is_missing: bool
    lines: int
    rejects: int
    hours: int
    checks_failed: int
    checks_judged: int


@dataclass(frozen=True)
class Overview:
    """All that the template of the overview needs; the totals are of all shops."""

    rows: tuple[ShopRow, ...]
    order: str
    shops: int
    to_act_on: int
    silent: int
    lines: int
    accesses: int
    people: int


def order_page(order: str) -> str:
    """Return the file name of the overview in an order."""
    return OVERVIEW if order == "risk" else f"by-{order}.html"


def shop_rows(shops: Sequence[ShopFacts], words: Words) -> dict[str, ShopRow]:
    """Return the line of each shop by its id."""
    return {
        shop.shop: _row(shop, words, place)
        for place, shop in enumerate(in_order_of("risk", shops), 1)
    }


def render_overviews(
    shops: Sequence[ShopFacts], words: Words, on: dt.date, made_at: dt.datetime
) -> dict[str, str]:
    """Return the HTML of the overview by file name, `index.html` (by risk) last."""
    template = environment(words).get_template("shops.html.j2")
    rows = shop_rows(shops, words)
    pages = {}
    for order in reversed(ORDERS):
        overview = Overview(
            rows=tuple(rows[shop.shop] for shop in in_order_of(order, shops)),
            order=order,
            shops=len(shops),
            to_act_on=sum(bool(shop.day.urgent) for shop in shops),
            silent=sum(shop.is_silent and bool(shop.day.missing_sites) for shop in shops),
            lines=sum(shop.day.lines for shop in shops),
            accesses=sum(shop.day.personal_accesses for shop in shops),
            people=sum(shop.people for shop in shops),
        )
        pages[order_page(order)] = template.render(
            page=overview,
            on=on,
            made_at=made_at,
            severities=tuple(Severity),
            orders={name: order_page(name) for name in ORDERS},
            direction=_DIRECTIONS.get(order, "descending"),
            t=words,
        )
    return pages


def _row(shop: ShopFacts, words: Words, place: int) -> ShopRow:
    day = shop.day
    expected = len(day.expected_sites)
    present = expected - len(day.missing_sites)
    label = words("shop.chart", n=len(shop.history))
    return ShopRow(
        place=place,
        shop=visible(shop.shop, ID_LIMIT),
        page=page_name(shop.shop),
        verdict=verdict_on(day),
        risk=words.number(round(risk_of_shop(shop))),
        counts=tuple((severity, day.open_of(severity)) for severity in Severity),
        people=shop.people,
        accesses=day.personal_accesses,
        usual="–" if shop.usual_accesses is None else words.number(shop.usual_accesses),
        trend="–" if shop.trend is None else words("shop.times", ratio=f"{shop.trend:,.1f}"),
        spark=Markup(  # noqa: S704 - the chart escapes its label
            sparkline([one.accesses for one in shop.history], label)
        ),
        sites=words("first.sites_value", present=present, total=expected),
        is_missing=present < expected,
        lines=day.lines,
        rejects=day.rejected,
        hours=max((site.hours_with_records for site in day.sites), default=0),
        checks_failed=day.checks_failed,
        checks_judged=day.checks_judged,
    )
