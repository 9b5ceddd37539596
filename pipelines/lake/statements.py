"""Statements of everybody who writes to the lake: names quoted, rows inserted, all or nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import MimamoriError
from pipelines.text.messages import message

if TYPE_CHECKING:
    import polars as pl

ON_DISK = "lake_on_disk"
"""The name of the lake itself while `lake` is what is held of it in memory (`lake.held`)."""


def quoted(text: str) -> str:
    """Return `text` as an SQL string literal, for statements that cannot bind parameters."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside is written, or nothing is."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # what went wrong first is what matters
            con.execute("rollback")
        raise
    con.execute("commit")


def value_of(con: duckdb.DuckDBPyConnection, query: str, bound: object = None) -> Any:
    """Return the value of a query that has one row of one column, whatever there is."""
    ((value,),) = con.execute(query, bound).fetchall()
    return value


def store_of(con: duckdb.DuckDBPyConnection) -> str:
    """Return by which name the connection has the lake that can be written to."""
    row = con.execute(
        "select 1 from duckdb_databases() where database_name = ?", [ON_DISK]
    ).fetchone()
    return "lake" if row is None else ON_DISK


def next_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """Return the id of the snapshot that the open transaction will make when it is committed."""
    return last_snapshot(con) + 1


def last_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """Return the id of the lake's last snapshot, by which it can be read as it is now."""
    row = con.execute("select id from ducklake_current_snapshot('lake')").fetchone()
    if row is None:
        raise MimamoriError(message("lake.statements.no_snapshot"))
    return int(row[0])


def insert_rows(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, all with the same keys, by column name: one Parquet file, not one a row."""
    import polars as pl  # noqa: PLC0415 - who only reads need not wait for it

    if rows:
        insert_frame(con, table, pl.DataFrame(rows, infer_schema_length=None))


def insert_frame(con: duckdb.DuckDBPyConnection, table: str, frame: "pl.DataFrame") -> None:
    """Insert the rows of a frame by column name."""
    with registered(con, rows=frame):
        con.execute(f"insert into {store_of(con)}.{identifier(table)} by name select * from rows")


def make_table(
    con: duckdb.DuckDBPyConnection, name: str, frame: "pl.DataFrame", *, is_own: bool = False
) -> None:
    """Make a table of a frame in place of one of that name: in memory, seen by all cursors.

    One that is the connection's own (`is_own`) is seen by no other.
    """
    kind = "temp table" if is_own else "table"
    with registered(con, rows=frame):
        con.execute(f"create or replace {kind} {identifier(name)} as select * from rows")


@contextmanager
def registered(con: duckdb.DuckDBPyConnection, **frames: "pl.DataFrame") -> Iterator[None]:
    """Let statements in the block read frames as tables of these names, each of them once.

    As a bare stream of Arrow, views of strings are handed over without a copy, a frame's memory is
    free when it was read, and nothing passes through Arrow's own engine, which would be loaded
    first, pandas with it.
    """
    for name, frame in frames.items():
        con.register(name, frame.__arrow_c_stream__())
    try:
        yield
    finally:
        for name in frames:
            con.unregister(name)
