"""Signatures under the days' reports: who says to have read one, and whether it changed since.

`lake.review` has a row per signature, never changed and never deleted. Each holds the version of
what it stands under: a fingerprint of the day's findings as they were found and of its lines.
What people decide about findings later changes no version; late lines and new findings do.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import polars as pl

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text
from pipelines.triage.channel import COMMAND_LINE, Channel

LONGEST_SPAN_DAYS = 366

State = Literal["no_report", "unsigned", "signed", "changed"]

_REPORTS = """
select log_date, reported_at, is_outdated, version
from lake.report_version where log_date between $first and $last
order by log_date
"""

_SIGNATURES = """
select date, author, note, version, reported_at, signed_at
from lake.review where date between $first and $last
order by signed_at, reported_at, author
"""


@dataclass(frozen=True)
class Signature:
    """One row of `lake.review`; instants are aware."""

    date: dt.date
    author: str
    note: str | None
    version: str
    reported_at: dt.datetime
    signed_at: dt.datetime


@dataclass(frozen=True)
class ReviewDay:
    """A day, its last report, and the signatures under it, the newest last.

    `is_outdated` is true where the page on disk does not show what the lake has: checks or
    detection ran after the report, or detection has never ended well.
    """

    on: dt.date
    reported_at: dt.datetime | None = None
    version: str = ""
    is_outdated: bool = False
    signatures: tuple[Signature, ...] = ()

    @property
    def state(self) -> State:
        """Whether the report stands signed as it is now."""
        if self.reported_at is None:
            return "no_report"
        if not self.signatures:
            return "unsigned"
        return "signed" if self.signatures[-1].version == self.version else "changed"


def review_days(con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> tuple[ReviewDay, ...]:
    """Return the state of each of `days`, in order."""
    if not days:
        return ()
    span = {"first": min(days), "last": max(days)}
    reports = {row[0]: row[1:] for row in con.execute(_REPORTS, span).fetchall()}
    signed: dict[dt.date, tuple[Signature, ...]] = {}
    for row in con.execute(_SIGNATURES, span).fetchall():
        signed[row[0]] = (*signed.get(row[0], ()), Signature(*row))
    found = []
    for on in sorted(set(days)):
        reported_at, is_outdated, version = reports.get(on, (None, False, ""))
        found.append(ReviewDay(on, reported_at, version, is_outdated, signed.get(on, ())))
    return tuple(found)


def list_reviews(home: Home, settings: Settings, days: Sequence[dt.date]) -> tuple[ReviewDay, ...]:
    """Return the state of each of `days`, in order.

    Raises:
        MimamoriError: there is no lake, or one that an earlier release made.
    """
    with lake.open_reader(home, settings.timezone) as con:
        return review_days(con, days)


def sign(
    home: Home,
    settings: Settings,
    days: Sequence[dt.date],
    author: str,
    note: str | None,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> tuple[ReviewDay, ...]:
    """Write a signature under the report of each of `days`; return the days as they now stand.

    Raises:
        UsageError: nobody is named, a text is too long or none, or a day has no report or one that
            is outdated; nothing is signed then.
    """
    require_text("--by", author, LONGEST_NAME)
    if note is not None:
        require_text("--note", note, LONGEST_NOTE)
    lake.require(home)
    with channel.opening(home, settings.timezone) as con:
        found = review_days(con, days)
        _require_reports(found)
        signed_at = clock()
        rows = [
            {
                "date": day.on,
                "author": author.strip(),
                "note": note,
                "version": day.version,
                "reported_at": day.reported_at,
                "signed_at": signed_at,
            }
            for day in found
        ]
        with lake.transaction(con):
            frame = pl.DataFrame(rows, schema_overrides={"note": pl.String})
            lake.insert_frame(con, "review", frame)
            signed = {str(day.on): day.version for day in found}
            act = channel.act("review sign", {"versions": signed, "by": author.strip()}, len(found))
            Records(home).append(Series.DECISIONS, act, signed_at)
        return review_days(con, days)


def span_of(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return the days from `first` to `last`; UsageError when there are none or too many."""
    if last < first:
        raise UsageError(
            message("audit.reviews.ends_before_begins", at=f"--from {first} --to {last}")
        )
    if (last - first).days >= LONGEST_SPAN_DAYS:
        raise UsageError(
            message(
                "audit.reviews.too_many_days",
                at=f"--from {first} --to {last}",
                days=LONGEST_SPAN_DAYS,
            )
        )
    return tuple(first + dt.timedelta(days=number) for number in range((last - first).days + 1))


def _require_reports(days: Sequence[ReviewDay]) -> None:
    missing = [str(day.on) for day in days if day.reported_at is None]
    if missing:
        raise UsageError(message("audit.reviews.no_report", at=", ".join(missing), day=missing[0]))
    outdated = [str(day.on) for day in days if day.is_outdated]
    if outdated:
        raise UsageError(
            message("audit.reviews.report_outdated", at=", ".join(outdated), day=outdated[0])
        )
