"""From lines a day to bytes, files, load of the catalog, workers and money, by straight lines.

Each constant is worked out of the measured points (`measured.yaml`); what none of them tells is a
named assumption. tests/test_scaling.py compares the model with all points.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
MILLION = 1_000_000
DAYS = 730
"""Two years are kept."""
NIGHT_HOURS = 3.0
"""Of a night until its report, by 06:00; reading and detection share it."""
WORKER_CORES = 2
LARGEST_PART = 0.5
"""Share of the largest part of detection in all of it: an assumption, not measured."""
MERGED_FILE_MB = 512.0
"""What DuckLake merges small files into."""
FILES_A_CLAIM_MB = 64.0
"""Compressed log files that a worker commits together (pipelines/ingest/in_turns.py)."""
READS_A_FILE = 30
"""Range requests that read one data file in a night: an assumption, not measured."""
MERGED_TABLES = 60
"""Tables that have a file each, once a week's small files are merged."""
MONTHLY_TABLES = 6
"""Aggregates of users, partitioned by month in `sql/schema`; the facts are by day."""
DATABASE_GB = 4.0
"""Of catalog for which one more core of the database is counted: an assumption, not measured."""
_SECONDS = 3600.0
_MONTH_DAYS = 30.0


@dataclass(frozen=True)
class Point:
    """One measurement of `mimamori ingest` of a day."""

    workers: int
    lines: int
    log_files: int
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    data_files: int
    data_mb: float
    snapshots: int
    transactions: int
    catalog_mb: float


@dataclass(frozen=True)
class Night:
    """One measurement of a whole night in a working folder, and the part that reading took."""

    lines: int
    cpu_seconds: float
    ingest_cpu_seconds: float


@dataclass(frozen=True)
class Constants:
    """What the points say of one process, of each line, commit and file."""

    cpu_start: float
    cpu_million: float
    cpu_worker: float
    stages_million: float
    data_mb_million: float
    catalog_kb_file: float
    transactions_commit: float
    transactions_waiting: float
    files_commit: float


@dataclass(frozen=True)
class Size:
    """What so many lines a day take, each day of two years being like it."""

    lines: int
    rows: int
    data_gb: float
    files_a_night: int
    files: int
    catalog_gb: float
    transactions_a_night: int
    cpu_hours: float
    workers: int
    detection_hours: float
    dollars_a_month: float


@cache
def measured() -> tuple[tuple[Point, ...], Night]:
    """Return the points, those of the same lines and fewer workers first, and the night."""
    found = yaml.safe_load((_FOLDER / "measured.yaml").read_text(encoding="utf-8"))
    points = [Point(**one) for one in found["ingest"]]
    points.sort(key=lambda one: (one.lines, one.workers))
    return tuple(points), Night(**found["night"])


@cache
def prices() -> dict[str, Any]:
    """Return the prices and their day."""
    return dict(yaml.safe_load((_FOLDER / "prices.yaml").read_text(encoding="utf-8")))


@cache
def constants() -> Constants:
    """Work the constants out of the points."""
    points, night = measured()
    alone = [one for one in points if one.workers == 1]
    several = [one for one in points if one.workers > 1]
    small, large = alone[0], alone[-1]
    cpu_million = (large.cpu_seconds - small.cpu_seconds) / (large.lines - small.lines) * MILLION
    per_commit = _mean([one.transactions / one.snapshots for one in alone])
    return Constants(
        cpu_start=large.cpu_seconds - cpu_million * large.lines / MILLION,
        cpu_million=cpu_million,
        # What each further worker adds to the same lines.
        cpu_worker=_mean(
            [(one.cpu_seconds - large.cpu_seconds) / (one.workers - 1) for one in several]
        ),
        stages_million=(night.cpu_seconds - night.ingest_cpu_seconds) / night.lines * MILLION,
        data_mb_million=_mean([one.data_mb / (one.lines / MILLION) for one in points]),
        catalog_kb_file=_mean([one.catalog_mb * 1000 / one.data_files for one in points]),
        transactions_commit=per_commit,
        # Each second of a further worker, which looks whether it may claim a site, or write.
        transactions_waiting=_mean(
            [
                (one.transactions - per_commit * one.snapshots)
                / (one.wall_seconds * (one.workers - 1))
                for one in several
            ]
        ),
        files_commit=_mean([one.data_files / one.snapshots for one in points]),
    )


def ingest_cpu(lines: int, workers: int) -> float:
    """Return CPU seconds of reading so many lines with so many workers."""
    own = constants()
    return own.cpu_start + own.cpu_million * lines / MILLION + own.cpu_worker * (workers - 1)


def data_mb(lines: int) -> float:
    """Return megabytes of data of so many lines."""
    return constants().data_mb_million * lines / MILLION


def transactions(snapshots: int, workers: int, wall_seconds: float) -> float:
    """Return transactions of the database of so many commits, by workers that took so long."""
    waiting = constants().transactions_waiting * wall_seconds * (workers - 1)
    return constants().transactions_commit * snapshots + waiting


def catalog_mb(files: int) -> float:
    """Return megabytes of the catalog that names so many files."""
    return constants().catalog_kb_file * files / 1000


def sized(lines: int) -> Size:
    """Return what so many lines a day take."""
    own = constants()
    stages = own.stages_million * lines / MILLION
    day_mb = data_mb(lines)
    commits = max(_commits_at_least(), math.ceil(day_mb / FILES_A_CLAIM_MB))
    files_a_night = round(commits * own.files_commit)
    files = (
        DAYS * math.ceil(day_mb / MERGED_FILE_MB)
        + MONTHLY_TABLES * math.ceil(DAYS / _MONTH_DAYS)
        + MERGED_TABLES
        + 7 * files_a_night  # of the week that is not merged yet
    )
    workers, needed = 1, 0.0
    for _ in range(20):  # each worker costs something, too
        needed = (ingest_cpu(lines, workers) + stages) / _SECONDS
        workers = max(1, math.ceil(needed / (NIGHT_HOURS * WORKER_CORES)))
    reading = ingest_cpu(lines, workers) / (workers * WORKER_CORES)
    catalog_gb = catalog_mb(files) / 1000
    return Size(
        lines,
        lines * DAYS,
        day_mb * DAYS / 1000,
        files_a_night,
        files,
        catalog_gb,
        round(transactions(commits, workers, reading)),
        needed,
        workers,
        stages * LARGEST_PART / WORKER_CORES / _SECONDS,
        _dollars(day_mb * DAYS / 1000, files_a_night, needed, catalog_gb),
    )


def _dollars(data_gb: float, files_a_night: int, cpu_hours: float, catalog_gb: float) -> float:
    """Dollars a month, with two years of data."""
    cost = prices()
    requests = files_a_night * _MONTH_DAYS / 1000
    return float(
        data_gb * cost["storage_gb_month"]
        + requests * cost["writes_1000"]
        + requests * READS_A_FILE * cost["reads_1000"]
        + cpu_hours * _MONTH_DAYS * cost["core_hour"]
        + cost["database_month"]
        + math.floor(catalog_gb / DATABASE_GB) * cost["database_core_month"]
    )


def _commits_at_least() -> int:
    """Commits of a small night."""
    return min(one.snapshots for one in measured()[0])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
