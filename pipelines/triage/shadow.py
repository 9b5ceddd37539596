"""Findings of detectors in shadow: kept, and told to who asks for them."""

import datetime as dt

import duckdb

from pipelines import lake
from pipelines.findings import COLUMNS, Finding
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.store import as_findings


def shadow_finding(con: duckdb.DuckDBPyConnection, finding_id: str) -> Finding | None:
    """Return a finding in shadow by its id; None where there is none."""
    rows = con.execute(
        f"select {', '.join(COLUMNS)} from lake.shadow_finding where finding_id = ?", [finding_id]
    ).fetchall()
    return next(iter(as_findings(rows)), None)


def shadow_of(home: Home, settings: Settings, day: dt.date) -> list[Finding]:
    """Return what was found in shadow on a day, the riskiest first."""
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            f"select {', '.join(COLUMNS)} from lake.shadow_finding where date = ?"
            " order by score desc, finding_id",
            [day],
        ).fetchall()
    return as_findings(rows)
