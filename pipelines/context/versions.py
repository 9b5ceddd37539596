"""Lists of people, rights and watched subjects as the lake keeps them: rows and since when."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines.lake import identifier, insert_frame, insert_rows, transaction

INSTANT = pl.Datetime("us", "UTC")
READ: dict[str, pl.DataType] = {"read_at": INSTANT, "removed_at": INSTANT}
"""When a row was first read as it is, and since when the list no longer has it."""

Row = dict[str, Any]
Rows = dict[tuple[object, ...], Row]


def stored_rows(
    con: duckdb.DuckDBPyConnection, table: str, schema: pl.Schema, key: tuple[str, ...]
) -> Rows:
    """Return the rows of a table of the lake by the columns of its key."""
    found = con.execute(f"select {', '.join(schema)} from lake.{identifier(table)}").fetchall()
    rows = [dict(zip(schema, row, strict=True)) for row in found]
    return {tuple(row[name] for name in key): row for row in rows}


def renewed_rows(stored: Rows, listed: Rows, now: dt.datetime) -> Rows:
    """Return the rows as listed, with when each was first read so; those no longer listed stay."""
    rows: Rows = {}
    for key, row in listed.items():
        before = stored.get(key)
        is_same = before is not None and all(before[name] == row[name] for name in row)
        read_at = before["read_at"] if before is not None and is_same else now
        rows[key] = {**row, "read_at": read_at, "removed_at": None}
    for key, row in stored.items():
        if key not in listed:
            rows[key] = {**row, "removed_at": row["removed_at"] or now}
    return rows


def replace_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    rows: pl.DataFrame,
    changes: Sequence[Row] = (),
) -> None:
    """Put rows in the place of all that a table of the lake has, in one transaction."""
    with transaction(con):
        write_rows(con, table, rows)
        insert_rows(con, "person_change", changes)


def write_rows(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Do the same within a transaction that is open."""
    con.execute(f"delete from lake.{identifier(table)}")
    if len(rows):
        insert_frame(con, table, rows)
