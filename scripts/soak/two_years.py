"""Two years of small nights: what a night takes, and what grows with the years.

Of the nights of four weeks one is whole; the others read and aggregate, but judge and report
nothing, as no more than some rows of results would come of it. At every seventy-third night it is
measured: that night, whole and as a process of its own, files and bytes, rows, and how long people
wait. A row is written as soon as it is measured, so that a run that is broken off goes on.
"""

import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import Outcome, measured
from bench.plan import require
from targets import table

from pipelines import lake
from pipelines.detect.aggregates import TABLES
from pipelines.lake.place import place_of
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.report.index import render_index
from pipelines.settings.load import load
from pipelines.settings.retention import Retention
from pipelines.text.words import Words
from soak.nights import SETTINGS, night_after

LAST_DAY = dt.date(2026, 11, 27)
EVERY = 73
_WHOLE_EVERY = 28
_SAVED = ("findings-by-week", "nights", "open-findings", "silent-sites")
_QUERY = (
    "select user_id, count(*) from lake.access_log where log_date >= date '{day}' - 7"
    " group by all order by all"
)


@dataclass(frozen=True)
class Point:
    """What was measured after a night; seconds are of CPU, `peak_mb` of the night's process."""

    night: int
    day: str
    night_seconds: float
    warm_seconds: float
    peak_mb: int
    lake_files: int
    lake_kb: int
    catalog_kb: int
    snapshots: int
    landing_files: int
    report_files: int
    records: int
    aggregate_rows: int
    other_rows: int
    findings: int
    index_seconds: float
    list_seconds: float
    cases_seconds: float
    sql_seconds: float
    saved_seconds: float
    rows: dict[str, int]


def play(folder: Path, nights: int, every: int = EVERY) -> list[Point]:
    """Play so many nights up to LAST_DAY, go on where an earlier run was; return all points."""
    home, kept = Home(folder / "var"), folder / "points.jsonl"
    home.logs.mkdir(parents=True, exist_ok=True)
    points = _kept(kept)
    done = points[-1].night if points else 0
    for first in range(done, nights, every):
        count = min(every, nights - first)
        day = LAST_DAY - dt.timedelta(days=nights - first - 1)
        costs = _warm_nights(home, day, count - 1)
        last = day + dt.timedelta(days=count - 1)
        point = _measured(home, first + count, last, costs)
        points.append(point)
        with kept.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(point)) + "\n")
        print(table_of(points), flush=True)
    return points


