"""What a result about the whole lake rests on; while that stays the same, the result stands.

A night in which nothing came changes few tables, and to judge the others again would say the same.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.lake import store_of
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Suite

_COLUMNS = tuple(name for name in CheckResult.__dataclass_fields__)


def table_versions(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return for each table of the lake the last snapshot that changed it."""
    catalog = f"__ducklake_metadata_{store_of(con)}"
    rows = con.execute(
        f"""
        select own.table_name, max(greatest(
            own.begin_snapshot, coalesce(file.begin_snapshot, 0), coalesce(file.end_snapshot, 0),
            coalesce(gone.begin_snapshot, 0)
        ))
        from {catalog}.ducklake_table as own
        left join {catalog}.ducklake_data_file as file on file.table_id = own.table_id
        left join {catalog}.ducklake_delete_file as gone
            on gone.data_file_id = file.data_file_id
        where own.end_snapshot is null
        group by own.table_name
        """
    ).fetchall()
    return {name: int(version) for name, version in rows}


def basis_of(suite: Suite, versions: Mapping[str, int], marts: Path | None) -> str:
    """Return a digest of the rules of `suite` and of what they are applied to."""
    files = sorted(marts.rglob("*.parquet")) if suite.meta.reads_marts and marts else []
    parts = [
        suite.model_dump_json(),
        *(f"{name} {versions.get(name)}" for name in suite.meta.reads),
        *(f"{path} {path.stat().st_mtime_ns}" for path in files),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def carried_over(
    con: duckdb.DuckDBPyConnection, suite: Suite, basis: str, day: dt.date
) -> list[CheckResult]:
    """Return the last results of `suite` that rest on `basis` as those of `day`; mostly none.

    `checked_at` stays the instant at which they were found.
    """
    found = con.execute(
        f"""
        select {", ".join(_COLUMNS)}
        from lake.check_result
        where suite = $suite and basis = $basis
        qualify log_date = max(log_date) over ()
        """,
        {"suite": suite.name, "basis": basis},
    ).fetchall()
    order = {check.meta.id: place for place, check in enumerate(suite.expectations)}
    results = [CheckResult(*row) for row in found]
    results.sort(key=lambda one: (order[one.check_id], one.site_id or ""))
    return [
        replace(one, log_date=day, checked_at=one.checked_at.astimezone(dt.UTC)) for one in results
    ]
