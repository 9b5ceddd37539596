"""Keeps the lake in order: few files, no old snapshots, nothing left over, and not a row less."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.erasure import forget_snapshots
from pipelines.lake.statements import identifier
from pipelines.paths import Home
from pipelines.text.messages import message


@dataclass(frozen=True)
class UpkeepResult:
    """Rows of each table before and after maintenance, which must be the same."""

    rows_before: dict[str, int]
    rows_after: dict[str, int]
    files_before: int
    files_after: int


def maintain(con: duckdb.DuckDBPyConnection, home: Home, oldest: dt.datetime) -> UpkeepResult:
    """Merge small Parquet files, drop orphans and snapshots older than the instant `oldest`.

    Raises:
        MimamoriError: a table does not have as many rows as before.
    """
    before, files_before = _row_counts(con), _file_count(con)
    con.execute("call ducklake_merge_adjacent_files('lake')")
    forget_snapshots(con, oldest)
    con.execute("call ducklake_delete_orphaned_files('lake', cleanup_all => true)")
    after, files_after = _row_counts(con), _file_count(con)
    if before != after:
        raise MimamoriError(
            message("lake.maintenance.rows_changed", at=home.lake, before=before, after=after)
        )
    return UpkeepResult(before, after, files_before, files_after)


def _row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = con.execute(
        "select table_name from duckdb_tables() where database_name = 'lake' order by all"
    ).fetchall()
    counts = {}
    for (table,) in tables:
        row = con.execute(f"select count(*) from lake.{identifier(table)}").fetchone()
        counts[table] = row[0] if row else 0
    return counts


def _file_count(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("select sum(file_count) from ducklake_table_info('lake')").fetchone()
    return int(row[0] or 0) if row else 0
