"""What a case says of itself on a day."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from pipelines.findings import Severity
from pipelines.triage.cases.decisions import Assignment
from pipelines.triage.cases.questions import Question
from pipelines.triage.cases.read import Case, rising_first
from pipelines.triage.cases.risk import Rise
from pipelines.triage.incidents import incidents_of
from tests.detect.given_findings import at, make
from tests.triage.given_evidence import HALF_LIFE, day_of, days_of, evidence

_COURSE = days_of(evidence(0, "high", 61.23), evidence(2, "low", 20.0))


def _case(number: int = 2, **values: Any) -> Case:
    base = Case(
        "c", day_of(number), "user", "st-1", Severity.HIGH, 61.27, 2,
        day_of(0), day_of(0), day_of(2), 5,
        ("bulk-record-access",), ("site",), _COURSE, HALF_LIFE,
    )  # fmt: skip
    return replace(base, **values)


_QUESTION = Question(
    "q-1", "c", "st-1", "boss", None, "mm", 1, at("09:00", day_of(0)), day_of(1),
    sent_at=at("10:00", day_of(0)),
)  # fmt: skip
_GIVEN = Assignment("tanaka", day_of(3), day_of(0), day_of(0))


def test_a_case_is_closed_without_findings_and_new_without_owner() -> None:
    """Whoever had it."""
    assert _case().state == "new"
    assert _case(assignment=_GIVEN).state == "assigned"
    assert _case(findings=0, assignment=_GIVEN).state == "closed"


def test_today_is_the_last_day_of_the_course_or_nothing() -> None:
    """A day without findings tells nothing, nor does a case without days."""
    assert _case(2).today == _COURSE[-1]
    assert _case(3).today is None
    assert _case(course=()).today is None
    assert _case(0, course=_COURSE[:1]).rise is Rise.OPENED
    assert _case(2).rise is None


@pytest.mark.parametrize(("number", "is_first", "is_late"), [(1, False, False), (2, True, True),
                                                             (3, False, True)])  # fmt: skip
def test_a_missing_answer_is_told_on_its_first_day(
    number: int, is_first: bool, is_late: bool
) -> None:
    """And is late from then on; one that came on that day is none."""
    one = _case(number, question=_QUESTION)
    assert one.is_newly_unanswered is is_first
    assert one.rise is (Rise.UNANSWERED if is_first else None)
    assert one.is_unanswered(one.on) is is_late
    assert one.is_late(one.on) is is_late
    closed = replace(_QUESTION, closed_at=at("09:00", day_of(1)))
    assert not _case(number, question=closed).is_newly_unanswered
    assert not _case(number).is_newly_unanswered


@pytest.mark.parametrize(("number", "is_overdue"), [(2, False), (3, False), (4, True)])
def test_a_case_is_due_until_the_end_of_its_day(number: int, is_overdue: bool) -> None:
    """One that nobody has is due on none."""
    assert _case(assignment=_GIVEN).is_overdue(day_of(number)) is is_overdue
    assert _case(assignment=_GIVEN).is_late(day_of(number)) is is_overdue
    assert not _case().is_overdue(day_of(number))


@pytest.mark.parametrize(
    ("values", "is_unsettled"),
    [
        ({}, True),
        ({"severity": Severity.CRITICAL}, True),
        ({"severity": Severity.MEDIUM}, False),
        ({"assignment": _GIVEN}, False),
        ({"assignment": replace(_GIVEN, due_on=day_of(1))}, True),
    ],
)
def test_a_grave_case_is_settled_by_an_owner_in_time(
    values: dict[str, Any], is_unsettled: bool
) -> None:
    """Until its due date, which is a day of his."""
    assert _case(**values).is_unsettled is is_unsettled


def test_which_cases_need_a_look() -> None:
    """From medium up, and any that somebody has."""
    assert _case(severity=Severity.MEDIUM).needs_a_look
    assert not _case(severity=Severity.LOW).needs_a_look
    assert _case(severity=Severity.LOW, assignment=_GIVEN).needs_a_look


def test_what_rose_today_comes_first_and_an_incident_stays_together() -> None:
    """All findings of an incident that has one of a case that rose; the rest as they were."""
    found = [
        make(actor="st-3", case_id="c-3", score=80.0),
        make("off-hours-access", actor="st-1", case_id="c-1", score=10.0),
        make(actor="st-2", case_id="c-2", score=70.0),
        make(actor="st-1", case_id="c-0", score=10.0),
    ]
    incidents = incidents_of(found)
    assert [one.actor for one in incidents] == ["st-3", "st-2", "st-1"]
    risen = [_case(0, case_id="c-0", course=_COURSE[:1]), _case(2, case_id="c-2")]
    findings, first = rising_first(found, incidents, risen)
    assert [one.actor for one in first] == ["st-1", "st-3", "st-2"]
    assert [one.case_id for one in findings] == ["c-1", "c-0", "c-3", "c-2"]


def test_a_case_in_json() -> None:
    """Risks to a tenth, days as texts; what is not known is null."""
    told = _case(assignment=_GIVEN).as_json()
    assert (told["risk"], told["rise"], told["severity"]) == (61.3, None, "high")
    assert (told["opened_on"], told["last_on"]) == ("2026-11-19", "2026-11-21")
    assert (told["owner"], told["due_on"], told["question"]) == ("tanaka", "2026-11-22", None)
    first, second = told["days"]
    assert first == {
        "date": "2026-11-19",
        "risk": 61.2,
        "carried": 0.0,
        "alone": 61.2,
        "rise": "opened",
        "new_findings": ["bulk-record-access-0"],
        "unchanged_findings": [],
    }
    assert second["carried"] == round(61.23 * 2 ** (-2 / 14), 1)
    assert (second["rise"], second["unchanged_findings"]) == (None, ["bulk-record-access-2"])
    closed = _case(first_on=None, opened_on=None, last_on=None, question=_QUESTION).as_json()
    assert (closed["opened_on"], closed["last_on"], closed["owner"]) == (None, None, None)
    assert closed["question"]["state"] == "overdue"


def test_risk_at_an_earlier_day() -> None:
    """That of its end."""
    given = _case(assignment=_GIVEN)
    assert given.risk_at(day_of(0)) == 61.23
    assert given.risk_at(day_of(-1)) == 0
    later = day_of(2) + dt.timedelta(days=HALF_LIFE)
    assert given.risk_at(later) == pytest.approx(_COURSE[-1].risk / 2)
    assert _case().risk_at(later) == _COURSE[-1].risk  # nobody has it
