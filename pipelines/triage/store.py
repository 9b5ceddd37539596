"""Findings of a day in the lake: written anew as a whole, read in the order of risk."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.detect.explain import NOTHING_EXPLAINED, Explained, replace_explanations
from pipelines.detect.run import DetectorRun
from pipelines.findings import COLUMNS, Finding, Severity, Status, apart
from pipelines.lake import insert_frame, insert_rows, transaction
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
        values["measures"] = tuple(values["measures"] or ())
        findings.append(Finding(**values))
    return findings


_TEXTS = pl.List(pl.String)


def replace_findings(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    runs: Sequence[DetectorRun],
    clock: Callable[[], dt.datetime],
    explained: Explained = NOTHING_EXPLAINED,
) -> list[Finding]:
    """Put a day's findings, incidents and runs in place of those before, in one transaction.

    So too what reasons on record explained. `findings` are assessed. Returns them as `read_day`
    does: in order, each with its incident.
    """
    detected_at = clock()
    incidents = incidents_of(findings)
    with transaction(con):
        con.execute("delete from lake.findings where date = ?", [day])
        insert_rows(
            con,
            "findings",
            [
                {
                    **finding.values(),
                    "severity": str(finding.severity),
                    "evidence": json.dumps(finding.evidence_told, ensure_ascii=False),
                    "measures": list(finding.measures),
                    "detected_at": detected_at,
                }
                for finding in findings
            ],
        )
        _replace_incidents(con, day, incidents)
        replace_explanations(con, day, explained, detected_at)
        con.execute("delete from lake.detector_day where log_date = ?", [day])
        insert_rows(
            con,
            "detector_day",
            [{"log_date": day, **vars(run), "detected_at": detected_at} for run in runs],
        )
    return with_corrections(con, day, with_incidents(findings, incidents))


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
            _replace_incidents(con, day, incidents_of(read_findings(con, day)))


def _replace_incidents(
    con: duckdb.DuckDBPyConnection, day: dt.date, incidents: Sequence[Incident]
) -> None:
    con.execute("delete from lake.incident where date = ?", [day])
    if incidents:
        rows = [{**vars(one), "severity": str(one.severity)} for one in incidents]
        lists = dict.fromkeys(("detectors", "finding_ids", "site_ids", "reasons"), _TEXTS)
        frame = pl.DataFrame(rows, schema_overrides=lists, infer_schema_length=None)
        insert_frame(con, "incident", frame)
