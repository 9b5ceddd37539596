"""Retention: everything below the working folder whose time is over is let go, with proof of it."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.findings import rfc3339
from pipelines.lake.erasure import Pending, erase_bytes, to_be_completed
from pipelines.lake.move_mark import require_no_move
from pipelines.normalise.columns import Types
from pipelines.paths import Home
from pipelines.privacy.epochs import EpochKeys
from pipelines.records import About, Act, Records, Series
from pipelines.retention import aggregates, dimensions, other_rows
from pipelines.retention.access_rows import Sums, let_go_of_rows, make_gone_tables
from pipelines.retention.airflow_rows import let_go_of_airflow_rows
from pipelines.retention.epochs import let_go_of_keys
from pipelines.retention.files import (
    let_go_of_airflow_logs,
    let_go_of_reports,
    let_go_of_shell_entries,
)
from pipelines.retention.holds import Hold, read_holds
from pipelines.retention.journal import Journal, Told
from pipelines.retention.periods import due_days, make_period_tables
from pipelines.retention.result import LetGo, Retained, merged
from pipelines.retention.waiting import make_waiting_tables
from pipelines.settings.model import Settings

# Each file of requests has rows of one day; the catalog knows how many of them have no epoch.
_FILES = """
select min(day.partition_value)::date
from __ducklake_metadata_lake.ducklake_data_file as file
inner join __ducklake_metadata_lake.ducklake_table as own
    on own.table_id = file.table_id and own.table_name = 'request_fact'
    and own.end_snapshot is null and file.end_snapshot is null
inner join __ducklake_metadata_lake.ducklake_file_partition_value as day
    on day.data_file_id = file.data_file_id
inner join __ducklake_metadata_lake.ducklake_column as epoch
    on epoch.table_id = own.table_id and epoch.column_name = 'pseudonym_epoch'
    and epoch.end_snapshot is null
left join __ducklake_metadata_lake.ducklake_file_column_stats as epochs
    on epochs.data_file_id = file.data_file_id and epochs.column_id = epoch.column_id
