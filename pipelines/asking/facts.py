"""What a question tells the manager: counts, days, sites and kinds of data, and nobody's data."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.findings import Finding
from pipelines.settings.model import Settings
from pipelines.triage.cases.lookup import findings_of_case
from pipelines.triage.cases.managers import Person, person_named
from pipelines.triage.cases.questions import Question

DAYS_TOLD = 31
SUBJECTS_TOLD = 20
_LOOKED_AT = """
select
    count(*), count(distinct subject_id),
    list_sort(list_distinct(flatten(list(data_categories))))
from lake.data_access
where user_id = $actor and list_contains($days::date[], log_date)
"""
_DEPARTMENT = "select min(department) from lake.person where usual_id = $actor"


@dataclass(frozen=True)
class Asked:
    """A question with what is told of it; `manager` and `person` None where nobody is listed.

    `findings` are those asked about that are still open, the newest first, `days` theirs, the last
    ones where they are many. `accesses` and `people` count all personal data that the person saw
    on those days, usual work with it; both are 0 where the lake names the person no more.
    `subjects` are ids of people in the findings, sorted, and empty unless settings ask for them.
    """

    question: Question
    manager: Person | None
    person: Person | None
    department: str | None
    findings: tuple[Finding, ...]
    days: tuple[dt.date, ...]
    accesses: int
    people: int
    categories: tuple[str, ...]
    subjects: tuple[str, ...]

    @property
    def site_ids(self) -> tuple[str, ...]:
        """The sites of the findings, sorted."""
        return tuple(sorted({one.site_id for one in self.findings if one.site_id}))

    def most_people(self, zone: dt.tzinfo) -> dict[str, tuple[int, bool]]:
        """How many people's data each detector found at most, and whether that was on one day.

        A finding may rest on weeks before its day. Days are those of `zone`.
        """
        found: dict[str, tuple[int, bool]] = {}
        for one in self.findings:
            first, last = (at.astimezone(zone).date() for at in (one.first_seen, one.last_seen))
            found[one.detector] = max(
                found.get(one.detector, (0, True)), (one.subject_count, first == last)
            )
        return found


def gather_asked(
    con: duckdb.DuckDBPyConnection, settings: Settings, question: Question, today: dt.date
) -> Asked:
    """Return what the letter of a question tells, as the lake is now."""
    findings = [
        one
        for one in findings_of_case(con, question.case_id, today, is_open=True)
        if one.finding_id in question.finding_ids
    ]
    days = sorted({one.date for one in findings})[-DAYS_TOLD:]
    values = {"actor": question.actor, "days": days}
    row = con.execute(_LOOKED_AT, values).fetchone()
    accesses, people, categories = row or (0, 0, [])
    department = con.execute(_DEPARTMENT, {"actor": question.actor}).fetchone()
    told = settings.deliver is not None and settings.deliver.questions.subjects
    return Asked(
        question,
        person_named(con, question.manager),
        person_named(con, question.actor),
        department[0] if department else None,
        tuple(findings),
        tuple(days),
        accesses,
        people,
        tuple(categories or ()),
        _subjects(findings) if told else (),
    )


def _subjects(findings: list[Finding]) -> tuple[str, ...]:
    listed = (one.evidence.get("subjects") for one in findings)
    found = {str(one) for values in listed if isinstance(values, list) for one in values}
    return tuple(sorted(found)[:SUBJECTS_TOLD])
