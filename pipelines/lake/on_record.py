"""What nights put on record and the lake no longer has: an older catalog was put in its place.

Every night records how many readings its days rest on (`records/`). A lake only ever gains some.
"""

import datetime as dt

import duckdb

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.text.messages import message

NIGHT = "night"
"""What a night's entry in the evidence is called."""
_LOOKED_BACK = dt.timedelta(days=31)


def days_lost(con: duckdb.DuckDBPyConnection, home: Home, now: dt.datetime) -> list[dt.date]:
    """Return the days of which the nights of the last month recorded more readings than there are.

    Raises:
        MimamoriError: the records cannot be read.
    """
    recorded: dict[dt.date, int] = {}
    for entry in Records(home).entries(Series.EVIDENCE, now - _LOOKED_BACK):
        if entry.what == NIGHT:
            for day, (readings, *_) in entry.about["readings"].items():
                on = dt.date.fromisoformat(day)
                recorded[on] = max(readings, recorded.get(on, 0))
    there = dict(
        con.execute(
            "select log_date, count(*) from lake.ledger_day"
            " where log_date in (select unnest($days::date[])) group by log_date",
            {"days": list(recorded)},
        ).fetchall()
    )
    return sorted(on for on, readings in recorded.items() if there.get(on, 0) < readings)


def require_all_on_record(con: duckdb.DuckDBPyConnection, home: Home, now: dt.datetime) -> None:
    """Refuse to tidy a lake by a catalog that is older than what lies there.

    Raises:
        MimamoriError: it has less than the nights of the last month recorded.
    """
    if lost := days_lost(con, home, now):
        raise MimamoriError(message("lake.on_record.older_catalog", at=home.lake, day=lost[0]))
