"""The figure that ranks shops: what raises it, by how much, and what does not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pipelines.findings import Severity
from pipelines.report.finding_view import RenderContext
from pipelines.report.franchise.facts import AccessDay, OpenCase, ShopFacts
from pipelines.report.franchise.overview import in_orders, risk_of_shop, shop_rows
from pipelines.report.franchise.page import render_shop
from pipelines.report.verdict import Verdict
from pipelines.text.words import Language, Words
from pipelines.triage.incidents import incidents_of
from tests.report.report_facts import make_facts, make_site
from tests.report.report_lake import NOW, ZONE, make_finding


def _shop(
    scores: Sequence[tuple[Severity, float]] = (), shop: str = "001", **values: Any
) -> ShopFacts:
    findings = tuple(
        make_finding(
            finding_id=f"{shop}-{n}", actor=f"fr{shop}-{n}", severity=severity, score=score
        )
        for n, (severity, score) in enumerate(scores)
    )
    sites = values.pop("sites", (make_site(f"benry-{shop}"),))
    day = make_facts(findings=findings, incidents=tuple(incidents_of(findings)), sites=sites)
    cases = sorted((OpenCase(*one) for one in scores), key=lambda one: -one.risk)
    base: dict[str, Any] = {
        "history": (), "own_users": (), "other_users": (), "people": 0, "open_cases": tuple(cases),
    }  # fmt: skip
    return ShopFacts(shop=shop, day=day, **{**base, **values})


def test_quiet_shop_has_no_risk() -> None:
    """Without a finding, and with all lines in, the risk is nought."""
    assert risk_of_shop(_shop()) == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_open_cases_of_before_leave_no_all_clear(language: Language) -> None:
    """The row and the page say how many are open, however quiet the day."""
    words = Words(language, ZONE)
    quiet = _shop()
    assert quiet.verdict is Verdict.CLEAR
    assert shop_rows([quiet], words)["001"].open_said == ""
    shop = replace(quiet, open_cases=(OpenCase(Severity.HIGH, 44), OpenCase(Severity.MEDIUM, 20)))
    assert risk_of_shop(shop) == pytest.approx(100 * (1 - 0.56 * 0.9))
    assert shop.verdict is Verdict.LOOK_TODAY
    said = {"ja": "未対応のケース 2 件", "en": "2 open cases"}[language]
    assert shop_rows([shop], words)["001"].open_said == said
    page = render_shop(shop, RenderContext(words, {}, shop.day), NOW)
    assert said in page
    assert words("first.top_none") not in page


def test_a_site_that_is_back_says_since_when_and_how_long_it_was_away() -> None:
    """After twelve days without a line nobody reads that nothing stands out; a weekend is none."""
    words, on = Words("en", ZONE), make_facts().on
    site = make_site("benry-001", last_seen_on=on - dt.timedelta(days=13))
    shop = _shop(sites=(site,))
    page = render_shop(shop, RenderContext(words, {}, shop.day), NOW)
    first, last = (words.long_day(on - dt.timedelta(days=n)) for n in (12, 1))
    assert f"logs are there again since {words.long_day(on)}; from {first} to {last}" in page
    assert words("shop.no_operations") not in page
    rested = _shop(sites=(replace(site, last_seen_on=on - dt.timedelta(days=3)),))
    assert rested.back == ()


def test_risk_is_that_of_the_worst_case_raised_by_two_more() -> None:
    """The second and third count by half, the fourth does not; low ones raise nothing."""
    high, low = Severity.HIGH, Severity.LOW
    assert risk_of_shop(_shop([(high, 80)])) == pytest.approx(80)
    assert risk_of_shop(_shop([(high, 80), (high, 50)])) == pytest.approx(85)
    three = _shop([(high, 80), (high, 50), (high, 40)])
    assert risk_of_shop(three) == pytest.approx(88)
    assert risk_of_shop(_shop([(high, 80), (high, 50), (high, 40), (high, 40)])) == pytest.approx(
        88
    )
    assert risk_of_shop(_shop([(high, 80), (low, 20)])) == pytest.approx(80)


def test_what_was_not_seen_raises_the_risk() -> None:
    """A site without lines, or with a failed critical check, is no safe one."""
    missing = make_site("a", lines=0, records=0)
    broken = make_site("b", checks_failed=1, checks_failed_critical=1)
    assert risk_of_shop(_shop(sites=(missing,))) == pytest.approx(30)
    assert risk_of_shop(_shop(sites=(broken, make_site("c")))) == pytest.approx(15)


def test_ties_go_by_severity_then_people_then_id() -> None:
    """Shops of the same risk stand in an order that does not depend on how they were read."""
    shops = [
        _shop(shop="b"),
        _shop(shop="a"),
        _shop(shop="c", people=9),
        _shop([(Severity.MEDIUM, 30)], shop="d"),
        _shop(shop="e", sites=(make_site("e", lines=0),)),
    ]
    orders = in_orders(shops)
    assert [one.shop for one in orders["risk"]] == ["d", "e", "c", "a", "b"]
    assert orders["people"][0].shop == "c"
    assert orders["coverage"][0].shop == "e"


def test_usual_needs_five_days_with_lines() -> None:
    """A median of fewer days says nothing, and days without lines are none of them."""
    on = make_facts().on
    days = [AccessDay(on.replace(day=n), 10, 20 * n) for n in range(1, 6)]
    assert _shop(history=tuple(days)).usual_accesses == 60
    assert _shop(history=tuple(days)).trend == pytest.approx(40 / 60)
    silent = AccessDay(days[0].on, 0, 0)
    assert _shop(history=(silent, *days[1:])).usual_accesses is None
