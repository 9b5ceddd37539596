"""What detectors found on a day, put in place of what they had found before."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines.detect.explain import NOTHING_EXPLAINED, Explained, insert_explanations
from pipelines.detect.run import DetectorRun
from pipelines.findings import Finding
from pipelines.lake import insert_frame, insert_rows, replace_held, store_of, transaction
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.triage.cases.ids import with_cases
from pipelines.triage.corrections import with_corrections
from pipelines.triage.incidents import incidents_of, with_incidents
from pipelines.triage.store import insert_incidents

# What is written of a day, each table with the column of its day.
_TABLES = {
    "findings": "date",
    "shadow_finding": "date",
    "incident": "date",
    "explanation_day": "log_date",
    "detector_day": "log_date",
}

_STEPS = pl.List(pl.Struct(dict.fromkeys(("by", "reason", "from", "to"), pl.String)))


def days_on_file(con: duckdb.DuckDBPyConnection, days: Collection[dt.date]) -> set[dt.date]:
    """Return those of the days about which `replace_findings` has written anything."""
    store = store_of(con)
    query = " union ".join(
        f"select {on} from {store}.{table} where {on} between $first and $last"
        for table, on in _TABLES.items()
    )
    rows = con.execute(query, {"first": min(days), "last": max(days)}).fetchall()
    return {day for (day,) in rows}


def replace_findings(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    runs: Sequence[DetectorRun],
    clock: Callable[[], dt.datetime],
    explained: Explained = NOTHING_EXPLAINED,
    shadow: Sequence[Finding] = (),
    *,
    is_first: bool = False,
) -> list[Finding]:
    """Put a day's findings, incidents and runs in place of those before, in one transaction.

    So too what reasons on record explained, and findings in `shadow`, which are in no incident and
    no case. `findings` are assessed. On a day that `is_first` detected now, nothing was before.
    Returns them as `read_day` does: in order, each with its incident and its case.
    """
    detected_at = clock()
    findings = with_cases(findings, KeyedIds.of(con))
    incidents = incidents_of(findings)
    rows = {
        table: pl.DataFrame(
            [_row(one, detected_at) for one in written],
            schema_overrides={"lowered": _STEPS},
            infer_schema_length=None,
        )
        for table, written in (("findings", findings), ("shadow_finding", shadow))
    }
    with transaction(con):
        if not is_first:
            store = store_of(con)
            for table, on in _TABLES.items():
                con.execute(f"delete from {store}.{table} where {on} = ?", [day])
        for table, frame in rows.items():
            if not frame.is_empty():
                insert_frame(con, table, frame)
        insert_incidents(con, incidents)
        insert_explanations(con, day, explained, detected_at)
        insert_rows(
            con,
            "detector_day",
            [{"log_date": day, **vars(run), "detected_at": detected_at} for run in runs],
        )
    for table, frame in rows.items():
        replace_held(con, table, "date", day, frame)
    replace_held(con, "explanation_day", "log_date", day, explained.rows_of(day))
    return with_corrections(con, day, with_incidents(findings, incidents))


def _row(finding: Finding, detected_at: dt.datetime) -> dict[str, Any]:
    return {
        **finding.values(),
        **{name: str(getattr(finding, name)) for name in ("severity", "severity_found")},
        "evidence": json.dumps(finding.evidence_told, ensure_ascii=False),
        "measures": list(finding.measures),
        "detected_at": detected_at,
    }
