"""The rows behind a failed check: the query that shows them, and the first of them as pages may.

A page of data quality is read by more people than the log is, so that what is about a person is
masked in it; who may see it runs the query in `mimamori sql`.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from pipelines.lake import quoted
from pipelines.lake.dictionary import relations
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Check
from pipelines.text.display import visible

SITES_SHOWN: Final = 20
ROWS_SHOWN: Final = 20
_LONGEST: Final = 200  # characters of a value
_OPEN = "[none]"  # how the comment of a column ends that is about no person
_TABLE = re.compile(r"\blake\.(\w+)")
_BOUND = re.compile(r"\$(day|site)\b")


@dataclass(frozen=True)
class Offending:
    """The rows of one failed check at one site; a value is None where it is masked."""

    site_id: str
    query: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    has_more: bool = False
    problem: str = ""


def offending_rows(
    con: duckdb.DuckDBPyConnection, check: Check, failures: Sequence[CheckResult]
) -> list[Offending]:
    """Return what is behind `failures` of `check`, for the first sites; none without a query."""
    if check.meta.rows is None:
        return []
    about = [one for one in failures[:SITES_SHOWN] if one.site_id is not None]
    open_names = _open_names(con, check.meta.rows) if about else frozenset()
    return [
        _at_site(con, query_of(check.meta.rows, one.log_date, one.site_id), one.site_id, open_names)
        for one in about
        if one.site_id is not None
    ]


def query_of(rows: str, day: dt.date, site_id: str) -> str:
    """Return a check's query about a day and a site, as somebody would type it."""
    values = {"day": f"date {quoted(day.isoformat())}", "site": quoted(site_id)}
    return _BOUND.sub(lambda found: values[found[1]], rows)


def _open_names(con: duckdb.DuckDBPyConnection, rows: str) -> frozenset[str]:
    """Names of columns that are about no person in any table that the query names."""
    named = set(_TABLE.findall(rows))
    columns = [
        column
        for relation in relations(con)
        if relation.name in named
        for column in relation.columns
    ]
    closed = {column.name for column in columns if not column.comment.endswith(_OPEN)}
    return frozenset(column.name for column in columns) - closed


def _at_site(
    con: duckdb.DuckDBPyConnection, query: str, site_id: str, open_names: frozenset[str]
) -> Offending:
    try:
        cursor = con.execute(f"select * from ({query}) limit {ROWS_SHOWN + 1}")
        names = tuple(column[0] for column in cursor.description)
        rows = cursor.fetchall()
    except duckdb.Error as error:  # the rest of the page stands
        return Offending(site_id, query, problem=type(error).__name__)
    shown = tuple(
        tuple(
            _text(value) if name in open_names else None
            for name, value in zip(names, row, strict=True)
        )
        for row in rows[:ROWS_SHOWN]
    )
    return Offending(site_id, query, names, shown, len(rows) > ROWS_SHOWN)


def _text(value: object) -> str:
    return "–" if value is None else visible(str(value), _LONGEST)
