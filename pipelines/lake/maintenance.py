"""Keeps the lake in order: few files, no old snapshots, nothing left over, and not a row less."""

import datetime as dt
import time
from dataclasses import dataclass

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.erasure import forget_snapshots
from pipelines.lake.files import orphans
from pipelines.lake.place import place_of
from pipelines.lake.statements import identifier
from pipelines.paths import Home
from pipelines.text.messages import message

# A file of another machine that has not been committed yet; its writer may still do so.
_IN_FLIGHT_NS = 24 * 3600 * 10**9


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
    place = place_of(home)
    long_ago_ns = time.time_ns() - _IN_FLIGHT_NS
    place.remove(
        one
        for one in orphans(con, place)
        if place.lists_cheaply or (one.is_of_ducklake and one.written_ns < long_ago_ns)
    )
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
