"""What an incident says of its findings, and in which order they are read."""

import datetime as dt
from typing import Any

import pytest

from pipelines.errors import UsageError
from pipelines.findings import Assessment, Correction, Finding, Severity
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.triage.cases.ids import with_cases
from pipelines.triage.cases.lookup import due_day
from pipelines.triage.corrections import noted
from pipelines.triage.incidents import (
    grouped,
    in_order,
    incident_id_of,
    incidents_of,
    prominence,
    risk_of,
    with_incidents,
)
from pipelines.triage.silences import LOG_GAP, by_silence, status_of
from tests.detect.given_findings import DAY, at, beyond_budget, make
from tests.triage.given_evidence import day_of


def test_an_incident_has_the_facts_of_its_open_findings() -> None:
    """The gravest, the most, the first and the last; what is settled counts for none of it."""
    found = [
        make(site_id="b", score=70.0, subject_count=5, first_seen=at("10:00"),
             last_seen=at("11:00"), assessment=Assessment(score_parts={"strength": 18.0})),
        make("off-hours-access", site_id="a", severity=Severity.MEDIUM, score=50.0,
             subject_count=9, first_seen=at("09:00"), last_seen=at("10:00")),
        make("off-hours-access", site_id=None, severity=Severity.MEDIUM, score=41.0,
             subject_count=1, first_seen=at("12:00"), last_seen=at("13:00")),
        make("mass-export", site_id="z", severity=Severity.CRITICAL, score=90.0,
             subject_count=99, first_seen=at("01:00"), last_seen=at("23:00"), status="closed"),
    ]  # fmt: skip
    (one,) = incidents_of(found)
    assert (one.risk, one.severity, one.subject_count) == (77.5, Severity.HIGH, 9)
    assert (one.first_seen, one.last_seen) == (at("09:00"), at("13:00"))
    assert one.detectors == ("bulk-record-access", "off-hours-access")
    assert one.site_ids == ("a", "b")
    assert one.finding_ids == tuple(one.finding_id for one in found[:3])
    assert one.reasons == ("strength=18.0", "other_detectors=7.5")
    assert one.is_within_budget
    assert len(one.incident_id) == 16


def test_reasons_are_eight_at_most_and_others_only_where_they_raise() -> None:
    """The first of the score's parts, in their order."""
    parts = {f"part{number}": float(number) for number in range(1, 10)}
    (one,) = incidents_of([make(assessment=Assessment(score_parts=parts))])
    assert one.reasons == tuple(f"part{number}={number}.0" for number in range(1, 9))
    faint = [make(score=99.0), make("off-hours-access", score=1.0)]
    assert incidents_of(faint)[0].reasons == ()
    raised = [
        make(score=70.3),
        make("off-hours-access", severity=Severity.MEDIUM, score=50.1),
    ]
    assert incidents_of(raised)[0].risk == 77.74
    assert incidents_of(raised)[0].reasons == ("other_detectors=7.4",)


def test_what_the_budget_left_out_is_weighed_as_it_was_found() -> None:
    """Of an incident of such findings alone none is within the budget."""
    folded = beyond_budget(Severity.HIGH, score=38.0, score_before=70.0)
    found = [(one.severity_before_budget, one.score_before_budget) for one in (folded, make())]
    assert found == [(Severity.HIGH, 70.0), (Severity.HIGH, 60.0)]
    assert beyond_budget(Severity.HIGH, score_before=0.0).score_before_budget == 0.0
    assert risk_of([folded]) == 70.0
    assert risk_of([]) == 0.0
    (one,) = incidents_of([folded])
    assert (one.severity, one.is_within_budget) == (Severity.HIGH, False)


def test_risk_is_told_to_a_hundredth() -> None:
    """Rounded, not cut off."""
    assert risk_of([make(score=61.0), make("off-hours-access", score=55.3)]) == 71.78
    assert risk_of([make(score=61.0), make("off-hours-access", score=55.5)]) == 71.82


