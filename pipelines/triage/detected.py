"""What detectors found on a day, put in place of what they had found before."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines.detect.explain import NOTHING_EXPLAINED, Explained, replace_explanations
from pipelines.detect.run import DetectorRun
from pipelines.findings import Finding
from pipelines.lake import insert_frame, insert_rows, replace_held, store_of, transaction
from pipelines.triage.cases.ids import with_cases
from pipelines.triage.corrections import with_corrections
from pipelines.triage.incidents import incidents_of, with_incidents
from pipelines.triage.store import replace_incidents


def replace_findings(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    runs: Sequence[DetectorRun],
    clock: Callable[[], dt.datetime],
    explained: Explained = NOTHING_EXPLAINED,
    shadow: Sequence[Finding] = (),
) -> list[Finding]:
    """Put a day's findings, incidents and runs in place of those before, in one transaction.

    So too what reasons on record explained, and findings in `shadow`, which are in no incident and
    no case. `findings` are assessed. Returns them as `read_day` does: in order, each with its
    incident and its case.
    """
    detected_at = clock()
    findings = with_cases(findings)
    incidents = incidents_of(findings)
    store = store_of(con)
    rows = {
        table: pl.DataFrame([_row(one, detected_at) for one in written], infer_schema_length=None)
        for table, written in (("findings", findings), ("shadow_finding", shadow))
    }
    with transaction(con):
        for table, frame in rows.items():
            con.execute(f"delete from {store}.{table} where date = ?", [day])
            if not frame.is_empty():
                insert_frame(con, table, frame)
        replace_incidents(con, day, incidents)
        replace_explanations(con, day, explained, detected_at)
        con.execute(f"delete from {store}.detector_day where log_date = ?", [day])
        insert_rows(
            con,
            "detector_day",
            [{"log_date": day, **vars(run), "detected_at": detected_at} for run in runs],
        )
    replace_held(con, "findings", "date", day, rows["findings"])
    replace_held(con, "explanation_day", "log_date", day, explained.rows_of(day))
    return with_corrections(con, day, with_incidents(findings, incidents))


def _row(finding: Finding, detected_at: dt.datetime) -> dict[str, Any]:
    return {
        **finding.values(),
        "severity": str(finding.severity),
        "evidence": json.dumps(finding.evidence_told, ensure_ascii=False),
        "measures": list(finding.measures),
        "detected_at": detected_at,
    }
