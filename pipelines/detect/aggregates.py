"""The daily aggregates that a day is judged against, read in place of the records of the past."""

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress

import duckdb

from pipelines import lake
from pipelines.paths import SQL_DIR

TABLES = (
    "session_user",
    "site_day",
    "site_hour",
    "user_day",
    "user_hour",
    "user_network_day",
    "user_agent_day",
    "subnet_day",
    "resource_day",
    "leak_day",
    "script_day",
    "peak_day",
)


def load_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the SQL functions that aggregates and detectors share known to a connection."""
    with suppress(duckdb.CatalogException):
        con.execute("select is_access(200)")
        return  # they are known, and to define them takes 15 ms
    con.execute((SQL_DIR / "macros.sql").read_text(encoding="utf-8"))


def refresh_aggregates(con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Compute the daily aggregates of the days anew from the lake's records."""
    load_macros(con)
    with lake.transaction(con):
        # What a spelling stands for is never changed afterwards: aggregates of other days have it.
        spelling = _query("user_alias")
        con.execute(f"insert into lake.user_alias by name {spelling}", {"days": list(days)})
        for table in TABLES:
            query = _query(table)
            con.execute(
                f"delete from lake.{table} where log_date in (select unnest(?))", [list(days)]
            )
            con.execute(f"insert into lake.{table} by name {query}", {"days": list(days)})


def refresh_stale_aggregates(
    con: duckdb.DuckDBPyConnection, days: Sequence[dt.date], clock: Callable[[], dt.datetime]
) -> None:
    """Compute anew the aggregates of these and earlier days that lines have changed since."""
    started = clock()
    rows = con.execute(
        """
        with changed as (
            select log_date, max(read_at) as read_at from lake.ledger_day group by log_date
            union all by name
            select unnest($days::date[]) as log_date, null as read_at
        ),
        refreshed as (
            select log_date, max(started_at) as started_at
            from lake.stage_run
            where stage = 'aggregate'
            group by log_date
        )
        select changed.log_date
        from changed
        left join refreshed on refreshed.log_date = changed.log_date
        where changed.log_date <= $last_day
            and (refreshed.started_at is null or refreshed.started_at < changed.read_at)
        group by changed.log_date
        order by changed.log_date
        """,
        {"days": list(days), "last_day": max(days)},
    ).fetchall()
    stale = [day for (day,) in rows]
    if stale:
        refresh_aggregates(con, stale)
        con.execute(
            "insert into lake.stage_run (stage, log_date, started_at, ended_at, status)"
            " select 'aggregate', unnest(?::date[]), ?, ?, 'done'",
            [stale, started, clock()],
        )


def _query(table: str) -> str:
    return (SQL_DIR / "baselines" / f"{table}.sql").read_text(encoding="utf-8")
