"""What the page of a week shows: its sums, those of the weeks before, and what is due."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.report.index import Summary
from pipelines.sites.state import SiteStatus
from pipelines.triage.cases.read import Case
from pipelines.triage.decisions import Precision

WEEKS = 5
"""The week and the four before it."""
_WEEK = dt.timedelta(days=7)


def monday_of(day: dt.date) -> dt.date:
    """Return the Monday of the week of a day."""
    return day - dt.timedelta(days=day.weekday())


def week_name(monday: dt.date) -> str:
    """Return the ISO name of the week that begins on a Monday, as `2026-W47`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


@dataclass(frozen=True)
class Week:
    """The sums of one week; `summaries` are those of the days that have a report.

    `opened` counts cases whose first finding of `medium` or above is of the week, `closed` those
    that somebody closed in it as a whole. `verdicts` are how findings turned out, by the day on
    which that was said.
    """

    monday: dt.date
    lines: int
    records: int
    rejects: int
    accesses: int
    opened: int
    closed: int
    verdicts: Precision
    signed: int
    summaries: Mapping[dt.date, Summary] = field(default_factory=dict)

    @property
    def sunday(self) -> dt.date:
        """Its last day."""
        return self.monday + _WEEK - dt.timedelta(days=1)

    @property
    def sites_expected(self) -> int:
        """Days of sites on which lines should have come, by the reports."""
        return sum(one.sites for one in self.summaries.values())

    @property
    def sites_missing(self) -> int:
        """Those of them without a line."""
        return sum(one.sites_missing for one in self.summaries.values())

    @property
    def open_at_end(self) -> int | None:
        """Cases from `medium` up, or with an owner, at its end; None without a report of then."""
        last = self.summaries.get(self.sunday)
        return last.cases.get("open") if last else None


@dataclass(frozen=True)
class Request:
    """Requests of persons that were dealt with in the week, by what was asked."""

    act: str
    count: int


@dataclass(frozen=True)
class WeekFacts:
    """Everything that the page of a week shows; `weeks` has the week first, then those before.

    `cases` are open at its end, `silent` the sites that are missing then. `detectors` are how
    findings of each turned out within the five weeks. `unsigned` are its days whose report nobody
    signed, `names` those of sites by the roster.
    """

    weeks: tuple[Week, ...]
    cases: tuple[Case, ...]
    silent: tuple[SiteStatus, ...]
    detectors: Mapping[str, Precision]
    requests: tuple[Request, ...]
    unsigned: tuple[dt.date, ...]
    names: Mapping[str, str]

    @property
    def week(self) -> Week:
        """The week itself."""
        return self.weeks[0]

    @property
    def until(self) -> dt.date:
        """The day after the next week: what is due before it is due soon."""
        return self.week.sunday + _WEEK
