"""The open cases of a day: all open findings on one actor up to it, with their risk and owner.

Nothing of it is stored beside findings and decisions, so that closing a finding, late lines and a
day that is detected again change the case at once.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from pipelines.findings import ActorKind, Finding, Severity, gravest
from pipelines.triage.cases.decisions import Assignment, assignments
from pipelines.triage.cases.questions import Question, last_questions
from pipelines.triage.cases.risk import (
    CaseDay,
    Evidence,
    Rise,
    course_of,
    horizon,
    risk_on,
    severity_at,
)
from pipelines.triage.incidents import Incident

# The actor that gives a case its name is told by any of its findings, also by a closed one.
_CASES = """
select
    case_id,
    arg_min(actor_kind, (prominence, -epoch(date))) as actor_kind,
    arg_min(actor, (prominence, -epoch(date))) as actor,
    count(*) filter (is_open) as findings,
    min(date) filter (is_open) as first_on,
    coalesce(
        min(date) filter (is_open and severity in ('critical', 'high', 'medium')), first_on
    ) as opened_on,
    max(date) filter (is_open) as last_on,
    max(subject_count) filter (is_open) as subject_count,
    list(distinct severity) filter (is_open) as severities,
    list(distinct detector order by detector) filter (is_open) as detectors,
    list(distinct site_id order by site_id) filter (is_open and site_id is not null) as site_ids
from (
    select
        *, status in ('new', 'acknowledged') as is_open,
        list_position(['user', 'session', 'ip', 'site'], actor_kind) as prominence
    from lake.findings
    where date <= $on and case_id is not null
        and ($case_ids is null or list_contains($case_ids::varchar[], case_id))
)
group by case_id
having findings > 0 or $with_closed
"""

_EVIDENCE = """
select
    case_id, finding_id, date, detector, category, severity, score, site_id, event_count,
    subject_count, is_within_budget, first_seen, last_seen
from lake.weighed_finding
where date <= $on and status in ('new', 'acknowledged') and case_id is not null
    and (date >= $first or severity in ('critical', 'high', 'medium'))
    and ($case_ids is null or list_contains($case_ids::varchar[], case_id))
