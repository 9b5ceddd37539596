"""Nobody outside can take the places of findings about people at work, whatever they send."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.findings import PARTNER_SITE, Finding, Severity
from pipelines.triage.budget import is_from_inside, within_budget
from tests.detect.given_findings import make

PLACES = 8
LOUD = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM)


def _named(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each with an id of its own."""
    return [replace(one, finding_id=f"{n}-{one.finding_id}") for n, one in enumerate(findings)]


def _above(findings: Sequence[Finding], places: int = PLACES) -> set[str]:
    folded = within_budget(findings, places)
    return {one.finding_id for one in folded if one.severity.needs_a_look}


_severity = st.sampled_from(LOUD)
_score = st.floats(40, 99)
_inside = st.builds(
    lambda detector, n, site, severity, score, addresses: make(
        detector, actor=f"st-{n}", site_id=site, severity=severity, score=score,
        evidence={"is_worker": True, "addresses": addresses},
    ),
    st.sampled_from(["bulk-record-access", "off-hours-access", "mass-export"]),
    st.integers(1, 12), st.sampled_from(["a", "b"]), _severity, _score,
    st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2"]), max_size=2),
)  # fmt: skip
_shop = st.builds(
    lambda n, shop, severity, score: make(
        actor=f"fr{shop}-{n}", site_id=f"shop-{shop}", franchise=shop, severity=severity,
        score=score, evidence={"is_worker": True},
    ),
    st.integers(1, 12), st.sampled_from(["001", "002"]), _severity, _score,
)  # fmt: skip
_address = st.builds(
    lambda detector, category, ip, users, severity, score: make(
        detector, category=category, actor_kind="ip", actor=ip, severity=severity, score=score,
        evidence={"users": users, "successes": 9},
    ),
    st.sampled_from(["sql-injection", "brute-force", "unauthenticated-access"]),
    st.sampled_from(["web_attack", "authentication", "personal_data"]),
    st.sampled_from([f"192.0.2.{n}" for n in range(20)]),
    st.lists(st.sampled_from(["st-1", "st-2", "st-3"]), max_size=1), _severity, _score,
)  # fmt: skip
_customer = st.builds(
    lambda n, severity, score: make(
        "record-enumeration", actor=f"c-{n}", severity=severity, score=score,
        evidence={"is_worker": False},
    ),
    st.integers(1, 40), _severity, _score,
)  # fmt: skip
_invented = st.builds(  # a name in Basic authentication that the server refused
    lambda n, detector, severity, score: make(
        detector, actor=f"st-{n}", severity=severity, score=score,
        evidence={"is_worker": True, "successes": 0, "unit": "attempts"},
    ),
    st.integers(1, 40), st.sampled_from(["forbidden-probing", "brute-force"]), _severity, _score,
)  # fmt: skip
_word = st.builds(  # what a partner's log says about somebody of another party
    lambda n, score: make(
        actor=f"st-{n}", site_id="shop-003", franchise="003", severity=Severity.MEDIUM,
        score=score, evidence={"is_worker": True, PARTNER_SITE: "shop-003"},
    ),
    st.integers(1, 12), _score,
)  # fmt: skip
_site = st.builds(
    lambda n, severity, score: make(
        "server-error-spike", category="operations", actor_kind="site", actor=f"site-{n}",
        severity=severity, score=score, evidence={},
    ),
    st.integers(1, 30), _severity, _score,
)  # fmt: skip
_outside = st.one_of(_address, _customer, _invented, _word, _site)
_FLOOD = 60


