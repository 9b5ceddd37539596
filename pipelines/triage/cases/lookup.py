"""Cases by their ids, their findings, and the rows that acts about them write."""

import datetime as dt
from collections.abc import Sequence

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import COLUMNS, Finding
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import require_utf8
from pipelines.triage.cases.decisions import CaseAct, CaseDecision
from pipelines.triage.cases.read import Case, every_case
from pipelines.triage.incidents import OPEN_STATUSES
from pipelines.triage.store import as_findings
from pipelines.triage.suppressions import LONGEST_DAYS


def due_day(
    wanted: dt.date | None, today: dt.date, usual_days: int, option: str = "--due"
) -> dt.date:
    """Return the day that `option` gives, `usual_days` from today where it gives none.

    Raises:
        UsageError: the day is past, or over a year away.
    """
    day = wanted or today + dt.timedelta(days=usual_days)
    if day < today:
        raise UsageError(message("triage.cases.due_in_the_past", at=f"{option} {day}", today=today))
    if day > today + dt.timedelta(days=LONGEST_DAYS):
        raise UsageError(message("triage.cases.due_too_late", at=f"{option} {day}"))
    return day


def decision_on(
    case: Case,
    act: CaseAct,
    author: str,
    decided_at: dt.datetime,
    *,
    note: str | None,
    owner: str | None = None,
    due_on: dt.date | None = None,
    verdict: str | None = None,
    question_id: str | None = None,
    person: str | None = None,
    finding_ids: list[str] | None = None,
) -> CaseDecision:
    """Return what is decided about a case as it stands."""
    return CaseDecision(
        case.case_id, case.actor_kind, case.actor, act, owner, due_on, verdict, note,
        case.findings, author, decided_at, question_id, person, finding_ids,
    )  # fmt: skip


def found_cases(
    con: duckdb.DuckDBPyConnection, settings: Settings, wanted: Sequence[str], day: dt.date
) -> list[Case]:
    """Return the cases with these ids, in their order; UsageError names the first missing."""
    for case_id in wanted:
        require_utf8("CASE_ID", case_id)
    known = {
        one.case_id: one for one in every_case(con, settings.cases.half_life_days, day, wanted)
    }
    for case_id in wanted:
        if case_id not in known:
            raise UsageError(
                message("triage.cases.no_case", at=f"{case_id!r}", case_id=case_id, day=day)
            )
    return [known[case_id] for case_id in wanted]


def still_open(
    con: duckdb.DuckDBPyConnection, settings: Settings, wanted: Sequence[str], day: dt.date
) -> list[Case]:
    """Return the same; UsageError too where nothing is open in one of them."""
    cases = found_cases(con, settings, wanted, day)
    for case in cases:
        if not case.findings:
            raise UsageError(message("triage.cases.nothing_open", at=case.case_id))
    return cases


def findings_of_case(
    con: duckdb.DuckDBPyConnection, case_id: str, day: dt.date, *, is_open: bool
) -> list[Finding]:
    """Return the open findings of a case up to a day, or all others, the newest first."""
    rows = con.execute(
        f"select {', '.join(COLUMNS)} from lake.findings where case_id = ? and date <= ?"
        " and list_contains(?, status) = ? order by date desc, score desc, finding_id",
        [case_id, day, sorted(OPEN_STATUSES), is_open],
    ).fetchall()
    return as_findings(rows)
