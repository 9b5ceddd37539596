"""Findings as they stand in the lake, each with its incident, in the order of risk."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import duckdb

from pipelines.findings import Finding, Severity
from pipelines.triage.incidents import Incident, incidents_of, with_incidents

COLUMNS = tuple(field.name for field in fields(Finding))


def read_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> tuple[list[Finding], list[Incident]]:
    """Return the findings of a day, the riskiest incident's first, and its open incidents.

    `evidence` of an open finding names its incident (`incident_id`) and the incident's risk.
    """
    findings = read_findings(con, day)
    incidents = incidents_of(findings)
    return with_incidents(findings, incidents), incidents


def read_findings(con: duckdb.DuckDBPyConnection, day: dt.date) -> list[Finding]:
    """Return the findings of a day as they are written, in no order."""
    rows = con.execute(
        f"select {', '.join(COLUMNS)} from lake.findings where date = ?", [day]
    ).fetchall()
    return as_findings(rows)


def as_findings(rows: Iterable[tuple[Any, ...]]) -> list[Finding]:
    """Return rows of `lake.findings` (their values in the order of `COLUMNS`) as findings."""
    findings = []
    for row in rows:
        values = dict(zip(COLUMNS, row, strict=True))
        evidence = json.loads(values["evidence"] or "{}")
        values["evidence"] = evidence if isinstance(evidence, dict) else {}
        values["severity"] = Severity(values["severity"])
        values["measures"] = tuple(values["measures"] or ())
        findings.append(Finding(**values))
    return findings
