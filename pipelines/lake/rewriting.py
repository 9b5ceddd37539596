"""Rows changed for good: the files that hold one are written anew, whole and once, and no others.

An UPDATE would write the changed rows into further files and leave their old bytes where they are,
so that all of those files had to be rewritten afterwards, by one thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines.lake.statements import identifier, value_of

_FILES_AT_ONCE = 8
"""More would keep as many threads busy, but have rows wait in memory for each of the days."""


@dataclass(frozen=True)
class Marked:
    """Rows of a table that are to be changed, and their new values, in a temporary table.

    Row numbers and files hold as long as nobody else writes to the table.
    """

    table: str
    changes: frozenset[str]
    rows: int

    @property
    def name(self) -> str:
        """The temporary table: `marked_row`, `marked_file`, then what is kept or changed."""
        return f"temp.{identifier(f'marked_{self.table}')}"


def mark_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    condition: str,
    changes: Mapping[str, str],
    bound: Mapping[str, object],
    kept: Sequence[str] = (),
) -> Marked:
    """Mark the rows of a table that fit a condition, and those alone.

    Condition and new values, by column, are SQL in which the row is `own`. The columns `kept`
    stand beside them as they are.
    """
    marked = Marked(table, frozenset(changes), 0)
    noted = {**{column: f"own.{identifier(column)}" for column in kept}, **changes}
    values = "".join(f", {value} as {identifier(column)}" for column, value in noted.items())
    rows = value_of(
        con,
        f"create or replace temp table {marked.name} as"
        f" select own.rowid as marked_row, own.filename as marked_file{values}"
        f" from lake.{identifier(table)} as own where {condition}",
        bound,
    )
    return replace(marked, rows=rows)


def rewrite_rows(con: duckdb.DuckDBPyConnection, marked: Marked) -> None:
    """Give marked rows their new values and forget the marks; in a transaction of the caller's.

    The bytes of before go with the states of before (`pipelines.lake.erasure`).
    """
    columns = con.execute(
        "select column_name, data_type from duckdb_columns() where database_name = 'lake'"
        " and table_name = ? order by column_index",
        [marked.table],
    ).fetchall()
    chosen = ", ".join(
        # A value may be of another type where it stands alone: a bare null is an integer.
        f"case when marked.marked_row is null then own.{name} else marked.{name}::{of_type} end"
        f" as {name}"
        if column in marked.changes
        else f"own.{name}"
        for column, of_type in columns
        for name in (identifier(column),)
    )
    files = con.execute(
        f"select distinct marked_file from {marked.name} order by marked_file"
    ).fetchall()
    table = f"lake.{identifier(marked.table)}"
    for begin in range(0, len(files), _FILES_AT_ONCE):
        part = {"files": [file for (file,) in files[begin : begin + _FILES_AT_ONCE]]}
        con.execute(
            f"insert into {table} by name select {chosen} from {table} as own"
            f" left join {marked.name} as marked on marked.marked_row = own.rowid"
            " where list_contains($files, own.filename)",
            part,
        )
        # What was just inserted lies in other files.
        con.execute(f"delete from {table} as own where list_contains($files, own.filename)", part)
    con.execute(f"drop table {marked.name}")
