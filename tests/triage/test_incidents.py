"""What belongs together, how risky it is, and who gets a place in the night's budget."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines import lake
from pipelines.detect.score import Surroundings, scored
from pipelines.findings import Finding, Severity
from pipelines.paths import Home
from pipelines.triage.budget import within_budget
from pipelines.triage.incidents import grouped, incidents_of, risk_of, with_incidents
from pipelines.triage.weigh import weigh
from tests.detect.given_findings import DAY, at, detected, make, settings_in


def _web(number: int, **values) -> Finding:
    base = {
        "category": "web_attack", "actor_kind": "ip", "actor": f"198.51.100.{number}",
        "subject_count": 0, "evidence": {"successes": 1}, "score": 90.0,
    }  # fmt: skip
    return make(values.pop("detector", "sql-injection"), **{**base, **values})


def _groups(*findings: Finding) -> list[set[str]]:
    return [{one.finding_id for one in group} for group in grouped(findings)]


def test_findings_on_one_user_over_sites_are_one_incident() -> None:
    """Whatever detector and site, the person is one."""
    one, other = make(), make("off-hours-access", site_id="shop")
    assert len(_groups(one, other)) == 1
    assert len(_groups(one, make(actor="st-2"))) == 2


def test_an_address_that_points_to_one_person_joins_them() -> None:
    """By the address's `users`, or by the user's `addresses`."""
    user = make(evidence={"addresses": ["192.0.2.9"]})
    assert len(_groups(user, _web(1, actor="192.0.2.9"))) == 1
    named = _web(1, evidence={"users": ["st-1"]})
    assert len(_groups(make(), named)) == 1
    session = make("session-hijack", actor_kind="session", actor="s1", evidence={"users": ["st-1"]})
    assert len(_groups(make(), session)) == 1


def test_an_office_behind_one_address_does_not_join_its_people() -> None:
    """Two people of one address stay two incidents, and the address a third."""
    people = [make(actor=f"st-{n}", evidence={"addresses": ["192.0.2.9"]}) for n in range(2)]
    assert len(_groups(*people, _web(1, actor="192.0.2.9"))) == 3
    crowd = _web(1, evidence={"users": ["st-1", "st-2", "st-3"]})
    assert len(_groups(make(), crowd)) == 2


def test_guessing_from_an_address_joins_the_accounts_that_it_opened() -> None:
    """Of many accounts tried, those with a log-in finding of their own belong to the attack."""
    spray = make(
        "password-spraying", category="authentication", actor_kind="ip", actor="192.0.2.9",
        evidence={"users": ["st-1", "st-2", "st-3"]},
    )  # fmt: skip
    opened = make(
        "login-after-failures", category="authentication", evidence={"addresses": ["192.0.2.9"]}
    )
    assert len(_groups(spray, opened, make(actor="st-2"))) == 2


def test_sites_and_operations_join_nobody() -> None:
    """Operations of a site are one incident, apart from people and from what it leaks."""
    gap = make("log-gap", category="operations", actor_kind="site", actor="site")
    errors = make("server-error-spike", category="operations", actor_kind="site", actor="site")
    leak = make("personal-data-in-url", actor_kind="site", actor="site")
    named = replace(gap, detector="clock-skew", finding_id="x", evidence={"users": ["st-1"]})
    assert len(_groups(gap, errors, leak, named, make())) == 3
    assert len({one.incident_id for one in incidents_of([gap, leak, make()])}) == 3


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({}, 1),
        ({"first_seen": at("09:30")}, 1),
        ({"first_seen": at("09:31")}, 2),
        ({"last_seen": at("16:30")}, 1),
        ({"last_seen": at("16:29")}, 2),
        ({"franchise": "shop-7"}, 2),
        ({"detector": "volume-anomaly"}, 2),
    ],
)
def test_sites_that_fall_silent_together_are_one_incident(
    values: dict[str, Any], number: int
) -> None:
    """One cause silenced them, as a collector that stopped; half an hour apart at either end."""

    def gap(site: str, **more: Any) -> Finding:
        given = {"category": "operations", "actor_kind": "site", "actor": site, "site_id": site}
        return make(more.pop("detector", "log-gap"), **{**given, **more})

    found = [gap("counter-1"), gap("counter-2", **values)]
    assert len(_groups(*found)) == number
    assert len(_groups(*reversed(found))) == number
    shops = [gap("s-1", franchise="shop-7"), gap("s-2", **values | {"franchise": "shop-2"})]
    assert len(_groups(*shops)) == (1 if "franchise" in values else number)


def test_risk_is_raised_by_other_detectors_and_not_by_numbers() -> None:
    """Each detector counts once, three more at most, those of `low` not at all."""
    alone = risk_of([make(score=70.0)])
    assert alone == 70.0
    two = [make(score=70.0), make("off-hours-access", score=50.0)]
    assert alone < risk_of(two) < 100
    again = [*two, *(make("off-hours-access", site_id=f"s{n}", score=50.0) for n in range(50))]
    assert risk_of(again) == risk_of(two)
    low = [make(score=70.0), make("off-hours-access", score=30.0, severity=Severity.LOW)]
    assert risk_of(low) == alone
    scanner = [_web(1, detector=f"sigma:{n}", score=65.0) for n in range(40)]
    assert risk_of(scanner) < risk_of([make(score=75.0)])


def test_order_follows_the_risk_and_keeps_incidents_together() -> None:
    """The report's order: by incident, in it by score, then what is settled."""
    findings = [
        make(actor="st-1", score=60.0),
        make("off-hours-access", actor="st-1", score=59.0, severity=Severity.MEDIUM),
        make(actor="st-2", score=79.0),
        make("mass-export", actor="st-3", score=61.0, status="closed"),
    ]
    ordered = with_incidents(findings, incidents_of(findings))
    assert [one.actor for one in ordered] == ["st-2", "st-1", "st-1", "st-3"]
    assert ordered[1].assessment.incident_id == ordered[2].assessment.incident_id
    assert ordered[3].assessment.incident_id is None


