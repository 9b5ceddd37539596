"""The findings of an export, and what became of them since the last pick-up.

A day that is detected again, or a decision, writes findings anew; what comes again here is only
what reads differently than it did at the cursor's snapshot. A finding that is no more is told
too, so that nobody goes on working with it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipelines.export.selection import Wanted
from pipelines.findings import COLUMNS, Finding
from pipelines.triage.store import read_day

Kind = Literal["created", "updated", "withdrawn"]


@dataclass(frozen=True)
class Change:
    """A finding as it stands, or as it last stood when it was withdrawn."""

    finding: Finding
    kind: Kind = "created"

    @property
    def status(self) -> str:
        """The finding's status, or `withdrawn`."""
        return "withdrawn" if self.kind == "withdrawn" else self.finding.status

    def as_row(self) -> dict[str, Any]:
        """Return the contract's columns in order, values as Python's."""
        return {**self.finding.values(), "status": self.status}


def changes(
    now: duckdb.DuckDBPyConnection, before: duckdb.DuckDBPyConnection | None, wanted: Wanted
) -> Iterator[Change]:
    """Yield the findings day by day, each day's in the order of risk, withdrawn ones last.

    `now` and `before` are connections to the snapshot that is exported and to that of the cursor;
    without `before` everything is `created`.
    """
    days_now, days_before = _days(now), _days(before)
    for day in sorted(days_now.keys() | days_before.keys()):
        if wanted.covers(day) and days_now.get(day) != days_before.get(day):
            yield from _of_day(now, before, day, wanted)


def _of_day(
    now: duckdb.DuckDBPyConnection,
    before: duckdb.DuckDBPyConnection | None,
    day: dt.date,
    wanted: Wanted,
) -> Iterator[Change]:
    old = {one.finding_id: one for one in read_day(before, day)[0]} if before else {}
    for finding in read_day(now, day)[0]:
        known = old.pop(finding.finding_id, None)
        if finding != known and wanted.includes(finding.site_id):
            yield Change(finding, "created" if known is None else "updated")
    for finding in old.values():
        if wanted.includes(finding.site_id):
            yield Change(finding, "withdrawn")


def _days(con: duckdb.DuckDBPyConnection | None) -> dict[dt.date, int]:
    """Each day with findings, and a fingerprint of them all."""
    if con is None:
        return {}
    columns = ", ".join(COLUMNS)
    return dict(
        con.execute(
            f"select date, bit_xor(hash({columns})) from lake.findings group by date"
        ).fetchall()
    )
