"""What became of the lines of a file, counted as they are parsed."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.formats.declared import BEYOND_LIMIT as BEYOND_FORMATS
from pipelines.ingest.day_window import BEYOND_LIMIT as BEYOND_DAYS
from pipelines.ingest.day_window import DayWindow
from pipelines.ingest.records import Parsed


@dataclass
class Tally:
    """What became of the lines of one reading, as it grows.

    `days` counts the `records`, the `rejects` and the `duplicates` (lines delivered before in
    another file) of each day, `beyond` the lines that were treated otherwise for a limit of the
    settings, by its name; `most` has the most that was seen of it, where that was counted.
    """

    comments: int = 0
    first_time: dt.datetime | None = None
    last_time: dt.datetime | None = None
    beyond: Counter[str] = field(default_factory=Counter)
    most: dict[str, int] = field(default_factory=dict)
    days: Counter[tuple[dt.date, str]] = field(default_factory=Counter)

    def total(self, kind: str) -> int:
        """Return how many lines of a kind all days have."""
        return sum(count for (_, each), count in self.days.items() if each == kind)

    def count_duplicates(self, day: dt.date, count: int) -> None:
        """Take `count` records of a day for lines that were delivered before."""
        self.days[day, "records"] -= count
        self.days[day, "duplicates"] += count

    def pass_limit(self, name: str, lines: int, seen: int | None = None) -> None:
        """Count lines that were treated otherwise for a limit; `seen` where it is known."""
        self.beyond[name] += lines
        if seen is not None:
            self.most[name] = max(seen, self.most.get(name, 0))

    def compare_days(self, window: DayWindow) -> None:
        """Count the records about days far from the night; call it when all were tallied."""
        counts = {
            day: count
            for (day, kind), count in self.days.items()
            if kind == "records" and count and not window.is_near(day)
        }
        if counts:
            self.pass_limit("reexamine_days", sum(counts.values()), window.distance(counts))

    def widen(self, first: dt.datetime, last: dt.datetime) -> None:
        """Widen the span of the records."""
        self.first_time = min(filter(None, (self.first_time, first)))
        self.last_time = max(filter(None, (self.last_time, last)))

    def last_day(self) -> dt.date | None:
        """Return the latest day so far."""
        return max((day for day, _ in self.days), default=None)


def tally_lines(parsed: Parsed, tallies: Sequence[Tally]) -> None:
    """Count what became of the lines of a chunk in the tallies of its files."""
    spans = parsed.records.group_by("source", "log_date").agg(
        pl.len(), pl.col("time").min().alias("first"), pl.col("time").max().alias("last")
    )
    for source, day, count, first, last in spans.iter_rows():
        tallies[source].days[day, "records"] += count
        tallies[source].widen(first, last)
    rejects = Counter(parsed.rejects.select("source", "log_date").iter_rows())
    for (source, day), count in rejects.items():
        tallies[source].days[day, "rejects"] += count
    for source, count in _counted(parsed.comments):
        tallies[source].comments += count
    for source, count in _counted(parsed.cut):
        tallies[source].pass_limit("field_bytes", count)
    for code, limit in _LIMIT_OF_REASON.items():
        beyond = parsed.rejects.filter(pl.col("reason_code") == code).get_column("source")
        for source, count in _counted(beyond):
            tallies[source].pass_limit(limit, count)


def _counted(sources: pl.Series) -> Iterator[tuple[int, int]]:
    """How often each source is named; an archive can hold millions of blank lines."""
    counts = np.bincount(sources.to_numpy())
    return ((source, count) for source, count in enumerate(counts.tolist()) if count)


_LIMIT_OF_REASON = {BEYOND_FORMATS: "file_formats", BEYOND_DAYS: "days_outside"}