@given(st.lists(_inside, max_size=16), st.lists(_outside, max_size=6), st.data())
def test_no_flood_takes_a_place_from_a_person_at_work(
    inside: list[Finding], usual: list[Finding], data: st.DataObject
) -> None:
    """Whatever comes from outside or from a shop, of any severity, in any number."""
    flood = data.draw(st.lists(st.one_of(_outside, _shop), max_size=12)) * (_FLOOD // 12)
    before = _named([*inside, *usual])
    found = {one.finding_id for one in before if is_from_inside(one)} & _above(before)
    extra = [replace(one, finding_id=f"f{n}") for n, one in enumerate(flood)]
    assert found <= _above([*before, *extra])


@given(
    st.lists(_shop, max_size=16), st.lists(_inside, max_size=10), st.lists(_outside, max_size=30)
)
def test_no_flood_from_outside_takes_a_place_from_a_shop(
    shops: list[Finding], inside: list[Finding], flood: list[Finding]
) -> None:
    """People at work at a shop come after those of the company, and before everybody else."""
    before = _named([*inside, *shops])
    extra = [replace(one, finding_id=f"f{n}") for n, one in enumerate(flood)]
    assert _above(before) <= _above([*before, *extra])


@given(st.lists(st.one_of(_inside, _shop, _outside), max_size=60), st.integers(1, 20))
def test_each_kind_has_a_place_and_none_is_left_free(found: list[Finding], places: int) -> None:
    """What comes on top of the places is the minimum of those served later."""
    findings = _named(found)
    above = _above(findings, places)
    assert len(above) >= min(places, len(findings))
    others = {
        (one.category, "partner" if one.is_partners_word else one.actor_kind): one
        for one in findings
        if not is_from_inside(one)
    }
    seen = {
        (one.category, "partner" if one.is_partners_word else one.actor_kind)
        for one in findings
        if one.finding_id in above and not is_from_inside(one)
    }
    assert seen == others.keys()
    quarter = max(1, places // 4)
    assert len(above) <= places + quarter + max(quarter, len(others))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"evidence": {"is_worker": False}}, False),
        ({"evidence": {"successes": 0, "unit": "attempts"}}, False),
        ({"evidence": {"successes": 3, "unit": "attempts"}}, True),
        ({"evidence": {"successes": 0}}, True),
        ({"evidence": {"successes": 0}, "subject_count": 0}, False),
        ({"subject_count": 0}, True),
        ({"category": "authentication", "evidence": {"successes": 0}}, False),
        ({"category": "authentication", "evidence": {"successes": 1}}, True),
        ({"actor_kind": "ip"}, False),
        ({"evidence": {PARTNER_SITE: "shop-001"}}, False),
    ],
)
def test_who_can_cause_a_finding(values: dict[str, Any], expected: bool) -> None:
    """A name that the server refused is nobody's; data that was shown is."""
    assert is_from_inside(make(**values)) is expected


def test_one_shop_does_not_take_the_places_of_all_shops() -> None:
    """A shop writes its own log: a hundred invented critical findings leave room for others."""
    flood = [
        make(actor=f"fr001-{n}", site_id="shop-001", franchise="001", severity=Severity.CRITICAL)
        for n in range(100)
    ]
    real = make(actor="fr002-7", site_id="shop-002", franchise="002", severity=Severity.MEDIUM)
    assert real.finding_id in _above([*flood, real], 20)


def test_one_person_at_many_sites_does_not_hide_the_others() -> None:
    """Findings of one actor take a quarter while somebody else waits."""
    flood = [make(actor="st-1", site_id=f"s{n}", severity=Severity.CRITICAL) for n in range(100)]
    other = make(actor="st-2", severity=Severity.MEDIUM, score=40.0)
    assert other.finding_id in _above([*flood, other], 20)


_SHOP = {"site_id": "shop-009", "franchise": "009"}
_PARTNERS_WORD = {"evidence": {PARTNER_SITE: "shop-009"}, "site_id": "shop-009"}


@pytest.mark.parametrize(
    ("lane", "alike", "taken"),
    [
        ("own", {"detector": "bulk-record-access"}, 6),
        ("own", {"actor": "st-1"}, 3),
        ("shop", {"detector": "bulk-record-access"}, 6),
        ("shop", {"actor": "fr-1"}, 3),
        ("shop", _SHOP, 3),
        ("outside", {"detector": "brute-force"}, 6),
        ("outside", {"category": "operations"}, 9),
        ("partner", _PARTNERS_WORD, 6),
    ],
)
def test_what_is_alike_takes_its_share_while_others_wait(
    lane: str, alike: dict[str, Any], taken: int
) -> None:
    """Of twelve places half for a detector, a quarter for a person or a shop.

    Of everybody else, half is for what is the first of its kind, and shares are of the rest too.
    """

    def found(number: int, **values: Any) -> Finding:
        base: dict[str, Any] = {
            "detector": f"detector-{number}", "actor": f"st-{number}", "site_id": f"s-{number}",
            "severity": Severity.MEDIUM, "evidence": {"is_worker": True},
        }  # fmt: skip
        if lane == "shop":
            base |= {"franchise": f"{number:03}"}
        if lane == "outside":
            base |= {"actor_kind": "ip", "actor": f"192.0.2.{number}", "evidence": {}}
        if lane == "partner":
            base |= {"franchise": "009", "evidence": {PARTNER_SITE: f"s-{number}"}}
        return make(**{**base, "finding_id": f"{number}", **values})

    loud = [found(number, severity=Severity.CRITICAL, **alike) for number in range(1, 13)]
    others = [found(number) for number in range(21, 33)]
    above = _above([*loud, *others], 12)
    assert len(above) == 12
    assert len(above & {one.finding_id for one in loud}) == taken


def test_of_two_places_one_detector_takes_one() -> None:
    """Nor does one person take both."""
    first, second = (make(actor=f"st-{n}", severity=Severity.CRITICAL) for n in (1, 2))
    other = make("mass-export", actor="st-3", severity=Severity.MEDIUM)
    again = make("off-hours-access", actor="st-1", severity=Severity.CRITICAL)
    for more in (second, again):
        above = _above([first, more, other], 2)
        assert len(above & {first.finding_id, more.finding_id}) == 1
        assert other.finding_id in above
