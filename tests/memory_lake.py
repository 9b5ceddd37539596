"""The tables of the lake in memory, empty: for what statements do to a few rows, in milliseconds.

Nothing of DuckLake is in it: neither files, nor snapshots, nor views.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from pipelines import lake
from pipelines.paths import Home


def statements_of(home: Home) -> str:
    """Return the statements that make the tables of a lake, with what they say of each column."""
    with lake.open_reader(home, "UTC") as con:
        tables = con.execute(
            "select sql from duckdb_tables() where database_name = 'lake'"
        ).fetchall()
        comments = con.execute(
            "select table_name, column_name, comment from duckdb_columns()"
            " where database_name = 'lake' and comment is not null and table_name in"
            " (select table_name from duckdb_tables() where database_name = 'lake')"
        ).fetchall()
    said = (
        f"comment on column {lake.identifier(table)}.{lake.identifier(column)}"
        f" is {lake.quoted(comment)};"
        for table, column, comment in comments
    )
    return "\n".join((*(statement for (statement,) in tables), *said))


@contextmanager
def opened(statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to such tables, named as those of the lake, in Japan's time."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as lake; set timezone = 'Asia/Tokyo'; use lake")
        con.execute(statements)
        con.execute("use memory")
        yield con


def insert(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    """Insert a row with some columns of a table; the others are null."""
    lake.insert_rows(con, table, [values])


def rows_in(con: duckdb.DuckDBPyConnection, *names: str) -> Mapping[str, int]:
    """Return how many rows each of these tables has, of those that have any."""
    counts = {
        name: con.execute(f"select count(*) from lake.{lake.identifier(name)}").fetchone()
        for name in names
    }
    return {name: row[0] for name, row in counts.items() if row and row[0]}
