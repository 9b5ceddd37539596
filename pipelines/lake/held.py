"""The lake held in memory while a stage reads it: its small tables copied, the others as views.

A statement that names a table of the lake asks the catalog for its files, which takes 3 to 9 ms of
a processor each time, however few rows there are, and the statements of a night name some 150 for
each day. What is held has the same names, so that no statement need know.
"""

import datetime as dt
import logging
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import duckdb

from pipelines.lake.connection import attach_statement
from pipelines.lake.statements import (
    ON_DISK,
    identifier,
    quoted,
    registered,
    store_of,
    transaction,
    value_of,
)
from pipelines.paths import Home

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger(__name__)

LARGEST_BYTES = 4 << 20
"""Of Parquet: a few hundred thousand rows. To read more of them takes longer than to plan."""
_MOST_BYTES = 8 << 20  # of Parquet, of all that is held
# To read a file takes 0.25 ms, to name the table 4 ms, some three times for each day.
_MOST_FILES_A_DAY = 32
_MOST_WRITTEN_VALUES = 1_000_000  # of all rows and columns; those of findings take the most

_TABLES = """
select
    own.table_name,
    coalesce(sum(file.file_size_bytes), 0)::bigint as size,
    count(file.data_file_id)
from {catalog}.ducklake_table as own
left join {catalog}.ducklake_data_file as file
    on file.table_id = own.table_id and file.end_snapshot is null
where own.end_snapshot is null
group by own.table_name
order by size, own.table_name
"""
_VIEWS = "select view_name, sql from {catalog}.ducklake_view where end_snapshot is null"
_MACROS = """
select
    own.macro_name,
    (
        select
            string_agg(
                '"' || parameter_name || '"' || case default_value_type
                    when 'unknown' then ''
                    else ' := ''' || default_value || '''::' || default_value_type
                end,
                ', ' order by column_id
            )
        from {catalog}.ducklake_macro_parameters as parameter
        where parameter.macro_id = own.macro_id
    ),
    body.sql
from {catalog}.ducklake_macro as own
inner join {catalog}.ducklake_macro_impl as body on body.macro_id = own.macro_id
where own.end_snapshot is null and body.type = 'table'
"""
_READING = """
select view_name, sql from duckdb_views() where database_name = 'lake'
union all
select function_name, macro_definition
from duckdb_functions() where database_name = 'lake' and macro_definition is not null
"""
_HELD = "lake.held.own"  # the names of the tables that are in memory
_CATALOG = "{DUCKLAKE_CATALOG}"  # as DuckLake writes the name that it is attached by
_NAMED = re.compile(r'\blake\."?(\w+)')


@contextmanager
def held_in_memory(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    days: int,
    often_read: Collection[str],
    written: Collection[str] = (),
) -> Iterator[None]:
    """Have `lake` in here be the lake as it is now, with these tables in memory where small.

    They are read often for each of so many days, which is worth the reading of so many more files.
    So are tables without rows, unless they are `written` meanwhile: that goes to `store_of` the
    connection, and those that are often read are to be brought up to date (`replace_held`). No
    transaction may be open when it begins. The other connections of the database see the same.
    Only for the holder of the writers' lock.
    """
    con.execute("detach lake")
    try:
        con.execute(attach_statement(home, ON_DISK))
        tables, held, others = _statements(con, days, frozenset(often_read), frozenset(written))
        con.execute("attach ':memory:' as lake")
        with transaction(con):
            con.execute(";\n".join(tables))
            con.execute("create schema lake.held")
            con.execute(f"create table {_HELD} as select unnest(?) as name", [held])
            con.execute("create table lake.held.day (held date)")  # of pipelines.lake.held_days
        for statement in others:
            try:
                con.execute(statement)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                # What it rests on is missing: who asks for it fails, as they would without this.
                log.warning("%s", error)
        before = _rows_held(con, written)
        yield
        if lost := before ^ _rows_held(con, written):
            raise RuntimeError(f"written to what is held, not to the lake: {sorted(lost)}")
    finally:
        con.execute("detach database if exists lake")
        con.execute(f"detach database if exists {ON_DISK}")
        con.execute(attach_statement(home))


