"""The days' reports and the signatures under them: which are to be read, and the form to sign."""

import datetime as dt
import re
from dataclasses import dataclass

from pipelines.airflow_reports.casework.history import ID_LIMIT
from pipelines.airflow_reports.casework.report_links import link_to_report
from pipelines.airflow_reports.casework.versions import day_version
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.audit.reviews import ReviewDay, Signature, review_days
from pipelines.text.display import visible

LISTED_DAYS = 35
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TONES = {"no_report": "info", "unsigned": "medium", "signed": "ok", "changed": "high"}
_VERSION_DIGITS = 12


@dataclass(frozen=True)
class SignatureRow:
    """A signature; `is_current` is false where the day has changed since."""

    at: dt.datetime
    author: str
    note: str
    is_current: bool


@dataclass(frozen=True)
class DayReview:
    """A day's report and its signatures, the newest first; `link` is empty without a page."""

    on: dt.date
    state: str
    tone: str
    state_label: str
    link: str
    reported_at: dt.datetime | None
    is_outdated: bool
    version: str
    report_version: str
    signatures: tuple[SignatureRow, ...]

    @property
    def may_be_signed(self) -> bool:
        """There is a report, and it shows what the lake has."""
        return self.reported_at is not None and not self.is_outdated


def review_view(visit: Visit, on: dt.date) -> DayReview:
    """Return the report of a day with its signatures."""
    with visit.reading() as con:
        (day,) = review_days(con, [on])
    return _view(visit, day)


def reviews_view(visit: Visit) -> tuple[DayReview, ...]:
    """Return the last days that have a report, the newest first."""
    days = [visit.today - dt.timedelta(days=back) for back in range(LISTED_DAYS)]
    with visit.reading() as con:
        found = review_days(con, days)
    return tuple(_view(visit, one) for one in reversed(found) if one.reported_at is not None)


def day_of(text: str) -> dt.date | None:
    """Return the day that an address names; None where it names none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _view(visit: Visit, day: ReviewDay) -> DayReview:
    return DayReview(
        on=day.on,
        state=day.state,
        tone=_TONES[day.state],
        state_label=visit.words(f"work.review.{day.state}"),
        link=link_to_report(visit, day.on),
        reported_at=day.reported_at,
        is_outdated=day.is_outdated,
        version=day_version(day),
        report_version=day.version[:_VERSION_DIGITS],
        signatures=tuple(_row(day, one) for one in reversed(day.signatures)),
    )


def _row(day: ReviewDay, one: Signature) -> SignatureRow:
    return SignatureRow(
        one.signed_at, visible(one.author, ID_LIMIT), one.note or "", one.version == day.version
    )
