"""What a suppression covers, whose it may be, and which may be made: at each bound."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from pipelines.errors import UsageError
from pipelines.findings import Severity
from pipelines.triage.suppressions import (
    Criteria,
    Suppression,
    account_in,
    is_about,
    is_one_of,
    is_own,
    made,
)
from tests.detect.given_findings import DAY, ZONE, at, beyond_budget, clock_at, make
from tests.triage.given_evidence import day_of

_SITE = Criteria("bulk-record-access", site_id="site")
_ACTOR = Criteria("bulk-record-access", actor="st-1")


def _rule(criteria: Criteria = _SITE, **values: Any) -> Suppression:
    base = Suppression("s-1", criteria, "stock", "lead", at("00:30"), day_of(10))
    return replace(base, **values)


@pytest.mark.parametrize(
    ("number", "is_covered"), [(-8, False), (-7, True), (0, True), (10, True), (11, False)]
)
def test_days_of_a_rule(number: int, is_covered: bool) -> None:
    """From the week that is still being looked at, by the local day, to its last day."""
    rule = _rule(created_at=at("00:30").astimezone(dt.UTC))
    assert rule.first_day(ZONE) == day_of(-7)
    assert rule.is_in_force(day_of(number), ZONE) is is_covered
    assert rule.covers(make(date=day_of(number)), ZONE) is is_covered
    assert rule.would_cover(make(date=day_of(number)), ZONE) is is_covered
    ended = replace(rule, ended_at=at("12:00"))
    assert not ended.is_in_force(day_of(number), ZONE)
    assert not ended.covers(make(date=day_of(number)), ZONE)
    assert ended.would_cover(make(date=day_of(number)), ZONE) is is_covered


@pytest.mark.parametrize(
    ("criteria", "values", "is_covered"),
    [
        (_SITE, {"detector": "mass-export"}, False),
        (_SITE, {"site_id": "shop"}, False),
        (_SITE, {"site_id": None}, False),
        (_SITE, {"actor": "lead"}, False),
        (_SITE, {"severity": Severity.CRITICAL}, False),
        (_ACTOR, {"severity": Severity.CRITICAL}, True),
        (_ACTOR, {"site_id": "shop"}, True),
        (_ACTOR, {"actor": "st-2"}, False),
        (_ACTOR, {"actor": "st-2", "evidence": {"accounts": ["st-1"]}}, True),
        (_ACTOR, {"actor": "st-2", "evidence": {"accounts": "st-1"}}, False),
        (replace(_ACTOR, site_id="site"), {"site_id": "shop"}, False),
        (replace(_ACTOR, site_id="site"), {"actor": "st-2"}, False),
    ],
)
def test_all_that_is_named_must_fit(
    criteria: Criteria, values: dict[str, Any], is_covered: bool
) -> None:
    """And what is critical is covered only by a rule that names the actor."""
    assert _rule(criteria).covers(make(**values), ZONE) is is_covered


def test_what_was_critical_before_the_budget_is_critical() -> None:
    """A rule without an actor does not cover it."""
    folded = beyond_budget(Severity.CRITICAL)
    assert not _rule().covers(folded, ZONE)
    assert _rule(_ACTOR).covers(folded, ZONE)


_FULL = [f"192.0.2.{n}" for n in range(10)]


@pytest.mark.parametrize(
    ("values", "is_covered"),
    [
        ({"evidence": {"addresses": ["192.0.2.7"]}}, True),
        ({"evidence": {"addresses": _FULL[:9]}}, True),
        ({"evidence": {"addresses": _FULL}}, False),
        ({"evidence": {"addresses": []}}, False),
        ({"evidence": {"addresses": "192.0.2.7"}}, False),
        ({"evidence": {}}, False),
        ({"evidence": {"addresses": ["192.0.2.7", "198.51.100.1"]}}, False),
        ({"evidence": {"addresses": ["192.0.2.7", "no address"]}}, False),
        ({"actor_kind": "ip", "actor": "192.0.2.255"}, True),
        ({"actor_kind": "ip", "actor": "192.0.3.0"}, False),
        ({"actor_kind": "ip", "actor": "2001:db8::1"}, False),
    ],
)
def test_a_network_covers_what_came_from_it_alone(values: dict[str, Any], is_covered: bool) -> None:
    """All addresses are known and within; a full list may not be all."""
    rule = _rule(Criteria("bulk-record-access", network="192.0.2.0/24"))
    assert rule.covers(make(**values), ZONE) is is_covered


@pytest.mark.parametrize(
    ("network", "is_covered"),
    [("2001:db8::/48", True), ("2001:db8:0:1::/64", True), ("2001:db8:0:1::/65", False)],
)
def test_a_network_covers_a_slash64_that_lies_in_it_as_a_whole(
    network: str, is_covered: bool
) -> None:
    """Several addresses of one IPv6 /64 are one actor."""
    rule = _rule(Criteria("bulk-record-access", network=network))
    assert rule.covers(make(actor_kind="ip", actor="2001:db8:0:1::/64"), ZONE) is is_covered


@pytest.mark.parametrize(
    ("values", "author", "is_mine"),
    [
        ({}, "st-1", True),
        ({}, "st-2", False),
        ({"evidence": {"accounts": ["st-2"]}}, "Name (st-2)", True),
        ({"actor_kind": "session"}, "st-1", False),
        ({"actor_kind": "ip", "evidence": {"user_id": "st-3"}}, "st-3", True),
        ({"actor_kind": "ip", "evidence": {"user_id": "st-3"}}, "st-1", False),
        ({"actor_kind": "ip", "evidence": {}}, "st-1", False),
        ({"actor_kind": "user", "evidence": {"user_id": "st-3"}}, "st-3", False),
    ],
)
def test_whom_a_finding_is_about(values: dict[str, Any], author: str, is_mine: bool) -> None:
    """A user by all accounts, an address by the user it points to, a session by none."""
    assert is_about(make(**values), author) is is_mine


@pytest.mark.parametrize(
    ("account", "author", "is_mine"),
    [
        ("st-1", "st-1", True),
        ("ST-1", "st-1", True),
        ("DOMAIN\\st-1", "st-1", True),
        ("st-1", "DOMAIN\\st-1", True),
        ("st-1@prime.example", "st-1", True),
        ("st-1", "Some Body (st-1)", True),
        ("st-1", "airflow:st-1", True),
        ("st-1", "st-11", False),
        ("st-1", "", False),
        ("", "Some Body", False),
        ("", "", False),
        (" ", "@prime.example", False),
    ],
)
def test_whose_account_it_is(account: str, author: str, is_mine: bool) -> None:
    """Each word of how somebody signs counts; nothing at all is nobody's."""
    assert is_own(account, author) is is_mine
    assert is_one_of(["st-9", account], author) is is_mine
    assert not is_one_of([], author)


