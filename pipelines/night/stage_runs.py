"""The tool's own record of its use: one row of `lake.stage_run` per stage and day."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, SettingsError, UsageError
from pipelines.lake.place import place_of
from pipelines.lake.stored_messages import by_language
from pipelines.lake.turns import Turns, alone
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.time_limit import seconds_for_days, stage_limit

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Run:
    """A run of a stage for some days, as it is recorded."""

    settings: Settings
    stage: str
    days: Sequence[dt.date]
    started_at: dt.datetime
    clock: Clock


@contextmanager
def stage(
    settings: Settings,
    home: Home,
    name: str,
    days: Sequence[dt.date],
    clock: Clock,
    opening: lake.Opening,
    seconds: float | None = None,
    began_at: dt.datetime | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writer's connection, by `opening`, whose use is itself recorded, done or failed.

    What takes longer than so many seconds fails; by default than a stage of so many days may take.
    It has begun now, or earlier where other processes have done a part of it.
    """
    limit = seconds or seconds_for_days(settings.limits, len(days))
    lake.require(home)
    run = Run(settings, name, days, began_at or clock(), clock)
    with (
        opening(home, settings.timezone) as con,
        recorded(con, run),
        stage_limit(limit, name, con),
    ):
        yield con


@contextmanager
def stage_of_days(
    settings: Settings,
    home: Home,
    name: str,
    days: Sequence[dt.date],
    clock: Clock,
    opening: lake.Opening,
    began_at: dt.datetime | None = None,
    *,
    at_once: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A `stage` that reads the days one after another, with the threads that a day keeps busy.

    One that reads them `at_once` has those that all together keep busy.
    """
    with stage(settings, home, name, days, clock, opening, began_at=began_at) as con:
        row = con.execute(
            "select if($at_once, sum(records), max(records)) from ("
            " select sum(records) as records from lake.ledger_day"
            " where log_date in (select unnest($days::date[])) group by log_date)",
            {"days": list(days), "at_once": at_once},
        ).fetchone()
        lake.use_threads_for(con, int(row[0] or 0) if row else 0)
        yield con


@contextmanager
def recorded(
    con: duckdb.DuckDBPyConnection, run: Run, turns: Turns | None = None
) -> Iterator[None]:
    """Record in `lake.stage_run` how that which is done inside has ended, in a turn of its own."""
    fingerprint = hashlib.sha256(run.settings.model_dump_json().encode()).hexdigest()

    def note(status: str, message: str, texts: object) -> None:
        with alone(turns):
            con.execute(
                "insert into lake.stage_run select ?, unnest(?::date[]), ?, ?, ?, ?, ?, ?",
                [
                    *(run.stage, list(run.days), run.started_at, run.clock()),
                    *(status, message, fingerprint, texts),
                ],
            )

    try:
        yield
    except BaseException as error:
        is_failure = isinstance(error, Exception)
        failure: tuple[str, object] = (type(error).__name__ if is_failure else "", None)
        if isinstance(error, MimamoriError):
            failure = (str(error), by_language(next(iter(error.args), None)))
        with suppress(duckdb.Error, MimamoriError):  # what failed is what matters
            note("failed", *failure)
        raise
    note("done", "", None)


@contextmanager
def failure_on_record(
    settings: Settings, home: Home, started: dt.datetime, clock: Clock
) -> Iterator[None]:
    """Record a failure of ingest before it has opened the lake, where there is one.

    Wrong usage of the command is none: the work was not tried.
    """
    try:
        yield
    except MimamoriError as error:
        is_usage = isinstance(error, UsageError) and not isinstance(error, SettingsError)
        if is_usage or not place_of(home).has_catalog():
            raise
        day = started.astimezone(settings.zone).date()
        run = Run(settings, "ingest", (day,), started, clock)
        with lake.open_writer(home, settings.timezone) as con, recorded(con, run):
            raise error from None
