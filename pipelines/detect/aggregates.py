"""The daily aggregates that a day is judged against, read in place of the records of the past."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import duckdb

from pipelines import lake
from pipelines.paths import SQL_DIR
from pipelines.settings.context import JoinWindows

TABLES = (
    "session_user",
    "site_day",
    "site_field_day",
    "site_hour",
    "user_day",
    "user_subject_day",
    "user_hour",
    "user_network_day",
    "user_agent_day",
    "subnet_day",
    "resource_day",
    "leak_day",
    "script_day",
    "peak_day",
)
"""Those of users rest on the first."""
_SHARED = ("noted_request", "named_request", "profile_day")
_OF_SILENT_SITES_TOO = "site_day"
_DAY = dt.timedelta(days=1)
# Days whose aggregates are made at once: what several of them read is in memory meanwhile.
_RECORDS_AT_ONCE = 2_500_000
_WINDOWS = set(JoinWindows.model_fields)


def load_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the SQL functions that aggregates and detectors share known to a connection."""
    with suppress(duckdb.CatalogException):
        con.execute("select is_access(200)")
        return  # they are known, and to define them takes 15 ms
    con.execute((SQL_DIR / "macros.sql").read_text(encoding="utf-8"))


def refresh_aggregates(
    con: duckdb.DuckDBPyConnection, days: Sequence[dt.date], windows: JoinWindows | None = None
) -> None:
    """Compute the daily aggregates of the days anew from the lake's records.

    First the users whom service histories give to requests, joined within `windows`: all others
    count them.
    """
    load_macros(con)
    with lake.transaction(con):
        _join_services(con, list(days), windows or JoinWindows())
        records = _records_of(con, days)
        # What a spelling stands for is never changed afterwards: aggregates of other days have it.
        if records:
            spelling = _query("user_alias")
            con.execute(f"insert into lake.user_alias by name {spelling}", {"days": list(records)})
        for some in _batches(records, days):
            busy = {day: records[day] for day in some if day in records}
            with lake.threads_for(con, sum(busy.values())):
                _refresh(con, some, list(busy))


def gather(con: duckdb.DuckDBPyConnection, name: str, days: Sequence[dt.date]) -> None:
    """Make one of `sql/baselines/shared`, a temporary table that aggregates of the days read."""
    con.execute(_query(f"shared/{name}"), {"days": list(days)})


@contextmanager
def counting(
    con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]
) -> Iterator[Callable[[str, str, Sequence[dt.date]], None]]:
    """Give what adds to a table the rows of an aggregate of some of the days.

    What several aggregates read is made once, in memory, and dropped afterwards.
    """
    gathered: list[str] = []

    def add(into: str, table: str, some: Sequence[dt.date]) -> None:
        query = _query(table)
        for name in _SHARED:
            if name in query and name not in gathered:
                gather(con, name, days)
                gathered.append(name)
        # What reads the shared tables alone names no day, and what is not named cannot be bound.
        bound = {"days": list(some)} if "$days" in query else {}
        con.execute(f"insert into {into} by name {query}", bound)

    yield add
    for name in gathered:
        con.execute(f"drop table temp.{name}")


def _refresh(con: duckdb.DuckDBPyConnection, days: list[dt.date], busy: list[dt.date]) -> None:
    """Those of the days anew; `busy` are those of them with requests."""
    with counting(con, days) as add:
        for table in TABLES:
            con.execute(f"delete from lake.{table} where log_date in (select unnest(?))", [days])
            counted = days if table == _OF_SILENT_SITES_TOO else busy
            if counted:
                add(f"lake.{table}", table, counted)


def _records_of(con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dict[dt.date, int]:
    """How many records each of the days has that has any."""
    return dict(
        con.execute(
            "select log_date, count(*) from lake.request_fact"
            " where log_date in (select unnest(?::date[])) group by log_date order by log_date",
            [list(days)],
        ).fetchall()
    )


def _batches(records: dict[dt.date, int], days: Sequence[dt.date]) -> Iterator[list[dt.date]]:
    """Yield the days in groups of so many records, one day at least."""
    batch: list[dt.date] = []
    for day in days:
        if sum(records.get(one, 0) for one in (*batch, day)) > _RECORDS_AT_ONCE and batch:
            yield batch
            batch = []
        batch.append(day)
    if batch:
        yield batch


def _join_services(
    con: duckdb.DuckDBPyConnection, days: list[dt.date], windows: JoinWindows
) -> None:
    """Who the nameless requests of the days were, by the records of service histories."""
    reached = sorted({day + n * _DAY for day in days for n in (-1, 0, 1)})
    # Most lakes have no history, and to look for it costs less than to join nothing.
    if not con.execute(
        "select 1 from lake.service_record where log_date in (select unnest($reached::date[]))"
        " union all"
        " select 1 from lake.service_user where log_date in (select unnest($reached::date[]))"
        " limit 1",
        {"reached": reached},
    ).fetchall():
        return
    bound = {"days": days, "reached": reached}
    for table, more in (
        ("service_user", windows.model_dump(include=_WINDOWS)),
        ("service_day", {}),
    ):
        con.execute(f"delete from lake.{table} where log_date in (select unnest(?))", [days])
        con.execute(f"insert into lake.{table} by name {_query(table)}", {**bound, **more})
    lake.join_services(con)


def refresh_stale_aggregates(
    con: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    clock: Callable[[], dt.datetime],
    windows: JoinWindows | None = None,
) -> None:
    """Compute anew the aggregates of these and earlier days that lines have changed since.

    Records of service histories change the days with lines that they reach too.
    """
    started = clock()
    rows = con.execute(
        """
        with changed as (
            select log_date, max(read_at) as read_at from lake.ledger_day group by log_date
            union all by name
            select log_date, max(read_at) as read_at
            from lake.service_read_day
            where log_date in (select log_date from lake.ledger_day)
            group by log_date
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
            -- Of a day whose rows were deleted, what came late is not the day.
            and changed.log_date not in (
                select log_date from lake.removed_day where records > 0
            )
            and (refreshed.started_at is null or refreshed.started_at < changed.read_at)
        group by changed.log_date
        order by changed.log_date
        """,
        {"days": list(days), "last_day": max(days)},
    ).fetchall()
    stale = [day for (day,) in rows]
    if stale:
        refresh_aggregates(con, stale, windows)
        con.execute(
            "insert into lake.stage_run (stage, log_date, started_at, ended_at, status)"
            " select 'aggregate', unnest(?::date[]), ?, ?, 'done'",
            [stale, started, clock()],
        )


def _query(table: str) -> str:
    return (SQL_DIR / "baselines" / f"{table}.sql").read_text(encoding="utf-8")