def test_the_strongest_incident_is_first_and_settled_findings_are_last() -> None:
    """Equal risks by severity; findings of none by severity, score and id."""
    medium = make(actor="m", severity=Severity.MEDIUM, score=59.0)
    high = make(actor="h", score=59.0)
    risky = make(actor="r", score=75.0)
    closed = [
        make(actor="x", score=50.0, status="closed"),
        make(actor="y", score=90.0, status="closed"),
        make(actor="z", score=1.0, severity=Severity.CRITICAL, status="closed"),
        make(actor="w", score=50.0, status="closed"),
    ]
    found = [*closed, medium, high, risky]
    incidents = incidents_of(found)
    assert [one.actor for one in incidents] == ["r", "h", "m"]
    ordered = with_incidents(found, incidents)
    assert [one.actor for one in ordered] == ["r", "h", "m", "z", "y", "w", "x"]
    assert [one.actor for one in in_order(found, [])] == ["z", "y", "r", "h", "w", "x", "m"]
    first, last = ordered[0], ordered[-1]
    assert (first.assessment.incident_id, first.assessment.risk) == (
        incidents[0].incident_id,
        75.0,
    )
    assert incident_id_of(first) == incidents[0].incident_id
    assert (last.assessment.risk, incident_id_of(last)) == (None, last.finding_id)


@pytest.mark.parametrize(
    "order",
    [
        [{"actor_kind": "user", "score": 1.0}, {"actor_kind": "session", "score": 99.0}],
        [{"actor_kind": "session", "score": 1.0}, {"actor_kind": "ip", "score": 99.0}],
        [{"actor_kind": "ip", "score": 1.0}, {"actor_kind": "site", "score": 99.0}],
        [{"score": 60.0}, {"score": 50.0}],
        [{"actor": "a"}, {"actor": "b"}],
        [{"detector": "a"}, {"detector": "b"}],
    ],
)
def test_which_finding_names_its_incident(order: list[dict[str, Any]]) -> None:
    """A person before a session, an address and a site; then the strongest."""
    one, other = (make(**values) for values in order)
    assert prominence(one) < prominence(other)


def _sizes(*findings: Finding) -> list[int]:
    return sorted(len(one) for one in grouped(findings))


def _ip(**values: Any) -> Finding:
    base = {"category": "web_attack", "actor_kind": "ip", "actor": "192.0.2.9", "evidence": {}}
    return make(**{"detector": "sql-injection", **base, **values})


@pytest.mark.parametrize(
    ("address", "user", "sizes"),
    [
        ({"evidence": {"users": ["st-1"]}}, {}, [2]),
        ({"evidence": {"users": ["st-1", "st-1"]}}, {}, [2]),
        ({"evidence": {"users": ["st-1", "st-2"]}}, {}, [1, 1]),
        ({"evidence": {"users": ["st-1", "st-2"]}}, {"category": "authentication"}, [2]),
        ({"evidence": {"users": ["st-2"]}}, {}, [1, 1]),
        ({"evidence": {"users": "st-1"}}, {}, [1, 1]),
        ({"evidence": {"users": [1]}}, {}, [1, 1]),
        ({"evidence": {"users": ["st-1"]}, "category": "operations"}, {}, [1, 1]),
        ({}, {"evidence": {"addresses": ["192.0.2.9"]}}, [2]),
        ({}, {"evidence": {"addresses": ["192.0.2.8", "192.0.2.9"]}}, [2]),
        ({}, {"evidence": {"addresses": ["192.0.2.8"]}}, [1, 1]),
        ({}, {"evidence": {"sessions": ["192.0.2.9"]}}, [1, 1]),
        ({}, {"evidence": {"addresses": ["192.0.2.9"]}, "category": "operations"}, [1, 1]),
        ({"actor_kind": "session"}, {"evidence": {"sessions": ["192.0.2.9"]}}, [2]),
    ],
)
def test_which_address_is_one_with_a_user(
    address: dict[str, Any], user: dict[str, Any], sizes: list[int]
) -> None:
    """Where either names the other and nobody else is named; guessed accounts join the attack."""
    assert _sizes(_ip(**address), make(**user)) == sizes
    assert _sizes(make(**user), _ip(**address)) == sizes


