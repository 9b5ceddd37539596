"""The tables of the lake without DuckLake, empty: for what statements do to a few rows, quickly.

Nothing of DuckLake is in it: neither files, nor snapshots, nor views but that of findings.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.paths import SQL_DIR, Home

_FINDINGS = SQL_DIR / "views" / "weighed_finding.sql"
_TABLES = "select table_name, sql from duckdb_tables() where database_name = 'lake'"
_COMMENTS = """
select table_name, column_name, comment from duckdb_columns()
where database_name = 'lake' and comment is not null
"""


def write_empty(home: Home, database: Path) -> None:
    """Write a database with the tables of a lake, and with what they say of each column."""
    with lake.open_reader(home, "UTC") as con:
        tables = dict(con.execute(_TABLES).fetchall())
        comments = con.execute(_COMMENTS).fetchall()
    with duckdb.connect(database) as con:
        for statement in tables.values():
            con.execute(statement)
        for table, column, comment in comments:
            if table in tables:
                con.execute(
                    f"comment on column {lake.identifier(table)}.{lake.identifier(column)}"
                    f" is {lake.quoted(comment)}"
                )


@contextmanager
def opened(empty: Path, copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a copy of such tables, named as those of the lake, in Japan's time."""
    shutil.copyfile(empty, copy)
    with duckdb.connect() as con:
        con.execute(f"attach {lake.quoted(str(copy))} as lake; set timezone = 'Asia/Tokyo'")
        load_macros(con)
        con.execute(_FINDINGS.read_text(encoding="utf-8"))
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