def held_tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the tables that are in memory; none where the lake is not held."""
    if store_of(con) != ON_DISK:
        return set()
    # duckdb_tables() would ask the lake on disk for the size of each of its tables, for 40 ms.
    return {name for (name,) in con.execute(f"select name from {_HELD}").fetchall()}


def resting_on(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> frozenset[str]:
    """Return the names of these tables of the lake, and of all views and macros that read them."""
    reading = con.execute(_READING).fetchall()
    found = frozenset(tables)
    while more := {
        name
        for name, body in reading
        if name not in found and not found.isdisjoint(_NAMED.findall(body))
    }:
        found |= more
    return found


def _rows_held(con: duckdb.DuckDBPyConnection, written: Collection[str]) -> set[tuple[str, int]]:
    """How many rows each table in memory has, but those that are brought up to date."""
    counted = [
        f"select {quoted(name)}, count(*) from lake.{identifier(name)}"
        for name in sorted(held_tables(con).difference(written))
    ]
    return set(con.execute(" union all ".join(counted)).fetchall()) if counted else set()


def replace_held(
    con: duckdb.DuckDBPyConnection, table: str, column: str, day: dt.date, rows: "pl.DataFrame"
) -> None:
    """Put rows of a day in place of those before in what is held of a table, if it is held.

    What has grown large is no longer held, so that a night of many days needs no more memory.
    """
    if table not in held_tables(con):
        return
    own = identifier(table)
    con.execute(f"delete from lake.{own} where {identifier(column)} = ?", [day])
    if not rows.is_empty():
        with registered(con, rows=rows):
            con.execute(f"insert into lake.{own} by name select * from rows")
    held = value_of(con, f"select count(*) from lake.{own}")
    if held * len(rows.columns) > _MOST_WRITTEN_VALUES:
        con.execute(f"delete from {_HELD} where name = ?", [table])
        con.execute(f"drop table lake.{own}")
        con.execute(f"create view lake.{own} as from {ON_DISK}.{own}")


def to_hold(
    tables: Iterable[tuple[str, int, int]],
    days: int,
    often_read: Collection[str],
    written: Collection[str],
) -> list[str]:
    """Return which tables are taken into memory, of all with their bytes and files, in order."""
    held = []
    left = _MOST_BYTES
    for name, size, files in tables:
        is_often = name in often_read and files <= days * _MOST_FILES_A_DAY
        is_empty = not files and name not in written
        if (is_often or is_empty) and size <= min(LARGEST_BYTES, left):
            held.append(name)
            left -= size
    return held


def _statements(
    con: duckdb.DuckDBPyConnection,
    days: int,
    often_read: frozenset[str],
    written: frozenset[str],
) -> tuple[list[str], list[str], list[str]]:
    """What makes the tables of the lake, and which of them are held; its views and macros.

    Of the last, each comes after those that it names.
    """
    tables, views, macros = (
        con.execute(query.format(catalog=f"__ducklake_metadata_{ON_DISK}")).fetchall()
        for query in (_TABLES, _VIEWS, _MACROS)
    )
    held = to_hold(tables, days, often_read, written)
    made = [
        f"create {'table' if name in held else 'view'} lake.{identifier(name)}"
        f" as from {ON_DISK}.{identifier(name)}{' limit 0' if name in held and not files else ''}"
        for name, _, files in tables
    ]
    others = {
        **{name: f"create view lake.{identifier(name)} as {body}" for name, body in views},
        **{
            name: f"create macro lake.{identifier(name)}({parameters or ''}) as table {body}"
            for name, parameters, body in macros
        },
    }
    others = {name: text.replace(_CATALOG, "lake") for name, text in others.items()}
    named = {name: others.keys() & set(_NAMED.findall(text)) for name, text in others.items()}
    sorted_names = TopologicalSorter(
        {name: found - {name} for name, found in named.items()}
    ).static_order()
    return made, held, [others[name] for name in sorted_names]
