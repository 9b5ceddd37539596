"""Findings as they stand in the lake, for people who look at them."""

import datetime as dt
import json

import duckdb

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.findings import Finding, Severity, Status
from pipelines.paths import Home
from pipelines.settings import Settings

_COLUMNS = tuple(Finding.__dataclass_fields__)


def findings_of(home: Home, settings: Settings, day: dt.date) -> list[Finding]:
    """Return the findings of a day, the most urgent first."""
    with lake.open_reader(home, settings.timezone) as con:
        return read_findings(con, "date = ?", day)


def finding_by_id(home: Home, settings: Settings, finding_id: str) -> Finding:
    """Return one finding; UsageError when there is none with this id."""
    with lake.open_reader(home, settings.timezone) as con:
        found = read_findings(con, "finding_id = ?", finding_id)
    if not found:
        raise UsageError(f"no finding {finding_id!r}; 'mimamori findings list' shows their ids")
    return found[0]


def is_examined(home: Home, settings: Settings, day: dt.date) -> bool:
    """Return whether the detectors have ever been run over a day, so that no finding means none."""
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select 1 from lake.stage_run where stage = 'detect' and status = 'done'"
            " and log_date = ? limit 1",
            [day],
        ).fetchall()
    return bool(rows)


def set_status(home: Home, settings: Settings, finding_id: str, status: Status) -> Finding:
    """Give a finding a status, which lasts over re-runs; return it. UsageError: no such finding."""
    finding_by_id(home, settings, finding_id)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "update lake.findings set status = ? where finding_id = ?", [status, finding_id]
        )
    return finding_by_id(home, settings, finding_id)


def read_findings(con: duckdb.DuckDBPyConnection, condition: str, value: object) -> list[Finding]:
    """Return the findings for which `condition`, with `value` bound, holds, most urgent first."""
    rows = con.execute(
        f"select {', '.join(_COLUMNS)} from lake.findings where {condition}", [value]
    ).fetchall()
    findings = []
    for row in rows:
        values = dict(zip(_COLUMNS, row, strict=True))
        values["severity"] = Severity(values["severity"])
        values["evidence"] = json.loads(values["evidence"])
        values["measures"] = tuple(values["measures"])
        findings.append(Finding(**values))
    return sorted(findings, key=lambda one: (one.severity.rank, -one.score, one.finding_id))
