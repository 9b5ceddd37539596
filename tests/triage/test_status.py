"""The status that decisions and rules give a finding, and how detectors turn out by them."""

import datetime as dt
from typing import Any

import pytest

from pipelines.findings import Severity, Status
from pipelines.triage.decisions import Decision, Precision, has_grown, status_of
from pipelines.triage.suppressions import Criteria, Suppression
from tests.detect.given_findings import ZONE, at, beyond_budget, make
from tests.triage.given_evidence import day_of

_ID = "bulk-record-access-st-1-site"


def _decision(status: Status, clock: str = "12:00", **values: Any) -> Decision:
    return Decision(_ID, status, None, None, "lead", at(clock, day_of(1)), **values)


def _rule(clock: str = "12:00", site: str = "site") -> Suppression:
    criteria = Criteria("bulk-record-access", site_id=site)
    return Suppression("s", criteria, "stock", "lead", at(clock, day_of(1)), day_of(9))


@pytest.mark.parametrize(
    ("was", "decision", "rules", "status"),
    [
        ("new", None, [], "new"),
        ("acknowledged", None, [], "acknowledged"),
        ("suppressed", None, [], "new"),
        ("closed", None, [], "closed"),
        ("new", None, [_rule()], "suppressed"),
        ("new", None, [_rule(site="shop")], "new"),
        ("new", _decision("acknowledged"), [], "acknowledged"),
        ("acknowledged", _decision("new"), [], "new"),
        ("new", _decision("closed"), [_rule("13:00")], "closed"),
        # Somebody took it up: after the rule it is theirs, before it or with it the rule's.
        ("new", _decision("acknowledged", "11:59"), [_rule()], "suppressed"),
        ("new", _decision("acknowledged", "12:00"), [_rule()], "suppressed"),
        ("new", _decision("acknowledged", "12:01"), [_rule()], "acknowledged"),
        ("new", _decision("acknowledged", "12:30"), [_rule(), _rule("13:00")], "suppressed"),
        ("new", _decision("acknowledged", "12:30"), [_rule(), _rule("13:00", "b")], "acknowledged"),
    ],
)
def test_status(
    was: Status, decision: Decision | None, rules: list[Suppression], status: Status
) -> None:
    """The last decision or the newest rule that covers it, whichever came later; closed stays."""
    assert status_of(make(status=was), decision, rules, ZONE) == status


@pytest.mark.parametrize(
    ("severity", "subjects", "before", "subjects_before", "grown"),
    [
        ("medium", 19, "medium", 10, False),
        ("medium", 20, "medium", 10, True),
        ("medium", 9, "medium", 0, False),
        ("medium", 10, "medium", 0, True),
        ("medium", 9, "medium", 4, False),
        ("medium", 11, "medium", 6, False),
        ("medium", 12, "medium", 6, True),
        ("high", 1, "medium", 10, True),
        ("low", 19, "medium", 10, False),
        ("low", 20, "medium", 10, True),
    ],
)
def test_what_has_grown(
    severity: str, subjects: int, before: str, subjects_before: int, grown: bool
) -> None:
    """Graver, or twice as many people; a handful of people is no number to double."""
    found = has_grown(Severity(severity), subjects, Severity(before), subjects_before)
    assert found is grown


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({"severity": "high", "subject_count": 60}, "closed"),
        ({"severity": "high", "subject_count": 31}, "closed"),
        ({"severity": "high", "subject_count": 30}, "new"),
        ({"severity": "medium", "subject_count": 60}, "new"),
        ({"severity": "medium"}, "closed"),
        ({"subject_count": 1}, "closed"),
        ({}, "closed"),
    ],
)
def test_what_is_closed_opens_when_it_grows(known: dict[str, Any], status: str) -> None:
    """Compared with what it was when it was closed, where that is known."""
    finding = make()  # high, of sixty people
    assert status_of(finding, _decision("closed", **known), [], ZONE) == status


def test_the_budget_alone_makes_nothing_smaller() -> None:
    """What had no place is compared by the severity that was found."""
    folded = beyond_budget(Severity.HIGH)
    closed = _decision("closed", severity="medium", subject_count=60)
    assert status_of(folded, closed, [], ZONE) == "new"


@pytest.mark.parametrize(
    ("confirmed", "false_alarms", "share"), [(0, 0, None), (3, 1, 0.75), (0, 2, 0.0), (2, 0, 1.0)]
)
def test_share_of_what_was_right(confirmed: int, false_alarms: int, share: float | None) -> None:
    """Among what was judged right or wrong; what was explained is neither."""
    assert Precision(confirmed, false_alarms, 7).share == share


def test_a_rule_does_not_reach_what_is_older() -> None:
    """A week before it was made is its first day."""
    old = make(date=day_of(1) - dt.timedelta(days=8))
    assert status_of(old, None, [_rule()], ZONE) == "new"
