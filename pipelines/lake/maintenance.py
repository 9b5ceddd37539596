"""Keeps the lake in order: few files, no old snapshots, nothing left over, and not a row less."""

import datetime as dt
import time
from dataclasses import dataclass

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.erasure import forget_keys, forget_snapshots, snapshots_before
from pipelines.lake.files import orphans
from pipelines.lake.place import place_of
from pipelines.lake.place_kind import LyingFile
from pipelines.lake.statements import identifier, value_of
from pipelines.paths import Home
from pipelines.text.messages import message

# A file of another machine that has not been committed yet; its writer may still do so.
_IN_FLIGHT_NS = 86_400_000_000_000


@dataclass(frozen=True)
class UpkeepResult:
    """Rows of each table before and after maintenance, which must be the same."""

    rows_before: dict[str, int]
    rows_after: dict[str, int]
    files_before: int
    files_after: int


def maintain(con: duckdb.DuckDBPyConnection, home: Home, oldest: dt.datetime) -> UpkeepResult:
    """Merge small Parquet files, drop orphans and snapshots older than the instant `oldest`.

    The keys of files that are gone by then leave the catalog.

    Raises:
        MimamoriError: a table does not have as many rows as before.
    """
    before, files_before = _row_counts(con), _file_count(con)
    con.execute("call ducklake_merge_adjacent_files('lake')")
    place = place_of(home)
    if snapshots_before(con, oldest):
        # DuckLake sees no conflict with a state that is gone: what a worker deletes from files that
        # were merged since its transaction began would stay. Such a worker begins again.
        place.raise_generation()
    forget_snapshots(con, oldest)
    now_ns = time.time_ns()
    place.remove(
        one for one in orphans(con, place) if place.lists_cheaply or is_left_over(one, now_ns)
    )
    forget_keys(home)
    after, files_after = _row_counts(con), _file_count(con)
    if before != after:
        raise MimamoriError(
            message("lake.maintenance.rows_changed", at=home.lake, before=before, after=after)
        )
    return UpkeepResult(before, after, files_before, files_after)


def is_left_over(orphan: LyingFile, now_ns: int) -> bool:
    """Return whether a file that no catalog names is of DuckLake, and of nobody who may commit."""
    return orphan.is_of_ducklake and orphan.written_ns < now_ns - _IN_FLIGHT_NS


def _row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = con.execute(
        "select table_name from duckdb_tables() where database_name = 'lake' order by all"
    ).fetchall()
    return {
        table: value_of(con, f"select count(*) from lake.{identifier(table)}")
        for (table,) in tables
    }


def _file_count(con: duckdb.DuckDBPyConnection) -> int:
    return int(value_of(con, "select sum(file_count) from ducklake_table_info('lake')"))
