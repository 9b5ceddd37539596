"""Who used the watch in a time: the records of use, summed by person, role and act."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from pipelines.findings import rfc3339
from pipelines.records.chain import Records
from pipelines.records.entry import Series


@dataclass(frozen=True)
class Used:
    """What one account did in one role: how often, and how many rows it was shown."""

    who: str
    role: str
    what: str
    times: int
    rows: int


@dataclass(frozen=True)
class Watch:
    """The use of the watch, and the head of the records when it was read."""

    head: str
    used: tuple[Used, ...]

    @property
    def accounts(self) -> int:
        """How many accounts there are among the users."""
        return len({one.who for one in self.used})

    @property
    def times(self) -> int:
        """How many uses there were."""
        return sum(one.times for one in self.used)


def watch_between(records: Records, first: dt.datetime, until: dt.datetime) -> Watch:
    """Return the use from `first` to just before `until`, the most frequent first.

    Both are aware instants. The head is that of all records at this instant.
    """
    times: Counter[tuple[str, str, str]] = Counter()
    rows: Counter[tuple[str, str, str]] = Counter()
    begin, end = rfc3339(first), rfc3339(until)
    for entry in records.entries(Series.USE, since=first):
        if begin <= entry.at < end:
            key = (entry.who, entry.role, entry.what)
            times[key] += 1
            rows[key] += entry.rows or 0
    used = tuple(Used(*key, n, rows[key]) for key, n in times.items())
    order = sorted(used, key=lambda one: (-one.times, one.who, one.role, one.what))
    return Watch(records.head().hash, tuple(order))
