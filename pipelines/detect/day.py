"""The tables of a day: in memory, read by every detector, made once for all of them.

`day_request` has the day's rows about persons, `web_source` its web attacks by address,
`calendar_day` the kind of every day of the history, `user_franchise` the shop that a user's id
names, `site_state` which sites should have sent lines, `blind_site` those on which detectors can
find nothing (of the night, else empty), `past.*` the aggregates of the history out of `cached.*`,
`today.request_fact` the facts of the day, `excluded_days` the days of open cases and `aside_day`
those set aside by data-quality checks, which are left out of every baseline, not of
what adds up over the last days. Users are persons: all
accounts of one are one user, by the directory.
"""

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.detect.aggregates import TABLES, load_macros
from pipelines.detect.jobs import AT_ONCE, Job, Names, run_jobs
from pipelines.detect.parts import reads_any, scripts_of
from pipelines.detect.scripts import drop_tables, run_sql_file, script_job, tables_of
from pipelines.detect.web.day import SIGNAL_TABLES, read_signals
from pipelines.detect.web.families import web_families
from pipelines.detect.web.judge import MIXED
from pipelines.detect.web.signatures import STRONG
from pipelines.enrich.users import shop_of
from pipelines.errors import without_words
from pipelines.lake import (
    can_hold,
    held_days,
    hold_day,
    is_small_day,
    make_table,
    release_days,
    retried_without_limit,
)
from pipelines.paths import SQL_DIR
from pipelines.settings.calendar import working_days
from pipelines.settings.model import Settings
from pipelines.settings.retention import HISTORY_DAYS

log = logging.getLogger(__name__)

DAY_TABLES = SQL_DIR / "day"
_ASIDE = "aside.sql"
_FRANCHISES = "user_franchise"
_WITHOUT_ASIDE = (
    " anti join aside_day"
    " on aside_day.site_id = kept.site_id and aside_day.log_date = kept.log_date"
)
# Where people came from and with what, at all sites together.
_OF_ALL_SITES = ("user_network_day", "user_agent_day")
EXCLUSION_DAYS = 28
_MONTH_END_DAYS = 3
_BOUND = re.compile(r"\$([a-z_]+)")


def day_scripts() -> tuple[Path, ...]:
    """Return the SQL files that make tables of the day."""
    return tuple(sorted(DAY_TABLES.rglob("*.sql")))


def tables_of_scripts() -> set[str]:
    """Return the names of the tables of the day that SQL files make."""
    return tables_of(day_scripts())


def day_parameters(settings: Settings, day: dt.date) -> dict[str, Any]:
    """Return the values that any query about `day` may bind, by name."""
    first = day - dt.timedelta(days=HISTORY_DAYS)
    hours = settings.business_hours
    return {
        "date": day,
        "history_from": first,
        "exclusion_days": EXCLUSION_DAYS,
        "dormant_days": settings.dormant_days,
        "working_days": working_days(hours, first, day),
        "business_from_minute": hours.from_.hour * 60 + hours.from_.minute,
        "business_to_minute": hours.to.hour * 60 + hours.to.minute,
        "web_strong": STRONG,
        "web_mixed": MIXED,
        "day_begins_at": dt.datetime.combine(day, dt.time(), settings.zone),
        "day_ends_at": dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), settings.zone),
    }


def bound_names(query: str) -> set[str]:
    """Return the names of the parameters that a query binds."""
    return set(_BOUND.findall(query))


def make_day_tables(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    part: str | None = None,
) -> dict[str, Any]:
    """Make the tables of `day`, in place of those of another day: those of one part, or all.

    Those of the context and the cache must stand (`context.make_context_tables`,
    `cache.cache_lake`), and `site_state` of the day (`make_blind_sites` makes it too). Returns the
    `day_parameters`.
    """
    work = day_work(con, settings, day, part)
    run_jobs(work.jobs, AT_ONCE if work.is_small else 1)
    return work.values


@dataclass(frozen=True)
class DayWork:
    """What makes the tables of a day: its jobs, and the `day_parameters`.

    Those of a small day keep one processor busy each, so that several can run at once.
    """

    values: dict[str, Any]
    jobs: list[Job]
    is_small: bool


def day_work(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    part: str | None = None,
) -> DayWork:
    """Return what makes the tables of `day`, see `make_day_tables`."""
    load_macros(con)
    con.execute(_BLIND_SITES)
    values = day_parameters(settings, day)
    scripts = day_scripts() if part is None else scripts_of(part, day_scripts())
    reads_texts = part is None or reads_any(part, scripts, SIGNAL_TABLES)
    is_small = is_small_day(con, day)

    def job(
        text: str, makes: Iterable[str], make: Callable[[duckdb.DuckDBPyConnection], object]
    ) -> Job:
        return Job.on_cursor(con, Names(text, frozenset(makes)), make)

    def calendar(con: duckdb.DuckDBPyConnection) -> None:
        make_table(con, "calendar_day", _calendar(settings, values["history_from"], day))

    jobs = [
        job("cached", ["past", "aside_day"], lambda con: make_past(con, values)),
        job("cached", ["today"], lambda con: _make_today(con, day, is_small=is_small)),
        job("", ["calendar_day"], calendar),
        # Half of that work is Python's, so the tables that need none of it are made meanwhile.
        job(
            "today",
            [*SIGNAL_TABLES, "web_family"],
            lambda con: _make_web_tables(con, settings, reads_texts=reads_texts),
        ),
        *(
            script_job(con, values, path, settings.limits.detector_seconds)
            for path in scripts
            if path != DAY_TABLES / _ASIDE
        ),
    ]
    if part is None or reads_any(part, scripts, [_FRANCHISES]):
        jobs.append(job(_ACCOUNTS, [_FRANCHISES], lambda con: _name_franchises(con, settings)))
    return DayWork(values, jobs, is_small)


