"""What a night rests on, as digests in the records: what was read, and by which rules.

Its head is printed in the report and sent with every delivery, so that records that are cut or
written anew later do not fit what has left the house.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.lake.on_record import NIGHT
from pipelines.paths import SQL_DIR, Home
from pipelines.private_files import write_whole
from pipelines.records import Act, Records, Series
from pipelines.records.evidence import KEY_PURPOSE, digest_of, keyed, note_files
from pipelines.records.used import Watch, watch_between
from pipelines.report.index import PAGES, SUMMARY
from pipelines.settings.model import Settings

_REPORT = (*PAGES, SUMMARY, "findings.json", "findings.csv", "franchise")
_READINGS = """
select count(*), sha256(coalesce(string_agg(
    concat_ws(' ', ledger.path, ledger.content_sha256, ledger.from_line, day.records, day.rejects),
    chr(10) order by ledger.path, ledger.site_id, ledger.from_line, ledger.read_at
), ''))
from lake.ledger_day as day
join lake.ledger as ledger
    on ledger.file_id = day.file_id and ledger.from_line = day.from_line
    and ledger.site_id = day.site_id and ledger.read_at = day.read_at
where day.log_date = ?
"""


def note_night(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    at: dt.datetime,
) -> None:
    """Put on record what the reports of `days` rest on, as the lake and the settings are now.

    Raises:
        MimamoriError: it cannot be put on record.
    """
    records = Records(home)
    key = records.derived_key(KEY_PURPOSE)
    context = {
        name: keyed(digest_of(source.path), key)
        for name, source in settings.context.sources().items()
        if source.path is not None and source.path.is_file()
    }
    rules = hashlib.sha256()
    for folder in (SQL_DIR / "detectors", *settings.rules):
        rules.update(digest_of(folder).encode() if folder.exists() else b"-")
    readings = {}
    for on in days:
        row = con.execute(_READINGS, [on]).fetchone()
        readings[on.isoformat()] = list(row or ())
    about = {
        "readings": readings,
        "settings": hashlib.sha256(settings.model_dump_json().encode()).hexdigest(),
        "context": context,
        "detectors": rules.hexdigest(),
    }
    if settings.detectors:
        about["changed_detectors"] = {
            name: tuning.model_dump(exclude_defaults=True)
            for name, tuning in settings.detectors.items()
        }
    records.append(Series.EVIDENCE, Act(NIGHT, about), at)


def note_reports(home: Home, pages: Sequence[Path], at: dt.datetime) -> None:
    """Put on record the digests of the reports that were written; `pages` are those of the days."""
    files = [page.parent / name for page in pages for name in _REPORT]
    written = [file for file in files if file.exists()]
    note_files(Records(home), home.root, written, at)


def watch_on(home: Home, settings: Settings, on: dt.date) -> Watch:
    """Return who used the watch on a day of the configured zone, and the head of the records."""
    first = dt.datetime.combine(on, dt.time(), settings.zone)
    until = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), settings.zone)
    return watch_between(Records(home), first, until)


def note_last_report(home: Home, days: Sequence[dt.date], at: dt.datetime) -> None:
    """Write what a monitor outside reads of the last report; its age says when that was."""
    said = {"date": max(days).isoformat(), "written_at": at.isoformat()}
    write_whole(home.last_report, json.dumps(said) + "\n")
