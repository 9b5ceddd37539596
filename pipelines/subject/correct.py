"""A correction that a person asks for: a note beside what is held, which stays as it was logged.

What a server logged is evidence of what it logged; whether it was the person is another question,
and the note says what they say. It goes with the person, or when its time is over.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.findings import Correction, rfc3339
from pipelines.normalise.columns import Types
from pipelines.paths import Home
from pipelines.subject.person import Person
from pipelines.subject.places import own_rows, places
from pipelines.subject.register import Asked, register
from pipelines.subject.reidentify import with_pseudonyms
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NOTE, require_text


@dataclass(frozen=True)
class Corrected:
    """A correction on record, the requests that it is about, and the days of findings with it."""

    correction: Correction
    created_at: dt.datetime
    requests: int
    findings: int
    days: tuple[dt.date, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return self.correction.as_json() | {
            "created_at": rfc3339(self.created_at),
            "requests": self.requests,
            "findings": self.findings,
            "days": [day.isoformat() for day in self.days],
        }


def correct(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    person: Person,
    correction: tuple[dt.date, dt.date, str],
    asked: Asked,
    now: dt.datetime,
) -> Corrected:
    """Note what a person says is wrong (first and last day, text); return what it is about.

    It is in the register and the chained records, without the person and the note.

    Raises:
        UsageError: the days are the wrong way round or have not come yet, nothing at all is held on
            the person, or a text cannot be read.
    """
    first, last, note = correction
    if first > last:
        raise UsageError(message("retention.holds.days_reversed", at="--from"))
    if last > _day_of(con, now):
        option = "--from" if first == last else "--to"
        raise UsageError(message("subject.correct.in_future", at=option))
    require_text("--note", note, LONGEST_NOTE)
    require_text("--reason", asked.reason or "", LONGEST_NOTE)
    requests = _count(
        con,
        f"select count(*) from lake.request_fact as own where {own_rows(person)}"
        " and own.log_date between $first and $last",
        {"first": first, "last": last},
    )
    if requests == 0 and next(places(con, with_pseudonyms(home, person)), None) is None:
        raise UsageError(message("subject.person.nothing_held", at=f"--{person.kind}"))
    request = register(con, home, "correct", person, asked, requests, now)
    row = {
        "correction_id": request.request_id,
        "person_kind": person.kind,
        "persons": list(person.values),
        "from_day": first,
        "to_day": last,
        "note": note.strip(),
        "reason": asked.reason,
        "author": asked.author,
        "created_at": now,
    }
    lake.insert_frame(con, "correction", pl.DataFrame([row], schema=_SCHEMA))
    days = con.execute(
        "select date, count(*) from lake.finding_correction where correction_id = ?"
        " group by date order by date",
        [request.request_id],
    ).fetchall()
    return Corrected(
        Correction(request.request_id, first, last, note.strip()),
        now,
        requests,
        sum(count for _, count in days),
        tuple(day for day, _ in days),
    )


def _day_of(con: duckdb.DuckDBPyConnection, now: dt.datetime) -> dt.date:
    day: dt.date
    ((day,),) = con.execute("select ?::timestamptz::date", [now]).fetchall()
    return day


def _count(con: duckdb.DuckDBPyConnection, query: str, bound: dict[str, Any]) -> int:
    ((rows,),) = con.execute(query, bound).fetchall()
    return int(rows)


_SCHEMA: Types = {
    **dict.fromkeys(("correction_id", "person_kind"), pl.String),
    "persons": pl.List(pl.String),
    **dict.fromkeys(("from_day", "to_day"), pl.Date),
    **dict.fromkeys(("note", "reason", "author"), pl.String),
    "created_at": pl.Datetime("us", "UTC"),
}