order by case_id, date, finding_id
"""
_SEVERITIES = {str(one): one for one in Severity}
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """All open findings on one actor up to the day `on`.

    `course` has the days whose findings still count, `findings` counts older ones too. `severity`
    is that of the gravest finding, or that of the risk where it is graver; at least `high` while
    the manager, asked for the reason, has not answered in time or knows of none, also while asked
    again. `assignment` is who has it until when, None where nobody has; `question` the last one to
    the manager. Without open findings the case is closed: it has no days and no risk.
    """

    case_id: str
    on: dt.date
    actor_kind: ActorKind
    actor: str
    severity: Severity
    risk: float
    findings: int
    first_on: dt.date | None
    opened_on: dt.date | None
    last_on: dt.date | None
    subject_count: int
    detectors: tuple[str, ...]
    site_ids: tuple[str, ...]
    course: tuple[CaseDay, ...]
    half_life_days: int
    assignment: Assignment | None = None
    question: Question | None = None

    @property
    def state(self) -> str:
        """`assigned` to somebody, `new` while nobody has it, `closed` where nothing is open."""
        if not self.findings:
            return "closed"
        return "new" if self.assignment is None else "assigned"

    @cached_property
    def today(self) -> CaseDay | None:
        """Its day `on`; None where nothing was found then."""
        return self.course[-1] if self.course and self.course[-1].on == self.on else None

    @property
    def rise(self) -> Rise | None:
        """Why somebody has to look at it today; None where nobody has."""
        if self.today is not None and self.today.rise is not None:
            return self.today.rise
        return Rise.UNANSWERED if self.is_newly_unanswered else None

    @property
    def is_newly_unanswered(self) -> bool:
        """True on the first day without an answer in time, whatever else raised it that day."""
        is_first_day = self.question is not None and self.question.reply_by + _DAY == self.on
        return is_first_day and self.is_unanswered(self.on)

    @property
    def owned_from(self) -> dt.date | None:
        """The day since which somebody has it; None where nobody does."""
        return self.assignment.owned_from if self.assignment else None

    @property
    def is_unsettled(self) -> bool:
        """True where it is `high` or more, and nobody has it or it is past its due date."""
        is_waiting = self.assignment is None or self.is_overdue(self.on)
        return self.severity.rank <= Severity.HIGH.rank and is_waiting

    @property
    def needs_a_look(self) -> bool:
        """True from `medium` up, and where somebody has it."""
        return self.severity.needs_a_look or self.assignment is not None

    def is_overdue(self, day: dt.date) -> bool:
        """Return whether its due date is before a day."""
        return self.assignment is not None and self.assignment.due_on < day

    def is_unanswered(self, day: dt.date) -> bool:
        """Return whether its manager was to answer before a day, and has not."""
        return self.question is not None and self.question.state_on(day) == "overdue"

    def is_late(self, day: dt.date) -> bool:
        """Return whether it, or the answer about it, was due before a day."""
        return self.is_overdue(day) or self.is_unanswered(day)

    def risk_at(self, day: dt.date) -> float:
        """Return its risk at the end of a day up to `on`."""
        return risk_on(self.course, day, self.half_life_days, self.owned_from)

    def as_json(self) -> dict[str, Any]:
        """Return the case as JSON-ready values, its days with what each added."""
        has_it = self.assignment
        return {
            "case_id": self.case_id,
            "date": self.on.isoformat(),
            "actor_kind": self.actor_kind,
            "actor": self.actor,
            "state": self.state,
            "severity": str(self.severity),
            "risk": round(self.risk, 1),
            "rise": self.rise and str(self.rise),
            "opened_on": self.opened_on and self.opened_on.isoformat(),
            "last_on": self.last_on and self.last_on.isoformat(),
            "findings": self.findings,
            "subject_count": self.subject_count,
            "detectors": list(self.detectors),
            "site_ids": list(self.site_ids),
            "owner": has_it and has_it.owner,
            "due_on": has_it and has_it.due_on.isoformat(),
            "question": self.question and self.question.as_json(self.on),
            "days": [
                {
                    "date": one.on.isoformat(),
                    "risk": round(one.risk, 1),
                    "carried": round(one.carried, 1),
                    "alone": round(one.alone, 1),
                    "rise": one.rise and str(one.rise),
                    "new_findings": [found.finding_id for found in one.news],
                    "unchanged_findings": [found.finding_id for found in one.repeats],
                }
                for one in self.course
            ],
        }


def open_cases(con: duckdb.DuckDBPyConnection, half_life_days: int, on: dt.date) -> list[Case]:
    """Return the cases with open findings up to a day.

    First those that rose on it, then by severity and risk.
    """
    return _cases(con, half_life_days, on, None, with_closed=False)


def ids_to_look_at(
    con: duckdb.DuckDBPyConnection, half_life_days: int, on: dt.date
) -> frozenset[str]:
    """Return the ids of the cases that needed a look after a day, by what is decided now."""
    cases = open_cases(con, half_life_days, on)
    return frozenset(one.case_id for one in cases if one.needs_a_look)


def every_case(
    con: duckdb.DuckDBPyConnection,
    half_life_days: int,
    on: dt.date,
    case_ids: Sequence[str] | None = None,
) -> list[Case]:
    """Return the cases with findings up to a day, also closed ones, or those with these ids."""
    return _cases(con, half_life_days, on, case_ids, with_closed=True)


def rising_first(
    findings: Iterable[Finding], incidents: Iterable[Incident], cases: Sequence[Case]
) -> tuple[list[Finding], list[Incident]]:
    """Return findings and incidents of a day, those of cases that rose first, else as they were.

    `cases` are those of the day. An incident stays together: with one of its findings all of them
    come first.
    """
    risen = {one.case_id for one in cases if one.rise is not None}
    known = list(findings)
    of_incidents = list(incidents)
    first = {one.finding_id for one in known if one.case_id in risen}
    leading = {one.incident_id for one in of_incidents if not first.isdisjoint(one.finding_ids)}
    for one in of_incidents:
        if one.incident_id in leading:
            first.update(one.finding_ids)
    return (
        sorted(known, key=lambda one: one.finding_id not in first),
        sorted(of_incidents, key=lambda one: one.incident_id not in leading),
    )


def _cases(
    con: duckdb.DuckDBPyConnection,
    half_life_days: int,
    on: dt.date,
    case_ids: Sequence[str] | None,
    *,
    with_closed: bool,
) -> list[Case]:
    wanted = {"on": on, "case_ids": None if case_ids is None else list(case_ids)}
    first = on - dt.timedelta(days=horizon(half_life_days))
    evidence: dict[str, list[Evidence]] = {}
    for case_id, *values in con.execute(_EVIDENCE, {**wanted, "first": first}).fetchall():
        values[4] = _SEVERITIES[values[4]]
        evidence.setdefault(case_id, []).append(Evidence(*values))
    having, asked = assignments(con), last_questions(con)
    found = [
        _case(on, row, evidence.get(row[0], ()), half_life_days, having, asked)
        for row in con.execute(_CASES, {**wanted, "with_closed": with_closed}).fetchall()
    ]
    return sorted(found, key=_place)


def _case(
    on: dt.date,
    row: Sequence[Any],
    evidence: Sequence[Evidence],
    half_life_days: int,
    having: Mapping[str, Assignment],
    asked: Mapping[str, Question],
) -> Case:
    case_id, kind, actor, findings, first_on, opened_on, last_on, subjects, severities, *lists = row
    given = having.get(case_id)
    # Where all that somebody was given has been settled since, what is new waits for an owner.
    if given is not None and (first_on is None or first_on > given.since_on):
        given = None
    owned_from = given.owned_from if given else None
    course = course_of(evidence, half_life_days, owned_from)
    risk = risk_on(course, on, half_life_days, owned_from)
    question = asked.get(case_id)
    if question is not None and (first_on is None or first_on > question.asked_on):
        question = None  # what it was about has been settled since
    is_raised = question is not None and question.raises_on(on)
    weighed = [
        *(_SEVERITIES[one] for one in severities or ()),
        *(one.severity for one in evidence),
        severity_at(risk),
        *([Severity.HIGH] if is_raised and findings else []),
    ]
    detectors, site_ids = (tuple(one or ()) for one in lists)
    return Case(
        case_id=case_id,
        on=on,
        actor_kind=kind,
        actor=actor,
        severity=gravest(weighed),
        risk=risk,
        findings=findings,
        first_on=first_on,
        opened_on=opened_on,
        last_on=last_on,
        subject_count=subjects or 0,
        detectors=detectors,
        site_ids=site_ids,
        course=course,
        half_life_days=half_life_days,
        assignment=given,
        question=question,
    )


def _place(case: Case) -> tuple[bool, int, float, str]:
    return (case.rise is None, case.severity.rank, -case.risk, case.case_id)
