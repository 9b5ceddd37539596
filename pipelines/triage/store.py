"""Findings of a day in the lake: read in the order of risk, and given the status of decisions."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.findings import COLUMNS, Finding, Severity, Status, Weighed, apart
from pipelines.lake import insert_frame, store_of
from pipelines.triage.corrections import with_corrections
from pipelines.triage.decisions import with_status
from pipelines.triage.incidents import Incident, incidents_of, with_incidents
from pipelines.triage.suppressions import read_suppressions


def read_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> tuple[list[Finding], list[Incident]]:
    """Return the findings of a day, the riskiest incident's first, and its open incidents.

    The `assessment` of an open finding names its incident and the incident's risk, that of any
    what persons in it say is wrong.
    """
    findings = read_findings(con, day)
    incidents = incidents_of(findings)
    return with_corrections(con, day, with_incidents(findings, incidents)), incidents


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
        told = evidence if isinstance(evidence, dict) else {}
        values["evidence"], values["assessment"] = apart(told)
        values["severity"] = Severity(values["severity"])
        del values["severity_found"]  # which the steps say
        values["lowered"] = tuple(map(Weighed.of, values["lowered"] or ()))
        values["measures"] = tuple(values["measures"] or ())
        findings.append(Finding(**values))
    return findings


def restate(con: duckdb.DuckDBPyConnection, zone: ZoneInfo, days: Sequence[dt.date]) -> None:
    """Give the findings of some days the status that decisions and suppressions now ask for.

    To be called within a transaction; incidents follow.
    """
    rules = read_suppressions(con)
    for day in sorted(set(days)):
        findings = read_findings(con, day)
        statuses = with_status(con, findings, rules, zone)
        changed: dict[Status, list[str]] = {}
        for finding in findings:
            status = statuses[finding.finding_id]
            if status != finding.status:
                changed.setdefault(status, []).append(finding.finding_id)
        for status, finding_ids in changed.items():
            con.execute(
                "update lake.findings set status = ? where date = ?"
                " and finding_id in (select unnest(?::varchar[]))",
                [status, day, finding_ids],
            )
        if changed:
            replace_incidents(con, day, incidents_of(read_findings(con, day)))


def replace_incidents(
    con: duckdb.DuckDBPyConnection, day: dt.date, incidents: Sequence[Incident]
) -> None:
    """Put a day's incidents in place of those before, within a transaction of the caller's."""
    con.execute(f"delete from {store_of(con)}.incident where date = ?", [day])
    insert_incidents(con, incidents)


def insert_incidents(con: duckdb.DuckDBPyConnection, incidents: Sequence[Incident]) -> None:
    """Add incidents of a day, within a transaction of the caller's."""
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and who reads needs none

    if incidents:
        rows = [{**vars(one), "severity": str(one.severity)} for one in incidents]
        lists = dict.fromkeys(
            ("detectors", "finding_ids", "site_ids", "reasons"), pl.List(pl.String)
        )
        frame = pl.DataFrame(rows, schema_overrides=lists, infer_schema_length=None)
        insert_frame(con, "incident", frame)
