"""Notes of persons who say that what is held on them is wrong, beside the findings they are in."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from pipelines.findings import Correction, Finding

CORRECTIONS = """
select finding_id, correction_id, from_day, to_day, note, site_id, is_actor
from lake.finding_correction
where date = $on
order by created_at, correction_id
"""
"""The notes on the findings of the day `$on`, those of a finding in the order they were made."""


def with_corrections(
    con: duckdb.DuckDBPyConnection, day: dt.date, findings: Sequence[Finding]
) -> list[Finding]:
    """Return findings of a day, each with the notes of the persons who are in it."""
    return noted(findings, con.execute(CORRECTIONS, {"on": day}).fetchall())


def noted(findings: Iterable[Finding], rows: Iterable[tuple[Any, ...]]) -> list[Finding]:
    """Return findings with the notes that rows of `CORRECTIONS` have on them."""
    notes: dict[str, tuple[Correction, ...]] = {}
    for finding_id, *values in rows:
        notes[finding_id] = (*notes.get(finding_id, ()), Correction(*values[:4]))
    return [
        replace(one, assessment=replace(one.assessment, corrections=notes[one.finding_id]))
        if one.finding_id in notes
        else one
        for one in findings
    ]
