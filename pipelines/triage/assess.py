"""From raw findings to what people see: status, risk score, the night's budget."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import duckdb
import polars as pl

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.score import Surroundings, scored
from pipelines.findings import Finding
from pipelines.lake import make_table
from pipelines.settings.model import Settings
from pipelines.triage.budget import is_from_inside, within_budget
from pipelines.triage.decisions import with_status
from pipelines.triage.incidents import grouped
from pipelines.triage.suppressions import read_suppressions


def assess(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, findings: Sequence[Finding]
) -> list[Finding]:
    """Return the findings of a day with status and risk score, within the night's budget.

    `findings` have the detectors' strength as score. Reads only: `lake.triage`,
    `lake.suppression`, the statuses of the day before it is replaced, and the absences of the
    context, whose tables must stand (`context.make_context_tables`).
    """
    before = dict(
        con.execute(
            "select finding_id, status from lake.findings where date = ? and status <> 'new'",
            [day],
        ).fetchall()
    )
    known = [replace(one, status=before.get(one.finding_id, one.status)) for one in findings]
    statuses = with_status(con, known, read_suppressions(con), settings.zone)
    absent = _absent(con, known)
    catalogue = load_catalogue()
    assessed = []
    for group in grouped(known):
        loud = [one for one in group if one.severity.needs_a_look]
        for finding in group:
            # What anybody outside can cause in somebody's name says nothing about them at work.
            heard = {
                one.detector: one.category
                for one in loud
                if is_from_inside(one) or not is_from_inside(finding)
            }
            detector = catalogue.get(finding.detector)
            around = Surroundings(
                corroboration=tuple(
                    category for other, category in heard.items() if other != finding.detector
                ),
                measured=detector.measured if detector else None,
                is_absent=finding.finding_id in absent,
            )
            status = statuses[finding.finding_id]
            assessed.append(replace(scored(finding, around), status=status))
    return within_budget(assessed, settings.findings_per_night)


def _absent(con: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> set[str]:
    """The findings of people who were away at the time."""
    people = [
        {
            "finding_id": one.finding_id,
            "user_id": one.actor,
            "first_seen": one.first_seen.astimezone(dt.UTC),
            "last_seen": one.last_seen.astimezone(dt.UTC),
        }
        for one in findings
        if one.actor_kind == "user"
    ]
    if not people:
        return set()
    make_table(con, "person_seen", pl.DataFrame(people))
    rows = con.execute(
        """
        select person_seen.finding_id
        from person_seen
        inner join context_absence as absence
            on absence.user_id = person_seen.user_id
            and absence.from_at <= person_seen.last_seen
            and absence.to_at >= person_seen.first_seen
        """
    ).fetchall()
    return {finding_id for (finding_id,) in rows}
