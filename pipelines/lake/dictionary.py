"""What the lake holds, in words: tables, views and table functions with their columns and comments.

DuckLake keeps comments of tables, their columns and views. Comments of the columns of views, and of
table functions, it does not keep: they stand in the files that make them, one a line,

    -- column NAME: 日本語 / English. [class]
    -- table function NAME: 日本語 / English. [class]
    -- parameter NAME: 日本語 / English.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import duckdb

from pipelines.paths import SQL_DIR
from pipelines.text.messages import message

_COLUMN = re.compile(r"^-- column (\w+): (.+)$", re.MULTILINE)
_FUNCTION = re.compile(r"^-- table function (\w+): (.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"^-- parameter (\w+): (.+)$", re.MULTILINE)
_SIGNATURE = re.compile(r"create or replace macro lake\.\w+\((.*?)\) as table", re.DOTALL)
# Where words for the columns of a view stand, unless it has its own: other views, then tables.
_VIEWS = ("access_log", "request", "findings_open")
_TABLES = ("request_fact", "request_profile", "client", "agent", "site")
_COLUMNS = """
select columns.table_name, columns.column_name, columns.data_type, columns.comment
from duckdb_columns() as columns
where columns.database_name = 'lake' and columns.table_name <> 'migration'
order by columns.table_name, columns.column_index
"""
_TABLES_ALONE = """
select table_name as name, 'table' as kind, comment
from duckdb_tables() where database_name = 'lake' and table_name <> 'migration'
"""
_RELATIONS = f"""
{_TABLES_ALONE}
union all
select view_name, 'view', comment
from duckdb_views() where database_name = 'lake'
"""


@dataclass(frozen=True)
class Column:
    """A column with its SQL type; `comment` ends with its class of personal data in brackets."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Relation:
    """A table or view of the lake; `kind` is `table` or `view`."""

    name: str
    kind: str
    comment: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class TableFunction:
    """A table function of the lake; `signature` is what stands between its parentheses."""

    name: str
    signature: str
    comment: str
    parameters: tuple[tuple[str, str], ...]


def relations(con: duckdb.DuckDBPyConnection, *, with_views: bool = True) -> list[Relation]:
    """Return the tables and views of the attached lake, by name, with all comments.

    Without views it is quicker, as none has to be bound.
    """
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    for table, name, type_, comment in con.execute(_COLUMNS).fetchall():
        columns.setdefault(table, []).append((name, type_, comment))
    inherited = {
        name: comment
        for source in reversed(_TABLES)
        for name, _, comment in columns.get(source, [])
        if comment
    }
    own = _view_columns()
    for view in reversed(_VIEWS):
        inherited |= {column: comment for (name, column), comment in own.items() if name == view}
    return [
        Relation(
            name,
            kind,
            comment or "",
            tuple(
                Column(
                    column, type_, comment or own.get((name, column)) or inherited.get(column, "")
                )
                for column, type_, comment in columns[name]
            ),
        )
        for name, kind, comment in con.execute(
            f"{_RELATIONS if with_views else _TABLES_ALONE} order by name"
        ).fetchall()
    ]


@cache
def table_functions() -> tuple[TableFunction, ...]:
    """Return the table functions that the lake has, by name."""
    return tuple(_functions())


def _functions() -> Iterator[TableFunction]:
    for path in sorted((SQL_DIR / "functions").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        function, signature = _FUNCTION.search(text), _SIGNATURE.search(text)
        if function is None or signature is None:
            raise ValueError(message("lake.dictionary.no_table_function", at=path))
        yield TableFunction(
            function[1],
            " ".join(signature[1].split()),
            function[2],
            tuple(_PARAMETER.findall(text)),
        )


@cache
def _view_columns() -> dict[tuple[str, str], str]:
    return {
        (path.stem, column): comment
        for path in (SQL_DIR / "views").rglob("*.sql")
        for column, comment in _COLUMN.findall(path.read_text(encoding="utf-8"))
    }