def test_incident_keeps_its_id_when_a_finding_is_settled() -> None:
    """Its name rests on the actor, not on what is still open."""
    findings = [make(score=75.0), make("off-hours-access", score=50.0)]
    (before,) = incidents_of(findings)
    (after,) = incidents_of([replace(findings[0], status="closed"), findings[1]])
    assert after.incident_id == before.incident_id
    assert after.risk < before.risk
    assert incidents_of([replace(one, status="closed") for one in findings]) == []


def test_findings_beyond_the_budget_are_low_and_say_what_they_were() -> None:
    """No more than the night's places stay above `low`."""
    found = [scored(make(actor=f"st-{n}", score=float(n)), Surroundings()) for n in range(30)]
    folded = within_budget(found, 20)
    loud = [one for one in folded if one.severity.needs_a_look]
    assert len(loud) == 10 + 10  # one detector: half, then what is left
    below = [one for one in folded if one.is_over_budget]
    assert {one.severity_before_budget for one in below} == {Severity.HIGH}
    assert {one.severity for one in below} == {Severity.LOW}
    assert max(one.score for one in below) < 40
    assert min(one.assessment.strength or 0.0 for one in loud) == 10.0
    assert within_budget(found[:20], 20) == found[:20]


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.CRITICAL])
def test_a_flood_from_outside_never_pushes_an_insider_below(severity: Severity) -> None:
    """Hundreds of addresses, attacks and refused accounts take half of the places at most."""
    flood = [_web(n, severity=severity, actor=f"2001:db8::{n:x}") for n in range(300)]
    flood += [
        make("brute-force", category="authentication", actor=f"c{n}", severity=severity,
             score=99.0, subject_count=0, evidence={"successes": 0})
        for n in range(300)
    ]  # fmt: skip
    insiders = [make(actor=f"st-{n}", severity=Severity.MEDIUM, score=40.0) for n in range(5)]
    found = [scored(one, Surroundings()) for one in (*flood, *insiders)]
    loud = [one for one in within_budget(found, 20) if one.severity.needs_a_look]
    assert len(loud) == 20
    assert {one.actor for one in insiders} <= {one.actor for one in loud}


