"""Files below the working folder whose time is over: reports, Airflow's logs, shell entries.

What people were sent, exported or delivered elsewhere is theirs to delete; the landing folder has
`landing.keep_days` (docs/fetch.md).
"""

import calendar
import datetime as dt
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from pipelines.paths import SQL_HISTORY, Home
from pipelines.private_files import write_whole
from pipelines.records import Records
from pipelines.records.evidence import note_removal
from pipelines.report.index import AUDITS, PAGE, WEEKS, write_index
from pipelines.retention.holds import Hold
from pipelines.retention.result import LetGo
from pipelines.settings.model import Settings

_DATA_DOCS = "data-docs"
_ENTRY = re.compile(r"^# (\d{4}-\d{2}-\d{2}) ")
_DAY_SECONDS = 86_400


def let_go_of_reports(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    night: dt.date,
    holds: Sequence[Hold],
    now: dt.datetime,
    *,
    is_dry_run: bool,
) -> Iterator[LetGo]:
    """Remove the reports of days and audits of months whose time is over; yield what goes.

    Whatever stands in a day's folder goes with it: pages, PDFs, worksheets, pages of shops. That
    it goes is on record before it does.
    """
    out = home.reports
    periods = settings.retention
    is_gone = False
    for kind, folder, day in _report_folders(out):
        keep_days = periods.findings_days if kind == "audits" else periods.reports_days
        if (night - day).days < keep_days or _is_held(con, holds, day):
            continue
        files = sum(path.is_file() for path in folder.rglob("*"))
        yield LetGo(kind, "deleted", 0, files, (day,))
        if not is_dry_run:
            note_removal(Records(home), home.root, [folder], now, f"retention of {night}")
            shutil.rmtree(folder)
            is_gone = True
    if is_gone and (out / PAGE).exists():
        write_index(out, settings.locale, settings.zone)


def _report_folders(out: Path) -> Iterator[tuple[str, Path, dt.date]]:
    """Each folder of reports with its kind and the last day that it is about."""
    for kind, parent in (("reports", out), ("data_docs", out / _DATA_DOCS)):
        for folder in sorted(parent.glob("[0-9]*-[0-9]*-[0-9]*")):
            day = _day(folder.name)
            if day is not None and folder.is_dir() and not folder.is_symlink():
                yield kind, folder, day
    for folder in sorted((out / WEEKS).glob("[0-9]*-W[0-9]*")):
        sunday = _day(f"{folder.name}-7")
        if sunday is not None and folder.is_dir() and not folder.is_symlink():
            yield "reports", folder, sunday
    for folder in sorted((out / AUDITS).glob("[0-9]*-[0-9]*")):
        first = _day(f"{folder.name}-01")
        if first is not None and folder.is_dir() and not folder.is_symlink():
            last = calendar.monthrange(first.year, first.month)[1]
            yield "audits", folder, first.replace(day=last)


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None


def _is_held(con: duckdb.DuckDBPyConnection, holds: Sequence[Hold], day: dt.date) -> bool:
    """Whether a hold covers a day's report: one on a person where that day has findings on it."""
    covering = [one for one in holds if one.covers_day(day)]
    if any(one.actor is None for one in covering):
        return True
    for one in covering:
        row = con.execute(
            "select 1 from lake.findings where date = ?"
            " and (actor = ? or contains(evidence::varchar, ?)) limit 1",
            [day, one.actor, one.actor],
        ).fetchone()
        if row is not None:
            return True
    return False


def let_go_of_airflow_logs(
    home: Home, keep_days: int, now: dt.datetime, *, is_dry_run: bool
) -> Iterator[LetGo]:
    """Remove Airflow's log files that nobody has written to for so many days; yield how many."""
    folder = home.airflow / "logs"
    latest = now.timestamp() - keep_days * _DAY_SECONDS
    old = [path for path in folder.rglob("*") if path.is_file() and path.lstat().st_mtime < latest]
    yield LetGo("airflow_logs", "deleted", 0, len(old))
    if old and not is_dry_run:
        for path in old:
            path.unlink(missing_ok=True)
        for path in sorted(folder.rglob("*"), key=lambda one: -len(one.parts)):
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()


def let_go_of_shell_entries(
    home: Home, keep_days: int, night: dt.date, *, is_dry_run: bool
) -> Iterator[LetGo]:
    """Remove what was entered at the SQL shell so many days ago: it may name persons."""
    for path in sorted(home.root.glob(f"{SQL_HISTORY}*")):
        if path.is_symlink():
            continue
        kept, gone, is_old = [], 0, False
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
            entry = _ENTRY.match(line)
            if entry is not None:
                day = _day(entry[1])
                is_old = day is not None and (night - day).days >= keep_days
                gone += is_old
            if not is_old:
                kept.append(line)
        yield LetGo("sql_history", "deleted", gone)
        if gone and not is_dry_run:
            write_whole(path, "".join(kept))
