"""What people decided about findings, and the status that a finding has by it.

`lake.triage` has a row per decision, never changed and never deleted: a finding that disappears
and comes back has the status that somebody gave it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from pipelines.findings import Finding, Severity, Status
from pipelines.triage.suppressions import Suppression

_FEW_SUBJECTS = 5

Verdict = Literal["confirmed", "false_alarm", "explained"]


@dataclass(frozen=True)
class Decision:
    """One row of `lake.triage`."""

    finding_id: str
    status: Status
    verdict: Verdict | None
    note: str | None
    author: str
    decided_at: dt.datetime
    severity: str | None = None
    subject_count: int | None = None


@dataclass(frozen=True)
class Precision:
    """How the closed findings of a detector turned out."""

    confirmed: int
    false_alarms: int
    explained: int

    @property
    def share(self) -> float | None:
        """Confirmed ones among those that were judged right or wrong; None without any."""
        judged = self.confirmed + self.false_alarms
        return self.confirmed / judged if judged else None


def decisions_of(
    con: duckdb.DuckDBPyConnection, finding_ids: Sequence[str]
) -> dict[str, tuple[Decision, ...]]:
    """Return the decisions about findings by id, each finding's in the order they were made."""
    rows = con.execute(
        "select finding_id, status, verdict, note, author, decided_at, severity, subject_count"
        " from lake.triage"
        " where finding_id in (select unnest(?::varchar[])) order by decided_at",
        [list(finding_ids)],
    ).fetchall()
    found: dict[str, tuple[Decision, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), Decision(*row))
    return found


def precisions(con: duckdb.DuckDBPyConnection) -> dict[str, Precision]:
    """Return by detector how its findings turned out, by the last decision about each."""
    rows = con.execute(
        """
        with last as (
            select
                finding_id, arg_max(detector, decided_at) as detector,
                arg_max(status, decided_at) as status,
                arg_max(coalesce(verdict, ''), decided_at) as verdict
            from lake.triage
            group by finding_id
        )
        select
            detector,
            count(*) filter (where verdict = 'confirmed'),
            count(*) filter (where verdict = 'false_alarm'),
            count(*) filter (where verdict = 'explained')
        from last
        where status = 'closed' and verdict <> ''
        group by detector
        order by detector
        """
    ).fetchall()
    return {detector: Precision(*counts) for detector, *counts in rows}


def status_of(
    finding: Finding,
    decision: Decision | None,
    rules: Iterable[Suppression],
    zone: ZoneInfo,
) -> Status:
    """Return the status that a finding has by the last decision and the suppressions.

    What is closed stays so, unless it has grown since: late lines can turn a small matter into a
    great one. Else a rule that covers the finding keeps it quiet, unless somebody
    took it up after the rule was made. Without decision or rule it is as it was, or new.
    """
    if decision is not None and decision.status == "closed":
        return "new" if _has_grown(finding, decision) else "closed"
    made_at = max((rule.created_at for rule in rules if rule.covers(finding, zone)), default=None)
    if made_at is not None and (decision is None or decision.decided_at <= made_at):
        return "suppressed"
    if decision is not None:
        return decision.status
    return "new" if finding.status == "suppressed" else finding.status


def _has_grown(finding: Finding, decision: Decision) -> bool:
    if decision.severity is None or decision.subject_count is None:
        return False
    before = Severity(decision.severity), decision.subject_count
    return has_grown(finding.severity_before_budget, finding.subject_count, *before)


def has_grown(
    severity: Severity, subjects: int, severity_before: Severity, subjects_before: int
) -> bool:
    """Return whether a finding is graver than before, or about twice as many people."""
    return severity.rank < severity_before.rank or subjects >= 2 * max(
        subjects_before, _FEW_SUBJECTS
    )


def with_status(
    con: duckdb.DuckDBPyConnection,
    findings: Sequence[Finding],
    rules: Sequence[Suppression],
    zone: ZoneInfo,
) -> Mapping[str, Status]:
    """Return the status of each finding by id."""
    decided = decisions_of(con, [finding.finding_id for finding in findings])
    by_detector: dict[str, list[Suppression]] = {}
    for rule in rules:
        by_detector.setdefault(rule.criteria.detector, []).append(rule)
    return {
        one.finding_id: status_of(
            one,
            (decided.get(one.finding_id) or (None,))[-1],
            by_detector.get(one.detector, ()),
            zone,
        )
        for one in findings
    }