def test_links_join_over_several_steps() -> None:
    """Two addresses and a session of one user are one; another user in none of them is not."""
    user = make(evidence={"addresses": ["192.0.2.8", "192.0.2.9"], "sessions": ["s"]})
    others = [_ip(actor="192.0.2.8"), _ip(), _ip(actor_kind="session", actor="s")]
    assert _sizes(*others, user, make(actor="st-2")) == [1, 4]
    together = with_cases([*others, user, make(actor="st-2")], KeyedIds())
    assert len({one.case_id for one in together}) == 2
    assert grouped([]) == []


def test_notes_stand_beside_the_findings_that_they_are_on() -> None:
    """In the order in which they were made; findings without one stay as they were."""
    one, other = make(), make(actor="st-2")
    rows = [
        (one.finding_id, "c-1", DAY, DAY, "not me", "site", True),
        (one.finding_id, "c-2", DAY, DAY, "again", "site", False),
        ("gone", "c-3", DAY, DAY, "x", None, True),
    ]
    with_notes, without = noted([one, other], rows)
    assert with_notes.assessment.corrections == (
        Correction("c-1", DAY, DAY, "not me"),
        Correction("c-2", DAY, DAY, "again"),
    )
    assert without is other


_TODAY = DAY


@pytest.mark.parametrize(("wanted", "due"), [(None, 7), (0, 0), (366, 366)])
def test_days_by_which_something_is_due(wanted: int | None, due: int) -> None:
    """The given day, from today to a year from now; the usual one where none is given."""
    given = None if wanted is None else day_of(wanted)
    assert due_day(given, _TODAY, 7) == day_of(due)


@pytest.mark.parametrize(
    ("wanted", "said"), [(-1, "--due 2026-11-18.*from 2026-11-19 on"), (367, "--due .*a year")]
)
def test_days_by_which_nothing_can_be_due(wanted: int, said: str) -> None:
    """The message names the option, and the first day that could be given."""
    with pytest.raises(UsageError, match=said):
        due_day(day_of(wanted), _TODAY, 7)
    with pytest.raises(UsageError, match="--reply-by"):
        due_day(day_of(wanted), _TODAY, 7, "--reply-by")


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["closed"], "closed"),
        (["closed", "new"], "new"),
        (["acknowledged", "closed"], "acknowledged"),
    ],
)
def test_status_of_several(statuses: list[str], status: str) -> None:
    """New as long as one of them is, else that of the newest."""
    assert status_of(statuses) == status


def _gap(begins: dt.datetime, ends: dt.datetime, site: str = "s", **values: Any) -> Finding:
    return make(LOG_GAP, site_id=site, first_seen=begins, last_seen=ends, **values)


def test_gaps_of_a_site_belong_together_where_they_overlap() -> None:
    """Not where one ends as the next begins; a gap of three days joins what lies within it."""
    late, early = _gap(at("12:00"), at("14:00")), _gap(at("10:00"), at("12:00"))
    assert by_silence([late, early]) == [(late,), (early,)]
    overlapping = _gap(at("10:00"), at("12:01"))
    assert by_silence([overlapping, late]) == [(late, overlapping)]
    whole = _gap(at("08:00"), at("20:00"))
    within = [_gap(at("11:00"), at("12:00")), _gap(at("09:00"), at("10:00"))]
    assert by_silence([*within, whole]) == [(whole, *within)]
    other = make("clock-skew", site_id="s", first_seen=at("08:00"), last_seen=at("20:00"))
    assert by_silence([whole, other]) == [(whole,), (other,)]
    assert by_silence([]) == []
