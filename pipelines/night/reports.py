"""The reports of a night's days, the weeks and marts beside them, and what all of it rests on."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.night.evidence import note_night, note_reports, watch_on
from pipelines.night.marts import refresh_marts
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.evidence import note_files
from pipelines.report.build import read_by_reports, write_reports
from pipelines.report.weekly.write import write_weeks
from pipelines.settings.model import Settings
from pipelines.sites.state import hold_site_states


def write_night(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    folder: Path,
    clock: Callable[[], dt.datetime],
) -> list[Path]:
    """Write everything below `folder`; return the pages of the days.

    What the pages rest on and their digests are put on record.
    """
    with lake.held_in_memory(con, home, len(days), read_by_reports(len(days))):
        hold_site_states(con, settings, days)
        with lake.transaction(con):
            note_night(con, settings, home, days, clock())
        watches = {on: watch_on(home, settings, on) for on in days}
        pages = write_reports(con, settings, days, folder, clock, watches)
        note_reports(home, pages, clock())
        with lake.transaction(con):
            weeks = write_weeks(con, settings, days, folder, clock)
            note_files(Records(home), home.root, weeks, clock())
            refresh_marts(con, settings, home, days, clock())
    return pages
