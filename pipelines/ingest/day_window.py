"""Which days the lines of a run may be about: those near the night, and a bounded number of others.

Each day is a partition of the lake with files of its own, and whoever writes a line chooses its
day. Lines about too many days far from the night are rejected, with a reason that names the limit.
"""

import datetime as dt
import threading
from collections.abc import Iterable

import duckdb
import polars as pl

from pipelines.settings.limits import Limits

BEYOND_LIMIT = "too_many_days"
"""The code of the reason why the lines of such a day are no records."""


_CLOSED_WITHIN = dt.timedelta(hours=2)
"""A file that is closed so long after midnight is the one of the day before."""

_LAST_REPORTED = """
select max(log_date) from lake.stage_run where stage = 'report' and status = 'done'
"""


class DayWindow:
    """The days from `first` to `last`, and others as they come while there is room for them.

    May be used by many threads at once.
    """

    def __init__(
        self,
        on: dt.date,
        yesterday: dt.date,
        limits: Limits,
        reported_until: dt.date | None = None,
    ) -> None:
        """Take the days of the night about `on` that runs after `yesterday`.

        The night about a day reads lines of the next one too. `reported_until` is the last day that
        was reported before.
        """
        self.first = _moved(min(on, yesterday), -limits.reexamine_days)
        self.last = _moved(max(on, yesterday), 1)
        self._first_unreported = max(_moved(reported_until or dt.date.min, 1), self.first)
        self._room = limits.days_outside
        self._others: set[dt.date] = set()
        self._lock = threading.Lock()

    def refused(self, days: pl.Series) -> pl.Series | None:
        """Return where a day is one too many; None, the usual answer, where none is."""
        outside = days.filter((days < self.first) | (days > self.last)).unique()
        if outside.is_empty():
            return None
        with self._lock:
            refused = [day for day in outside.sort(descending=True) if not self._admits(day)]
        return days.is_in(refused).fill_null(value=False) if refused else None

    def _admits(self, day: dt.date) -> bool:
        if day not in self._others and len(self._others) >= self._room:
            return False
        self._others.add(day)
        return True

    def distance(self, days: Iterable[dt.date]) -> int:
        """Return how far from the night the farthest of `days` is, in days; 0 when all are near.

        Days before the window count from its last but one, the day that the night is about.
        """
        ends = [(self.last - day).days - 1 for day in days if day < self.first]
        ends += [(day - self.last).days for day in days if day > self.last]
        return max(ends, default=0)

    def day_without_time(self, read_at: dt.datetime, modified_ns: int, zone: dt.tzinfo) -> dt.date:
        """Return the day of a line in whose file no line has a time, by aware instants.

        It is the day before the reading, or an earlier one on which the file was last written: a
        night that was left undone leaves its files to the next. Whoever sends a file chooses when
        it was written, so that no day comes back by that which was reported already.
        """
        before = read_at.astimezone(zone).date() - dt.timedelta(days=1)
        written_at = dt.datetime.fromtimestamp(modified_ns / 1e9, dt.UTC) - _CLOSED_WITHIN
        written_on = written_at.astimezone(zone).date()
        return written_on if self._first_unreported <= written_on < before else before

    def is_near(self, day: dt.date) -> bool:
        """Return whether a day is within the window."""
        return self.first <= day <= self.last


def last_reported(con: duckdb.DuckDBPyConnection) -> dt.date | None:
    """Return the last day of which a report was written; None before the first."""
    day: dt.date | None
    (day,) = con.execute(_LAST_REPORTED).fetchone() or (None,)
    return day


def _moved(day: dt.date, days: int) -> dt.date:
    """Return the day so many days on, no earlier and no later than there are days."""
    number = day.toordinal() + days
    return dt.date.fromordinal(min(max(number, 1), dt.date.max.toordinal()))
