"""Headquarters' overview of a day: all shops in one table, once for each order to read it in."""

import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.findings import Severity
from pipelines.report.charts import sparkline
from pipelines.report.day_cases import cases_by_severity
from pipelines.report.facts import RECENT_DAYS, SiteDay
from pipelines.report.finding_view import ID_LIMIT
from pipelines.report.franchise.facts import ShopFacts
from pipelines.report.index import other_than, page_in
from pipelines.report.render import environment
from pipelines.report.verdict import Verdict
from pipelines.text.display import visible
from pipelines.text.words import Language, Words

FURTHER_CASES = 2
FURTHER_WEIGHT = 0.5
UNSEEN_WEIGHT = 0.3


def risk_of_shop(shop: ShopFacts) -> float:
    """Return 0 to 100: the riskiest open case, raised by two more and by what was not seen.

    `1 - (1 - r1) (1 - r2 / 2) (1 - r3 / 2) (1 - 0.3 u)`, times 100: a noisy-or (Pearl 1988, section
    4.3.2). r1 to r3 are the risks of the shop's riskiest open cases over 100, those of before with
    what is left of theirs; the second and third count only from `medium` up, by half, since they
    may see the same lines. u is the share of the shop's sites without a line or with a failed
    critical check: what is not seen is not safe, and weighs as much as a case of risk 30 at most.
    """
    cases = shop.open_cases
    further = [one.risk for one in cases[1:] if one.severity.needs_a_look]
    doubt = 1 - (cases[0].risk / 100 if cases else 0)
    doubt *= math.prod(1 - FURTHER_WEIGHT * risk / 100 for risk in further[:FURTHER_CASES])
    doubt *= 1 - UNSEEN_WEIGHT * unseen_share(shop)
    return round(100 * (1 - doubt), 2)


def unseen_share(shop: ShopFacts) -> float:
    """Return the share of the shop's sites without a line or with a failed critical check."""
    sites = shop.day.sites
    unseen = sum(site.missing or site.checks_failed_critical > 0 for site in sites)
    return unseen / len(sites) if sites else 1.0


def _by_risk(shop: ShopFacts) -> tuple[Any, ...]:
    grave = tuple(-shop.day.open_of(severity) for severity in Severity)
    return (-risk_of_shop(shop), *grave, -shop.people, shop.shop)


ORDERS: dict[str, Callable[[ShopFacts, tuple[Any, ...]], tuple[Any, ...]]] = {
    "risk": lambda _, by_risk: by_risk,
    "shop": lambda shop, _: (shop.shop,),
    "severity": lambda _, by_risk: by_risk[1:],
    "people": lambda shop, by_risk: (-shop.people, *by_risk),
    "accesses": lambda shop, by_risk: (-shop.day.personal_accesses, *by_risk),
    "trend": lambda shop, by_risk: (-(shop.trend or 0), *by_risk),
    "coverage": lambda shop, by_risk: (-unseen_share(shop), -shop.day.rejected, *by_risk),
}
"""The keys to sort shops by; each is given the shop's key by risk."""


def in_orders(shops: Sequence[ShopFacts]) -> dict[str, list[ShopFacts]]:
    """Return the shops in each of `ORDERS`; ties go by risk, then by the shop's id."""
    by_risk = {shop.shop: _by_risk(shop) for shop in shops}
    return {
        order: sorted(shops, key=lambda shop: key(shop, by_risk[shop.shop]))
        for order, key in ORDERS.items()
    }


OVERVIEW = "index.html"
_PLAIN = re.compile(r"[a-z0-9]{1,40}")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 40