def test_customers_who_register_themselves_never_push_an_insider_below() -> None:
    """However grave and many they are; without insiders they may have all places."""
    flood = [
        make(
            actor=f"c-{n}",
            detector=("record-enumeration", "bulk-record-access")[n % 2],
            severity=Severity.CRITICAL,
            score=100.0,
            evidence={"is_worker": False},
        )
        for n in range(60)
    ]
    insiders = [
        make(actor=f"st-{n}", severity=Severity.MEDIUM, evidence={"is_worker": True})
        for n in range(5)
    ]
    found = [scored(one, Surroundings()) for one in (*flood, *insiders)]
    loud = [one for one in within_budget(found, 20) if one.severity.needs_a_look]
    assert {one.actor for one in insiders} <= {one.actor for one in loud}
    assert len(loud) == 20


def test_one_attack_does_not_hide_another() -> None:
    """A flood of critical probes leaves a place to a password that was guessed."""
    flood = [_web(n, severity=Severity.CRITICAL) for n in range(100)]
    guessed = make(
        "brute-force", category="authentication", actor_kind="ip", actor="192.0.2.9",
        severity=Severity.MEDIUM, evidence={"successes": 1},
    )  # fmt: skip
    folded = within_budget([scored(one, Surroundings()) for one in (*flood, guessed)], 20)
    assert folded[-1].severity is Severity.MEDIUM
    assert sum(one.severity.needs_a_look for one in folded) == 20


def test_an_absent_person_is_riskier_than_one_at_work(tmp_path) -> None:
    """By the context's absences; those of others and of other days count for nothing."""
    home, settings = Home(tmp_path / "var"), settings_in(tmp_path)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "create temp table context_absence as select * from (values"
            " ('st-1', '2026-11-19 00:00'::timestamptz, '9999-12-30 00:00'::timestamptz, 'ill'),"
            " ('st-2', '2026-11-20 00:00'::timestamptz, '2026-11-20 18:00'::timestamptz, 'ill')"
            ") as given (user_id, from_at, to_at, reason)"
        )
        con.execute(
            "create temp table context_person"
            " (user_id varchar, usual_id varchar, department varchar)"
        )
        findings = weigh(
            con, settings, DAY, [make(actor=f"st-{n}") for n in (1, 2, 3)], frozenset()
        )
    away, at_work, other = (one.score for one in findings)
    assert away > at_work == other
    assert findings[0].assessment.score_parts["absence"] == 10.0


def test_incidents_stand_in_the_lake_and_are_the_same_on_a_second_run(tmp_path) -> None:
    """A day's incidents are replaced whole, with the same ids."""
    home, settings = Home(tmp_path / "var"), settings_in(tmp_path)
    findings = [
        make(),
        make("off-hours-access", severity=Severity.MEDIUM, score=30.0),
        _web(1, severity=Severity.LOW, subject_count=0),
    ]
    first = detected(home, settings, findings)
    again = detected(home, settings, findings)
    assert first == again
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select actor, risk, severity, finding_ids, is_within_budget, reasons"
            " from lake.incident where date = ? order by risk desc",
            [DAY],
        ).fetchall()
    assert [row[0] for row in rows] == ["st-1", "198.51.100.1"]
    assert rows[0][3] == ["bulk-record-access-st-1-site", "off-hours-access-st-1-site"]
    assert (rows[0][2], rows[0][4], rows[1][4]) == ("high", True, False)
    assert "data_level=20.0" in rows[0][5]
    assert rows[0][1] == first[0].assessment.risk
