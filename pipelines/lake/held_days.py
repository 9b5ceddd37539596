"""Days of facts held in memory, while the lake is (`lake.held`).

The statements of a day's detection and report read its facts some thirty times; to read them of the
lake asks its catalog for its files, decrypts them and unpacks them. `lake.request_fact` has the
same rows all the while: those of the days held out of memory, all others from the lake on disk.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import Lock

import duckdb

from pipelines.lake.held import held_tables
from pipelines.lake.statements import ON_DISK, identifier, store_of, value_of

# Of a day that is held; of a larger one, reading takes longer than all that comes before.
_MOST_ROWS = 100_000

_FACTS = "request_fact"
_DAYS = "lake.held.day"
_ONE_AT_ONCE = Lock()


@contextmanager
def held_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> Iterator[None]:
    """Have the facts of a small day in memory in here, where the lake is held.

    Nothing is done for a large day, nor where the lake is not held or has no request.
    Several days can be held at once, by any connections of the database. To be called in no
    transaction.
    """
    is_held = is_small_day(con, day) and can_hold(con)
    if is_held:
        hold_day(con, day)
    try:
        yield
    finally:
        if is_held:
            release_days(con, [day])


def is_small_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> bool:
    """Return whether a day has no more rows than can be held, by the daily aggregates."""
    rows = value_of(
        con, "select coalesce(sum(records), 0) from lake.site_day where log_date = ?", [day]
    )
    return bool(rows <= _MOST_ROWS)


def can_hold(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether days can be held: the lake is, and has any request."""
    # Where no request ever came, the facts are held as they are: without a row.
    return store_of(con) == ON_DISK and _FACTS not in held_tables(con)


def hold_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> str:
    """Hold the facts of a day; return the name of the table that has them."""
    with _ONE_AT_ONCE:
        con.execute(
            f"create or replace table {_name(day)} as"
            f" select * from {ON_DISK}.{_FACTS} where log_date = date '{day}'"
        )
        con.execute(f"insert into {_DAYS} values (?)", [day])
        _show(con, held_days(con))
    return _name(day)


def release_days(con: duckdb.DuckDBPyConnection, days: Collection[dt.date]) -> None:
    """Hold the facts of these days no longer. A statement that runs still reads them."""
    with _ONE_AT_ONCE:
        for day in days:
            con.execute(f"delete from {_DAYS} where held = ?", [day])
        _show(con, held_days(con))
        for day in days:
            con.execute(f"drop table if exists {_name(day)}")


def held_days(con: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Return the days that are held, in order; the lake must be held."""
    return [
        day for (day,) in con.execute(f"select distinct held from {_DAYS} order by all").fetchall()
    ]


def _show(con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Have `lake.request_fact` read these days of memory.

    A statement about a day then reads its part alone: DuckDB sees that no row of the others can be
    of that day. Of `log_date <> ...` it does not where the day is given by two bounds.
    """
    parts = [f"select * from {_name(day)} where log_date = date '{day}'" for day in days]
    bounds = [None, *days, None]
    for after, before in pairwise(bounds):
        limits = [f"log_date > date '{after}'"] if after else []
        limits += [f"log_date < date '{before}'"] if before else []
        if after is None or before is None or (before - after).days > 1:
            parts.append(f"select * from {ON_DISK}.{_FACTS} where {' and '.join(limits) or 'true'}")
    con.execute(f"create or replace view lake.{_FACTS} as {' union all '.join(parts)}")


def _name(day: dt.date) -> str:
    return f"lake.held.{identifier(str(day))}"
