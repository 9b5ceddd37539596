"""What people are told: of one grave day at once, of the others in a digest."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pipelines.deliver.day import ReportedDay, digest_of, readable_days
from pipelines.deliver.part import Part
from pipelines.findings import Severity
from pipelines.report.index import days_in
from pipelines.report.verdict import Verdict

Kind = Literal["alert", "digest", "copy"]
_SUNDAY = 7


@dataclass(frozen=True)
class Notice:
    """One thing to tell: an alert or a copy of one day, or a digest of one or more.

    `period` names the day (ISO) or the week (ISO, `2026-W47`). `fingerprint` changes when it must
    be told again; `is_update` is True when that has happened. `head` is that of the records when it
    is sent: what leaves the house shows later whether they were cut.
    """

    kind: Kind
    period: str
    days: tuple[ReportedDay, ...]
    fingerprint: str
    is_update: bool = False
    head: str = ""

    @cached_property
    def counts(self) -> dict[Severity, int]:
        """Open findings of all its days by severity."""
        return {one: sum(day.summary.open.get(one, 0) for day in self.days) for one in Severity}

    @property
    def is_week(self) -> bool:
        """True for the digest of a week."""
        return "W" in self.period

    @property
    def first_on(self) -> dt.date:
        """The first day that it is about; of a week the Monday, reported or not."""
        return dt.date.fromisoformat(f"{self.period}-1" if self.is_week else self.period)

    @property
    def last_on(self) -> dt.date:
        """The last day that it is about."""
        return self.first_on + dt.timedelta(days=6 if self.is_week else 0)

    @property
    def worst(self) -> Severity | None:
        """The gravest severity of its days."""
        worst = (day.worst for day in self.days)
        return min((one for one in worst if one), key=lambda one: one.rank, default=None)

    @property
    def verdict(self) -> Verdict:
        """The most urgent verdict of its days."""
        order = tuple(Verdict)
        return min((day.summary.verdict for day in self.days), key=order.index)

    @property
    def is_clear(self) -> bool:
        """True when there is nothing to act on or to look at on any day of it."""
        return self.verdict is Verdict.CLEAR

    @property
    def is_unjudged(self) -> bool:
        """True when a day of it could not be judged."""
        return any(day.summary.verdict is Verdict.UNJUDGED for day in self.days)


def alert(day: ReportedDay, threshold: Severity) -> Notice:
    """Return the notice of one day."""
    return Notice("alert", day.on.isoformat(), (day,), day.fingerprint(threshold))


def copy(day: ReportedDay) -> Notice:
    """Return the order to copy one day's report, to be done again whenever a file changed."""
    contents = [hashlib.sha256(path.read_bytes()).hexdigest() for path in day.files()]
    return Notice("copy", day.on.isoformat(), (day,), digest_of(contents))


def daily_digest(day: ReportedDay) -> Notice:
    """Return the digest of one day that warranted no alert; it is told once."""
    return Notice("digest", day.on.isoformat(), (day,), "")


def weekly_digest(reports: Path, until: dt.date, part: Part | None = None) -> Notice | None:
    """Return the digest of the last week that ended by `until`, a Sunday; told once.

    None when no day of it has a report that can be read. With `part` it is about that of each day.
    """
    sunday = until - dt.timedelta(days=until.isoweekday() % _SUNDAY)
    monday = sunday - dt.timedelta(days=6)
    wanted = [on for on in sorted(days_in(reports)) if monday <= on <= sunday]
    whole = readable_days(reports, wanted)
    days = tuple(whole if part is None else filter(None, map(part, whole)))
    if not days:
        return None
    year, week, _ = sunday.isocalendar()
    return Notice("digest", f"{year}-W{week:02}", days, "")