def page_name(shop: str) -> str:
    """Return the file name of a shop's page, another one for every other shop.

    It holds `a-z`, `0-9` and `-` alone, so that no id leads out of the folder, hides a file or
    meets another's on a file system that does not tell capitals. An id of other characters has
    ten hexadecimal digits of its SHA-256 behind it.
    """
    if _PLAIN.fullmatch(shop):
        return f"shop-{shop}.html"
    slug = _UNSAFE.sub("-", shop.lower()).strip("-")[:_LONGEST_SLUG].strip("-") or "x"
    digest = hashlib.sha256(shop.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"shop-{slug}-{digest}.html"


_DIRECTIONS = {"shop": "ascending"}


@dataclass(frozen=True)
class ShopRow:
    """A shop as one line of the overview; `place` is that by risk, whatever the order."""

    place: int
    shop: str
    name: str
    page: str
    verdict: Verdict
    open_worst: Severity | None
    open_said: str
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
    recent: tuple[str, ...]
    checks_failed: int
    checks_judged: int


@dataclass(frozen=True)
class Overview:
    """What the overview says of all shops together."""

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
    """Return the line of each shop by its id; `shops` are in the order of their risk."""
    return {shop.shop: _row(shop, words, place) for place, shop in enumerate(shops, 1)}


def render_overviews(
    orders: Mapping[str, Sequence[ShopFacts]],
    words: Words,
    on: dt.date,
    made_at: dt.datetime,
    locale: Language,
) -> dict[str, str]:
    """Return the HTML of the overview in the language of `words` by file name, that by risk last.

    `orders` are those of `in_orders`; `locale` is the language of the settings, in which the shops'
    own pages are.
    """

    def page_of(order: str, language: Language) -> str:
        return page_in(language, locale, order_page(order))

    other = other_than(words.language)
    template = environment(words).get_template("shops.html.j2")
    macros: Any = environment(words).get_template("shop_line.html.j2").module
    shops = orders["risk"]
    # The same in every order, so each is made once.
    lines = {
        shop: macros.line(row, words).rstrip() for shop, row in shop_rows(shops, words).items()
    }
    overview = Overview(
        shops=len(shops),
        to_act_on=sum(bool(shop.day.urgent) for shop in shops),
        silent=sum(shop.is_silent and bool(shop.day.missing_sites) for shop in shops),
        lines=sum(shop.day.lines for shop in shops),
        accesses=sum(shop.day.personal_accesses for shop in shops),
        people=sum(shop.people for shop in shops),
    )
    return {
        page_of(order, words.language): template.render(
            page=overview,
            order=order,
            lines_of_shops=[lines[shop.shop] for shop in orders[order]],
            on=on,
            made_at=made_at,
            severities=tuple(Severity),
            orders={name: page_of(name, words.language) for name in ORDERS},
            page_name=page_in(words.language, locale),
            other=(other, page_of(order, other)),
            direction=_DIRECTIONS.get(order, "descending"),
            site_days=RECENT_DAYS,
            t=words,
        )
        for order in reversed(ORDERS)
    }


def _recent(sites: Sequence[SiteDay]) -> tuple[str, ...]:
    """For each of the last days, the earliest first: `all` or `some` sites had lines, or empty."""
    days = zip(*(site.recent for site in sites), strict=True)
    return tuple("all" if all(day) else "some" if any(day) else "" for day in days)


def open_in_words(shop: ShopFacts, words: Words) -> str:
    """Return how many cases of the shop are open; empty for none."""
    n = len(shop.open_severities)
    return words("shop.open_cases", n=n) if n else ""


def _row(shop: ShopFacts, words: Words, place: int) -> ShopRow:
    day = shop.day
    expected = len(day.expected_sites)
    present = expected - len(day.missing_sites)
    label = words("shop.chart", n=len(shop.history))
    return ShopRow(
        place=place,
        shop=visible(shop.shop, ID_LIMIT),
        name=visible(shop.name or "", ID_LIMIT),
        page=page_name(shop.shop),
        verdict=shop.verdict,
        open_worst=shop.open_severities[0] if shop.open_severities else None,
        open_said=open_in_words(shop, words),
        risk=words.number(round(risk_of_shop(shop))),
        counts=tuple(cases_by_severity(day).items()),
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
        recent=_recent(day.sites),
        checks_failed=day.checks_failed,
        checks_judged=day.checks_judged,
    )