def _kept(path: Path) -> list[Point]:
    if not path.exists():
        return []
    return [Point(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _warm_nights(home: Home, first: dt.date, count: int) -> list[float]:
    """CPU seconds of the nights, one after another in a process."""
    if not count:
        return []
    played = _nights(home, first, count, _WHOLE_EVERY).output.splitlines()
    costs = [json.loads(line) for line in played]
    return [one["cpu_seconds"] for one in costs if one["is_whole"]]


def _nights(home: Home, first: dt.date, count: int, whole_every: int = 1) -> Outcome:
    command = (
        *(sys.executable, "-m", "soak.nights", home.root, str(first), str(count)),
        *("--whole-every", str(whole_every)),
    )
    return require(measured(command, PROJECT_ROOT / "scripts"), "soak.nights")


def _measured(home: Home, night: int, day: dt.date, costs: list[float]) -> Point:
    whole = _nights(home, day, 1).cost
    options = ("--config", SETTINGS, "--home", home.root)
    settings = load(SETTINGS)
    with lake.open_reader(home, settings.timezone) as con:
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = 'lake' order by all"
        ).fetchall()
        rows = {
            name: int(con.execute(f"select count(*) from lake.{name}").fetchall()[0][0])
            for (name,) in tables
        }
        [(snapshots,)] = con.execute("select count(*) from ducklake_snapshots('lake')").fetchall()
    data = list(place_of(home).files())
    before = time.process_time()
    render_index(home.reports, Words("ja", settings.zone))
    index = time.process_time() - before
    return Point(
        night=night,
        day=str(day),
        night_seconds=round(whole.cpu_seconds, 2),
        warm_seconds=round(statistics.median(costs), 2) if costs else 0.0,
        peak_mb=whole.peak_bytes // 1_000_000,
        lake_files=len(data),
        lake_kb=sum(one.size for one in data) // 1024,
        catalog_kb=home.catalog.stat().st_size // 1024,
        snapshots=snapshots,
        landing_files=_files(home.logs),
        report_files=_files(home.reports),
        records=rows["request_fact"],
        aggregate_rows=sum(rows[name] for name in TABLES),
        other_rows=sum(rows.values()) - rows["request_fact"] - sum(rows[name] for name in TABLES),
        findings=rows["findings"],
        index_seconds=round(index, 3),
        list_seconds=_process(day, *options, "findings", "list", "--date", str(day)),
        cases_seconds=_process(day, *options, "cases", "list"),
        sql_seconds=_process(day, *options, "sql", _QUERY.format(day=day)),
        saved_seconds=round(
            sum(_process(day, *options, "sql", "--saved", name) for name in _SAVED), 2
        ),
        rows=rows,
    )


def _process(day: dt.date, *arguments: str | Path) -> float:
    """CPU seconds of a command in the night after a day."""
    command = [sys.executable, "-m", "soak.process", "--now", str(night_after(day)), "--"]
    outcome = measured([*command, *arguments], PROJECT_ROOT / "scripts")
    cost = require(outcome, " ".join(map(str, arguments[4:]))).cost
    return round(cost.cpu_seconds, 2)


def _files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


_COLUMNS = {
    "night": "夜 / night",
    "night_seconds": "一晩 / a night, s",
    "peak_mb": "メモリ / memory, MB",
    "lake_files": "レイクのファイル / files of the lake",
    "lake_kb": "レイク / lake, kB",
    "catalog_kb": "カタログ / catalog, kB",
    "records": "記録 / records",
    "aggregate_rows": "集計の行 / rows of aggregates",
    "other_rows": "ほかの行 / other rows",
    "report_files": "報告書のファイル / files of reports",
    "landing_files": "届いたファイル / delivered files",
    "index_seconds": "一覧 / list of reports, s",
    "list_seconds": "`findings list`, s",
    "cases_seconds": "`cases list`, s",
    "sql_seconds": "`sql`, s",
    "saved_seconds": "`sql --saved` × 4, s",
}


def table_of(points: Sequence[Point]) -> str:
    """Return what was measured as a table in Markdown."""
    rows = [[_cell(getattr(one, name)) for name in _COLUMNS] for one in points]
    return table(list(_COLUMNS.values()), rows)


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def growing(points: Sequence[Point]) -> list[str]:
    """Return what grew from the first point to the last though nothing requires it to.

    Rows, and the bytes that they take, are as many as the nights that are kept, and each day that
    is kept has a file of its own. Other files, states of the lake, and what a night or a question
    takes do not follow the nights: more than twice as much as after the first point is too much.
    """
    first, last = points[0], points[-1]
    figures = {name: (getattr(first, name), getattr(last, name)) for name in _FLAT}
    figures["files beside those of days"] = (_other_files(first), _other_files(last))
    return [
        f"{name}: {before} after {first.night} nights, {after} after {last.night}"
        for name, (before, after) in figures.items()
        if after > 2 * max(before, _LEAST.get(name, 0))
    ]


def _other_files(point: Point) -> int:
    return point.lake_files - min(point.night, Retention().access_log_days)


_FLAT = (
    "night_seconds", "peak_mb", "snapshots", "landing_files", "list_seconds", "cases_seconds",
    "sql_seconds", "saved_seconds",
)  # fmt: skip
# At first there are fewer than there will be: nothing is let go of, no delivered file is removed.
_LEAST = {"files beside those of days": 200, "snapshots": 700, "landing_files": 74}
