"""Writes the pages of weeks that are over, in both languages, beside the reports of the days."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from pipelines.private_files import private_folder, write_whole
from pipelines.report.index import WEEKS as FOLDER
from pipelines.report.index import days_in, weeks_in
from pipelines.report.weekly.facts import WEEKS, monday_of, week_name
from pipelines.report.weekly.gather import gather_week
from pipelines.report.weekly.page import render_week
from pipelines.settings.model import Settings
from pipelines.text.words import LANGUAGES, Words

_SUNDAY = dt.timedelta(days=6)
_DAY = dt.timedelta(days=1)


def write_weeks(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[dt.date],
    out: Path,
    clock: Callable[[], dt.datetime],
) -> list[Path]:
    """Write `out/weekly/YEAR-WNN/ja.html` and `en.html`; return the pages.

    Those are the weeks of `days` that are over by the last day that has a report, and those of the
    pages there that compare with them; also the last week that is over, where it has no page yet.
    The reports of `days` must be written.

    Raises:
        MimamoriError: a folder or file cannot be written.
    """
    last = max((*days, *days_in(out)))
    written = {*weeks_in(out)}
    before = monday_of(last + _DAY) - 7 * _DAY
    changed = {monday_of(day) for day in days}
    due = {monday for monday in changed if monday + _SUNDAY <= last}
    due |= {
        later
        for monday in changed
        for later in (monday + number * 7 * _DAY for number in range(1, WEEKS))
        if week_name(later) in written
    }
    if week_name(before) not in written:
        due.add(before)
    link = (settings.deliver.link if settings.deliver else None) or ""
    pages = []
    for monday in sorted(due):
        facts = gather_week(con, settings, out, monday)
        if not facts.week.summaries:
            continue  # no day of it was reported
        folder = out / FOLDER / week_name(monday)
        private_folder(folder.parent)
        private_folder(folder)
        for language in LANGUAGES:
            page = folder / f"{language}.html"
            write_whole(
                page,
                render_week(facts, Words(language, settings.zone), clock(), settings.locale, link),
            )
            pages.append(page)
    return pages
