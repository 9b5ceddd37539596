"""What the lake says about itself: counts, instants and sizes, nothing about persons."""

import datetime as dt
from collections.abc import Iterable, Iterator

import duckdb
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pipelines.lake.growth import disk_full_at, growth_of
from pipelines.lake.place import place_of
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.sites.state import last_examined_day, site_statuses

_READ = """
select site_id, sum(lines)::bigint, sum(rejects)::bigint, epoch(max(last_time))
from lake.ledger group by site_id order by site_id
"""
_FILES = """
select
    count(*) filter (status in ('read', 'renamed', 'duplicate')),
    count(*) filter (status = 'put_aside'), count(*) filter (status = 'unreadable')
from (select arg_max(status, read_at) as status from lake.ledger group by path)
"""
# The last run of each stage, its last good one, and the last good one's day.
_STAGES = """
select
    stage, epoch(max(ended_at)) as ended_at,
    epoch(max(ended_at) filter (status = 'done')) as done_at,
    arg_max(epoch(ended_at - started_at), ended_at) as seconds,
    arg_max(status, ended_at) <> 'done' as has_failed,
    max(log_date) filter (status = 'done') as last_day
from lake.stage_run group by stage order by stage
"""
_FINDINGS = """
select severity, status, count(*) from lake.findings group by severity, status order by all
"""
_CASES = """
select count(distinct case_id), min(date)
from lake.findings where status in ('new', 'acknowledged') and case_id is not null
"""
_FAILED_CHECKS = """
select count(*) filter (not success) from lake.check_result
where log_date = (select max(log_date) from lake.check_result)
"""
_FILES_OF_LAKE = "select sum(file_count), sum(file_size_bytes) from ducklake_table_info('lake')"
_SNAPSHOTS = "select count(*) from __ducklake_metadata_lake.ducklake_snapshot"


def of_lake(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, now: dt.datetime
) -> Iterator[Metric]:
    """Yield what the lake counts; instants are in seconds since 1970 UTC, sizes in bytes.

    A day stands for its beginning in the configured zone.
    """
    yield from _reading(con)
    yield from _sites(con, settings, now)
    yield from _stages(con, settings)
    yield from _outcome(con, settings)
    yield from _size(con, home)
    yield from _growth(con, home, settings, now)


def _reading(con: duckdb.DuckDBPyConnection) -> Iterator[Metric]:
    lines = CounterMetricFamily(
        "mimamori_lines_read", "Lines read, whatever became of them.", labels=["site"]
    )
    rejects = CounterMetricFamily(
        "mimamori_lines_rejected", "Lines that could not be read.", labels=["site"]
    )
    last = GaugeMetricFamily(
        "mimamori_site_last_record_timestamp_seconds",
        "Time of the latest record of a site.",
        labels=["site"],
    )
    for site, read, rejected, last_time in con.execute(_READ).fetchall():
        lines.add_metric([site], read)
        rejects.add_metric([site], rejected)
        if last_time is not None:
            last.add_metric([site], last_time)
    yield from (lines, rejects, last)
    files = GaugeMetricFamily(
        "mimamori_files", "Log files by what became of them.", labels=["state"]
    )
    counts = con.execute(_FILES).fetchone() or (0, 0, 0)
    for state, count in zip(("read", "put_aside", "unreadable"), counts, strict=True):
        files.add_metric([state], count)
    yield files


def _sites(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime
) -> Iterator[Metric]:
    """The sites on the last examined day, as `sites list` has them."""
    found = site_statuses(con, settings, last_examined_day(con, settings, now))
    sites = GaugeMetricFamily(
        "mimamori_sites",
        "Sites by state on the last day that was examined.",
        labels=["state"],
    )
    for state in ("in", "partial", "missing", "never", "unlisted", "closed"):
        sites.add_metric([state], sum(one.state == state for one in found))
    missing = sum(one.is_missing for one in found)
    yield sites
    yield GaugeMetricFamily(
        "mimamori_sites_missing", "Sites that should have sent lines and sent none.", value=missing
    )


def _stages(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Metric]:
    ended, done, seconds, failed, last_day = (
        GaugeMetricFamily(f"mimamori_stage_{name}", text, labels=["stage"])
        for name, text in (
            ("last_end_timestamp_seconds", "When a stage last ended, well or not."),
            ("last_success_timestamp_seconds", "When a stage last ended well."),
            ("last_duration_seconds", "How long the last run of a stage took."),
            ("failed", "1 where the last run of a stage failed."),
            ("last_day_timestamp_seconds", "The latest day for which a stage ended well."),
        )
    )
    for stage, ended_at, done_at, duration, has_failed, day in con.execute(_STAGES).fetchall():
        ended.add_metric([stage], ended_at)
        seconds.add_metric([stage], duration)
        failed.add_metric([stage], has_failed)
        if done_at is not None:
            done.add_metric([stage], done_at)
        if day is not None:
            last_day.add_metric([stage], _begin(day, settings))
    yield from (ended, done, seconds, failed, last_day)


def _outcome(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Metric]:
    findings = GaugeMetricFamily(
        "mimamori_findings",
        "Findings that are kept, by severity and status.",
        labels=["severity", "status"],
    )
    for severity, status, count in con.execute(_FINDINGS).fetchall():
        findings.add_metric([severity, status], count)
    yield findings
    cases, oldest = con.execute(_CASES).fetchone() or (0, None)
    yield GaugeMetricFamily("mimamori_open_cases", "Cases with open findings.", value=cases)
    if oldest is not None:
        yield GaugeMetricFamily(
            "mimamori_oldest_open_case_timestamp_seconds",
            "Day of the oldest finding that is still open.",
            value=_begin(oldest, settings),
        )
    (failures,) = con.execute(_FAILED_CHECKS).fetchone() or (0,)
    yield GaugeMetricFamily(
        "mimamori_failed_checks",
        "Data-quality checks that failed for the last day that was checked.",
        value=failures,
    )


def _size(con: duckdb.DuckDBPyConnection, home: Home) -> Iterator[Metric]:
    files, size = con.execute(_FILES_OF_LAKE).fetchone() or (0, 0)
    (snapshots,) = con.execute(_SNAPSHOTS).fetchone() or (0,)
    sizes: Iterable[tuple[str, str, float]] = (
        ("data_bytes", "Size of the lake's data files.", size or 0),
        ("data_files", "The lake's data files.", files or 0),
        ("snapshots", "Snapshots that can be asked for.", snapshots),
        ("catalog_bytes", "Size of the lake's catalog.", place_of(home).catalog_bytes()),
    )
    for name, text, value in sizes:
        yield GaugeMetricFamily(f"mimamori_lake_{name}", text, value=value)


def _growth(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, now: dt.datetime
) -> Iterator[Metric]:
    growth = growth_of(con, now, settings.retention.access_log_days, settings.landing.keep_days)
    if growth is None:
        return
    yield GaugeMetricFamily(
        "mimamori_lake_growth_bytes", "Bytes that a day adds to the lake.", growth.lake_bytes
    )
    yield GaugeMetricFamily(
        "mimamori_landing_growth_bytes",
        "Bytes of delivered logs that a day adds and nothing removes.",
        growth.landing_bytes,
    )
    full = disk_full_at(growth, home, now)
    if full is not None:
        yield GaugeMetricFamily(
            "mimamori_disk_full_timestamp_seconds",
            "When the disk is full if the last 28 days go on; left out where it never is.",
            full.timestamp(),
        )


def _begin(day: dt.date, settings: Settings) -> float:
    return dt.datetime.combine(day, dt.time(), settings.zone).timestamp()