@pytest.mark.parametrize(
    ("author", "account"),
    [
        ("tanaka (st-1)", "st-1"),
        ("tanaka (a) (ST-1)", "st-1"),
        ("airflow:st-1", "st-1"),
        (" St-1 ", "st-1"),
        ("tanaka (st-1) x", "tanaka (st-1) x"),
        ("tanaka (st-1@prime.example)", "st-1"),
        ("ｔａｎａｋａ（ｓｔ-1）", "st-1"),
    ],
)
def test_the_account_of_who_signed(author: str, account: str) -> None:
    """What stands in brackets at the end, else the whole."""
    assert account_in(author) == account


def _made(criteria: Criteria = _ACTOR, days: int = 10, reason: str = "stock") -> Suppression:
    return made(criteria, reason, "lead", day_of(days), ZONE, clock_at(DAY, "00:30"))


@pytest.mark.parametrize(("days", "may_be"), [(-1, False), (0, True), (366, True), (367, False)])
def test_a_rule_ends_within_a_year(days: int, may_be: bool) -> None:
    """From today on, by the local day."""
    if may_be:
        assert _made(days=days).valid_until == day_of(days)
        return
    with pytest.raises(UsageError, match=f"--until {day_of(days)}"):
        _made(days=days)


@pytest.mark.parametrize(
    ("network", "becomes"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_network_is_written_in_its_own_words(network: str, becomes: str) -> None:
    """An address alone is a network of one; the widest is what an operator is given."""
    rule = _made(Criteria("log-gap", network=network))
    assert rule.criteria == Criteria("log-gap", network=becomes)


@pytest.mark.parametrize(
    ("network", "said"),
    [("10.0.0.0/7", "/8 at most"), ("2001:db8::/31", "/32 at most"), ("office", "neither")],
)
def test_a_network_that_is_none_or_too_wide(network: str, said: str) -> None:
    """The message says how wide it may be."""
    with pytest.raises(UsageError, match=said):
        _made(Criteria("log-gap", network=network))


@pytest.mark.parametrize(
    "criteria",
    [_SITE, _ACTOR, Criteria("log-gap", network="192.0.2.0/24"), replace(_ACTOR, site_id="site")],
)
def test_a_rule_names_more_than_a_detector(criteria: Criteria) -> None:
    """Any one of actor, site and network is enough; none of them is not."""
    assert _made(criteria).criteria == criteria
    with pytest.raises(UsageError, match="everywhere"):
        _made(Criteria(criteria.detector))


def test_a_rule_is_known_by_all_that_it_says() -> None:
    """Twelve hexadecimal digits; a rule that says another thing has another id."""
    first = _made(reason=" stock ")
    assert first.reason == "stock"
    assert len(first.suppression_id) == 12
    assert int(first.suppression_id, 16) >= 0
    assert first.suppression_id == _made(reason=" stock ").suppression_id
    others = [_made(_SITE), _made(reason="other"), _made(replace(_ACTOR, site_id="site"))]
    assert len({one.suppression_id for one in (first, *others)}) == 4
    for wrong in ("", "  "):
        with pytest.raises(UsageError, match="--reason"):
            _made(reason=wrong)


def test_a_rule_in_json() -> None:
    """Instants in UTC; what has no end yet says so."""
    told = _rule().as_json()
    assert told == {
        "suppression_id": "s-1",
        "detector": "bulk-record-access",
        "actor": None,
        "site_id": "site",
        "network": None,
        "reason": "stock",
        "author": "lead",
        "created_at": "2026-11-18T15:30:00+00:00",
        "valid_until": "2026-11-29",
        "ended_at": None,
        "ended_by": None,
    }
    ended = _rule(ended_at=at("09:00"), ended_by="x").as_json()
    assert ended["ended_at"] == "2026-11-19T00:00:00+00:00"