"""
_OLDEST = {
    "access_log": _FILES,
    # In a file that is older than the column, all rows are in clear.
    "access_log_in_clear": f"{_FILES} where coalesce(epochs.null_count, 1) > 0",
    "rejects": "select min(log_date) from lake.reject",
    "aggregates": "select min(log_date) from lake.user_day",
    "findings": "select min(date) from lake.findings",
}
_ACT: Types = {
    "done_at": pl.Datetime("us", "UTC"),
    "night": pl.Date,
    **dict.fromkeys(("kind", "act", "site_group"), pl.String),
    **dict.fromkeys(("first_day", "last_day"), pl.Date),
    **dict.fromkeys(("days", "rows", "files"), pl.UInt64),
}


@dataclass(frozen=True)
class _Run:
    con: duckdb.DuckDBPyConnection
    home: Home
    settings: Settings
    night: dt.date
    now: dt.datetime
    holds: Sequence[Hold]
    is_dry_run: bool


def retain(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    night: dt.date,
    now: dt.datetime,
    *,
    is_dry_run: bool = False,
) -> Retained:
    """Let go of what is past its time at the end of the day `night`; return what that was.

    `con` is a writer's connection, or a reader's for a dry run. Afterwards no byte of what went is
    left below the working folder, and `lake.retention_act` says what went.

    Raises:
        MimamoriError: a file cannot be removed or a key cannot be read, or a move of the lake is
            not complete.
    """
    if not is_dry_run:
        require_no_move(home)
    run = _Run(con, home, settings, night, now, read_holds(con), is_dry_run)
    load_macros(con)
    make_period_tables(con, settings)
    people = make_waiting_tables(con, settings.cases.half_life_days, night)
    make_gone_tables(con)
    sums = Sums()
    if is_dry_run:
        acts = merged(_acts(run, sums))
    else:
        journal = Journal(home)
        with to_be_completed(home, Pending.RETENTION) as broken_off:
            if broken_off is not None:
                dimensions.look_at_all(con)
            noted = journal.read()
            each = list(journal.noted(night, now, _acts(run, sums)))
            own = merged(each)
            # What is found again as it was had been noted and was not done.
            again = {act for act in each if act.days}
            earlier = [one for one in noted if one.act not in again]
            _record_earlier(run, earlier)
            _record(run, own)
            journal.clear()
            acts = merged((*(one.act for one in earlier), *own))
            _erase(run, acts, broken_off)
    return Retained(
        night, is_dry_run, acts, sums.waiting, people if sums.waiting else 0, sums.held, oldest(con)
    )


def oldest(con: duckdb.DuckDBPyConnection) -> dict[str, dt.date | None]:
    """Return the oldest day that is still there, by kind."""
    found = {}
    for kind, query in _OLDEST.items():
        ((found[kind],),) = con.execute(query).fetchall()
    return found


def _acts(run: _Run, sums: Sums) -> Iterator[LetGo]:
    con, night, holds, dry = run.con, run.night, run.holds, run.is_dry_run
    retention = run.settings.retention
    keys = EpochKeys(run.home)
    writing_keys = None if dry else keys
    days = due_days(con, run.settings, night)
    yield from let_go_of_rows(con, writing_keys, days, holds, retention.epoch_months, run.now, sums)
    yield from aggregates.let_go_of_aggregates(con, writing_keys, retention, night, holds)
    if not dry:
        yield from dimensions.let_go_of_values(con)
    yield from other_rows.let_go_of_rejects(con, night, holds, run.now, is_dry_run=dry)
    yield from other_rows.let_go_of_other_rows(con, retention, night, holds, is_dry_run=dry)
    yield from let_go_of_reports(con, run.home, run.settings, night, holds, run.now, is_dry_run=dry)
    yield from let_go_of_airflow_logs(run.home, retention.airflow_days, run.now, is_dry_run=dry)
    yield from let_go_of_airflow_rows(run.home, retention.airflow_days, run.now, is_dry_run=dry)
    yield from let_go_of_shell_entries(
        run.home, retention.pseudonymise_after_days, night, is_dry_run=dry
    )
    yield from let_go_of_keys(con, keys, retention, night, is_dry_run=dry)


def _record_earlier(run: _Run, told: Sequence[Told]) -> None:
    """Put on record what runs did that were broken off, under their own night and instant."""
    if not told:
        return
    since = min(one.done_at for one in told)
    chained = [
        (one.at, one.about)
        for one in Records(run.home).entries(Series.ERASURES, since)
        if one.what == "retention"
    ]
    for night, done_at in dict.fromkeys((one.night, one.done_at) for one in told):
        of_run = merged(one.act for one in told if (one.night, one.done_at) == (night, done_at))
        row = run.con.execute(
            "select 1 from lake.retention_act where night = ? and done_at = ? limit 1",
            [night, done_at],
        ).fetchone()
        if row is None:
            _record(replace(run, night=night, now=done_at), of_run, chained)


def _record(run: _Run, acts: Sequence[LetGo], chained: Collection[tuple[str, About]] = ()) -> None:
    """Put acts on record, of the chained records those that are not among them yet."""
    rows = [
        {
            "done_at": run.now,
            "night": run.night,
            "kind": one.kind,
            "act": one.act,
            "site_group": one.site_group,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "days": len(one.days),
            "rows": one.rows,
            "files": one.files,
        }
        for one in acts
    ]
    records = Records(run.home)
    for one in acts:
        about = {"night": run.night.isoformat()} | one.as_json()
        del about["rows"]
        if (rfc3339(run.now), about) in chained:
            continue
        records.append(Series.ERASURES, Act("retention", about, one.rows), run.now)
    if rows:  # last, as by these a later run knows that all is on record
        lake.insert_frame(run.con, "retention_act", pl.DataFrame(rows, schema=_ACT))


def _erase(run: _Run, acts: Sequence[LetGo], broken_off: Pending | None) -> None:
    """Take the bytes away: of deleted rows, of earlier states, and in the catalog.

    Where the erasure of a person was broken off, no earlier state stays.
    """
    keep_days = run.settings.retention.snapshot_days
    if broken_off is Pending.ERASURE:
        keep_days = 0
    if keep_days or broken_off is not None or any(one.rows for one in acts):
        erase_bytes(run.con, run.home, run.now, keep_days)