def drop_day_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the tables of a day and the cache: they take most of the memory of a night."""
    for schema in ("past", "today", "cached"):
        con.execute(f"drop schema if exists {schema} cascade")
    drop_tables(con, tables_of_scripts() | {*SIGNAL_TABLES, "web_family"})


def _make_today(con: duckdb.DuckDBPyConnection, day: dt.date, *, is_small: bool) -> None:
    """Make the view `today.request_fact`, the facts of `day`.

    Where the lake is held in memory, so are they if they are few, in place of those of other days.
    """
    facts = f"lake.request_fact where log_date = date '{day}'"
    if is_small and can_hold(con):
        facts = hold_day(con, day)
        release_days(con, [one for one in held_days(con) if one != day])
    con.execute("drop schema if exists today cascade")
    con.execute("create schema today")
    con.execute(f"create view today.request_fact as select * from {facts}")


def _make_web_tables(
    con: duckdb.DuckDBPyConnection, settings: Settings, *, reads_texts: bool
) -> None:
    """Make the tables of what the texts of the day hold; of nothing when they cannot be judged."""
    signals: dict[str, pl.DataFrame] = {}
    try:
        if reads_texts:
            signals = retried_without_limit(con, lambda: read_signals(con))
    except Exception as error:  # noqa: BLE001 - whatever a client sent
        log.error("texts of the day cannot be judged: %s", without_words(error))  # noqa: TRY400
    for name, frame in signals.items():
        make_table(con, name, frame)
    drop_tables(con, set(SIGNAL_TABLES) - signals.keys())  # of another day
    make_table(con, "web_family", web_families(con, settings))


def make_past(con: duckdb.DuckDBPyConnection, values: Mapping[str, Any]) -> None:
    """Views `past.*`: the history of each cached daily aggregate, without the days set aside.

    `values` are the `day_parameters`. A view binds no parameter, so that the dates stand in it;
    DuckDB then reads those days alone.
    """
    run_sql_file(con, values, DAY_TABLES / _ASIDE)
    row = con.execute("select exists (from aside_day)").fetchone()
    without = _WITHOUT_ASIDE if row is not None and row[0] else ""
    first, last = values["history_from"], values["date"] - dt.timedelta(days=1)
    con.execute("create schema if not exists past")
    for table in TABLES:
        con.execute(
            f"create or replace view past.{table} as select kept.* from cached.{table} as kept"
            f"{'' if table in _OF_ALL_SITES else without}"
            f" where kept.log_date between date '{first}' and date '{last}'"
        )


def _calendar(settings: Settings, first: dt.date, last: dt.date) -> pl.DataFrame:
    """One row per day: weekday (1 Monday), working day, one of the month's last working days."""
    ahead = dt.timedelta(days=31)
    open_days = set(working_days(settings.business_hours, first, last + ahead))
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]

    def is_month_end(day: dt.date) -> bool:
        later = (day + dt.timedelta(days=n) for n in range(1, 32))
        left = sum(other in open_days and other.month == day.month for other in later)
        return day in open_days and left < _MONTH_END_DAYS

    return pl.DataFrame(
        {
            "log_date": days,
            "weekday": [day.isoweekday() for day in days],
            "is_working_day": [day in open_days for day in days],
            "is_month_end": [is_month_end(day) for day in days],
        }
    )


# What rests on the detectors is judged above them, before they run.
_BLIND_SITES = """
create table if not exists blind_site (site_id varchar, detectors varchar[], lacks varchar[])
"""

_ACCOUNTS = """
select distinct
    day_request.user_id, coalesce(person.user_id, day_request.user_id) as account, site.franchise
from day_request
left join context_person as person on person.usual_id = day_request.user_id
left join cached.site as site on site.site_id = person.site_id
where day_request.user_type = 'franchise'
"""


def _name_franchises(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Table `user_franchise`: the shops of the day's users, by the directory, else by their ids."""
    named = {
        (user, shop)
        for user, account, franchise in con.execute(_ACCOUNTS).fetchall()
        if (shop := franchise or shop_of(account, settings.user_types)) is not None
    }
    rows = [{"user_id": user, "franchise": shop} for user, shop in sorted(named)]
    schema = {"user_id": pl.String, "franchise": pl.String}
    make_table(con, _FRANCHISES, pl.DataFrame(rows, schema=schema))
