"""A commit whose answer was lost: the database has it, and DuckLake has deleted its data files.

Who writes notes the snapshots whose commits were answered. Whoever takes the lock next looks for
the files of those that were not; where they are gone, the commit is undone, as its writer
reported a failure. So nothing is lost: what was to be written is written by the next run.
"""

import logging
import re
from pathlib import PurePosixPath
from typing import Any

import psycopg
from psycopg import sql

from pipelines.errors import MimamoriError
from pipelines.lake.bucket import bucket_files
from pipelines.paths import Bucket
from pipelines.text.messages import message

log = logging.getLogger(__name__)

_TABLE = "create table if not exists mimamori_answered (snapshot_id bigint not null)"
_LAST = "select max(snapshot_id) from ducklake_snapshot"
_ANSWERED = "select max(snapshot_id) from mimamori_answered"
_FILES = """
select
    coalesce(own_schema.path, '') || coalesce(own.path, '') || file.path as path,
    file.begin_snapshot
from (
    select table_id, path, begin_snapshot from ducklake_data_file
    union all
    select table_id, path, begin_snapshot from ducklake_delete_file
) as file
inner join (
    select distinct on (table_id) table_id, schema_id, path
    from ducklake_table order by table_id, begin_snapshot desc
) as own on own.table_id = file.table_id
inner join (
    select distinct on (schema_id) schema_id, path
    from ducklake_schema order by schema_id, begin_snapshot desc
) as own_schema on own_schema.schema_id = own.schema_id
where file.begin_snapshot > %s
order by file.begin_snapshot
"""
_CHANGES = "select changes_made from ducklake_snapshot_changes where snapshot_id = %s"
# What adds rows and marks of deleted ones alone: it took no file away, so that it can be undone.
_CAN_BE_UNDONE = re.compile(r"(?:(?:inserted_into|deleted_from)_table:\d+,?)+")
_OF_FILES = ("ducklake_file_column_stats", "ducklake_file_variant_stats",
             "ducklake_file_partition_value")  # fmt: skip
# Files of it that a later commit has replaced.
_RESTED_ON = """
select
    (select count(*) from ducklake_data_file where begin_snapshot = %s and end_snapshot is not null)
    + (
        select count(*) from ducklake_delete_file
        where begin_snapshot = %s and end_snapshot is not null
    )
"""
_COUNTS = """
update ducklake_table_stats as stats
set record_count = stats.record_count - gone.records,
    file_size_bytes = stats.file_size_bytes - gone.bytes
from (
    select table_id, sum(record_count) as records, sum(file_size_bytes) as bytes
    from ducklake_data_file where begin_snapshot = %s group by table_id
) as gone
where gone.table_id = stats.table_id
"""
_WITH_COLUMN = """
select table_name from information_schema.columns
where table_schema = current_schema() and table_name like 'ducklake\\_%%' and column_name = %s
order by table_name
"""


def note_answered(con: psycopg.Connection) -> None:
    """Note that the answers to all commits up to now were received; for who holds the lock."""
    if not _has_catalog(con):
        return
    con.execute(_TABLE)
    with con.transaction():
        con.execute("delete from mimamori_answered")
        con.execute(f"insert into mimamori_answered {_LAST}")


def undo_lost(con: psycopg.Connection, bucket: Bucket) -> None:
    """Undo commits whose answers were lost and whose files are gone; for the lock's holder.

    Raises:
        MimamoriError: files of a commit are gone that cannot be undone.
    """
    if not _has_catalog(con):
        return
    con.execute(_TABLE)
    answered, last = _one(con, _ANSWERED), int(_one(con, _LAST))
    if answered is None or last <= answered:
        return
    files = con.execute(_FILES, [answered]).fetchall()
    with bucket_files(bucket) as storage:
        gone = storage.lacking(PurePosixPath(path) for path, _ in files)
    if not gone:
        return
    snapshots = sorted({number for path, number in files if PurePosixPath(path) in gone})
    for snapshot in reversed(snapshots):
        changes = str(_one(con, _CHANGES, snapshot) or "")
        if not _CAN_BE_UNDONE.fullmatch(changes) or _one(con, _RESTED_ON, snapshot, snapshot):
            raise MimamoriError(
                message(
                    "lake.lost_commit.cannot_be_undone",
                    at="lake.data",
                    count=len(gone),
                    snapshot=snapshot,
                    name=min(gone),
                )
            )
    for snapshot in reversed(snapshots):
        with con.transaction():
            _undo(con, snapshot)
        log.warning("%s", message("lake.lost_commit.undone", at="lake.catalog", snapshot=snapshot))


def _undo(con: psycopg.Connection, snapshot: int) -> None:
    con.execute(_COUNTS, [snapshot])
    for table in _OF_FILES:
        con.execute(
            sql.SQL(
                "delete from {} where data_file_id in"
                " (select data_file_id from ducklake_data_file where begin_snapshot = %s)"
            ).format(sql.Identifier(table)),
            [snapshot],
        )
    for (table,) in con.execute(_WITH_COLUMN, ["end_snapshot"]).fetchall():
        query = "update {} set end_snapshot = null where end_snapshot = %s"
        con.execute(sql.SQL(query).format(sql.Identifier(table)), [snapshot])
    for column in ("begin_snapshot", "snapshot_id"):
        for (table,) in con.execute(_WITH_COLUMN, [column]).fetchall():
            query = "delete from {} where {} = %s"
            own = sql.SQL(query).format(sql.Identifier(table), sql.Identifier(column))
            con.execute(own, [snapshot])


def _has_catalog(con: psycopg.Connection) -> bool:
    return bool(_one(con, "select to_regclass('ducklake_snapshot') is not null"))


def _one(con: psycopg.Connection, query: str, *values: object) -> Any:
    row = con.execute(query, values or None).fetchone()
    return row[0] if row else None
