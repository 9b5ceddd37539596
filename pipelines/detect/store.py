"""Writes what detection found of a day in place of what it had found before."""

import datetime as dt
import json
from collections.abc import Callable, Sequence

import duckdb

from pipelines.detect.run import DetectorRun
from pipelines.findings import Finding
from pipelines.lake import insert_rows, transaction


def replace_findings(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    runs: Sequence[DetectorRun],
    clock: Callable[[], dt.datetime],
) -> list[Finding]:
    """Put the findings of a day in place of those before; return them as they now stand.

    What people decided about a finding (its status) lasts when it is found again.
    """
    decided = dict(
        con.execute(
            "select finding_id, status from lake.findings where date = ? and status <> 'new'",
            [day],
        ).fetchall()
    )
    kept = [
        Finding(**{**vars(finding), "status": decided.get(finding.finding_id, finding.status)})
        for finding in findings
    ]
    detected_at = clock()
    with transaction(con):
        con.execute("delete from lake.findings where date = ?", [day])
        insert_rows(
            con,
            "findings",
            [
                {
                    **vars(finding),
                    "severity": str(finding.severity),
                    "evidence": json.dumps(finding.evidence, ensure_ascii=False),
                    "measures": list(finding.measures),
                    "detected_at": detected_at,
                }
                for finding in kept
            ],
        )
        con.execute("delete from lake.detector_day where log_date = ?", [day])
        insert_rows(
            con,
            "detector_day",
            [{"log_date": day, **vars(run), "detected_at": detected_at} for run in runs],
        )
    return kept
