"""Detection shared out: parts of days are examined side by side, and weighed together by one.

All parts of a night read one snapshot of the lake, and nobody is kept from writing meanwhile. Who
weighs them together holds the writers' lock, and takes what was handed over only as long as it
rests on nothing that has changed: else the day is examined again, as on one machine.
"""

import datetime as dt
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines import lake
from pipelines.context.load import make_context_tables, read_all
from pipelines.detect.aggregates import load_macros
from pipelines.detect.cache import cache_lake
from pipelines.detect.explain import Explained, sources_read
from pipelines.detect.parts import PARTS, RULES
from pipelines.detect.run import DayDetection
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.place import place_of
from pipelines.night.detection import Clock, Examined, examine, prepare, rules_of
from pipelines.night.handed_over import forget, hand_over, taken_over
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.time_limit import seconds_for_days, stage_limit

log = logging.getLogger(__name__)

# What detection writes and that of a later day reads: table, its day, and what each run has anew.
_COMPARED = (
    ("findings", "date", "detected_at"),
    ("shadow_finding", "date", "detected_at"),
    ("explanation_day", "log_date", "log_date"),
)


@dataclass(frozen=True)
class Share:
    """A part of a day that one worker examines, and the state of the lake that all of them read."""

    plan: str
    snapshot: int
    generation: int
    began_at: str
    day: str
    part: str

    @property
    def name(self) -> str:
        """Under which name its result is handed over."""
        return f"{self.plan}-{self.day}-{self.part}"


def share_out(
    settings: Settings, home: Home, days: Sequence[dt.date], clock: Clock
) -> list[dict[str, Any]]:
    """Return the shares of the days' detection in JSON-ready form; they name no person.

    None where the lake bears one writer, who then detects by itself. The lake is brought up to what
    detection rests on. What an earlier night left is removed.

    Raises:
        MimamoriError: as of `lake.open_writer`.
    """
    began_at = clock()
    generation = place_of(home).generation()
    if generation is None:
        return []
    with (
        lake.open_writer(home, settings.timezone) as con,
        stage_limit(seconds_for_days(settings.limits, len(days)), "detect", con),
    ):
        forget(home)
        prepare(con, settings, home, days, clock)
        snapshot = lake.last_snapshot(con)
    plan = secrets.token_hex(8)
    wanted = [part for part in PARTS if part != RULES or settings.rules]
    return [
        asdict(Share(plan, snapshot, generation, began_at.isoformat(), str(day), part))
        for day in sorted(days)
        for part in wanted
    ]


def examine_share(settings: Settings, home: Home, share: Mapping[str, Any]) -> int:
    """Examine a share and hand over what it holds; return how many findings that may be.

    Nothing is handed over when the lake's rows were deleted for good meanwhile, or its keys
    changed.

    Raises:
        MimamoriError: as of `lake.open_reader`.
    """
    own = Share(**share)
    day = dt.date.fromisoformat(own.day)
    with (
        lake.open_reader(home, settings.timezone, own.snapshot) as con,
        stage_limit(seconds_for_days(settings.limits, 1), "detect", con),
    ):
        _use_threads_for_day(con, day)
        load_macros(con)
        use_salts(con, Pseudonyms.made(home))
        make_context_tables(con, settings, read_all(con, settings))
        cache_lake(con)
        rules = rules_of(settings) if own.part == RULES else None
        with lake.limited_memory(con):
            examined = examine(con, settings, day, rules, own.part)
    path = hand_over(home, own.name, examined)
    if place_of(home).generation() != own.generation:
        path.unlink(missing_ok=True)
        return 0
    told = sum(len(one.told) + len(one.shadow) for one in examined.measured)
    return told + len(examined.rules.findings) + len(examined.rules.shadow)


def _use_threads_for_day(con: duckdb.DuckDBPyConnection, day: dt.date) -> None:
    row = con.execute(
        "select sum(records) from lake.ledger_day where log_date = ?", [day]
    ).fetchone()
    lake.use_threads_for(con, int(row[0] or 0) if row else 0)


class HandedOver:
    """What the shares of a night have handed over, for the holder of the writers' lock."""

    def __init__(self, home: Home, shares: Iterable[Mapping[str, Any]]) -> None:
        """Take the shares as `share_out` has given them."""
        self._home = home
        self._shares = [Share(**one) for one in shares]
        self._before: tuple[dt.date, list[pl.DataFrame]] | None = None
        self._is_outdated = False

    @property
    def began_at(self) -> dt.datetime | None:
        """Since when lines that came are not looked at; None where nothing was shared out."""
        began = [dt.datetime.fromisoformat(one.began_at) for one in self._shares]
        return min(began, default=None)

    def forget(self) -> None:
        """Remove what was handed over: it names persons, and is written to the lake by now."""
        forget(self._home)

    def of(self, con: duckdb.DuckDBPyConnection, day: dt.date) -> Examined | None:
        """Return what a day holds; None where a part is missing, or what it rests on has changed.

        Days are asked for in order, each before its findings are written.
        """
        if self._before is None:
            self._is_outdated = self._is_detected_since(con)
        elif not self._is_outdated:  # a later day was compared with the findings of this one
            earlier, written = self._before
            after = _written_of(con, earlier)
            self._is_outdated = any(not a.equals(b) for a, b in zip(written, after, strict=True))
        self._before = day, _written_of(con, day)
        return None if self._is_outdated else self._whole(con, day)

    def _is_detected_since(self, con: duckdb.DuckDBPyConnection) -> bool:
        query = "select 1 from lake.detector_day where detected_at >= ? limit 1"
        return con.execute(query, [self.began_at]).fetchone() is not None

    def _whole(self, con: duckdb.DuckDBPyConnection, day: dt.date) -> Examined | None:
        own = [one for one in self._shares if one.day == str(day)]
        generation, sources = place_of(self._home).generation(), sources_read(con)
        parts = [
            part
            for one in own
            if one.generation == generation
            and (part := taken_over(self._home, one.name)) is not None
            and part.sources == sources
        ]
        if own and len(parts) == len(own):
            return _joined(parts)
        log.warning("%s: %d of %d parts of its detection can be used", day, len(parts), len(own))
        return None


def _joined(parts: Sequence[Examined]) -> Examined:
    """Put the parts of a day together, detectors in the order of the catalogue."""
    measured = [one for part in parts for one in part.measured]
    measured.sort(key=lambda one: one.detector)
    found = [part.rules for part in parts]
    accesses = [part.explained for part in parts if not part.explained.accesses.is_empty()]
    return Examined(
        tuple(measured),
        DayDetection(
            tuple(one for rules in found for one in rules.findings),
            tuple(one for rules in found for one in rules.runs),
            tuple(one for rules in found for one in rules.shadow),
        ),
        Explained(accesses[0].accesses if accesses else pl.DataFrame(), parts[0].sources),
        frozenset().union(*(part.pseudonyms for part in parts)),
        parts[0].sources,
    )


def _written_of(con: duckdb.DuckDBPyConnection, day: dt.date) -> list[pl.DataFrame]:
    """The rows of a day in the tables that later days are compared with."""
    return [
        con.execute(f"select * exclude ({left_out}) from lake.{table} where {on} = ?", [day])
        .pl()
        .sort(pl.all())
        for table, on, left_out in _COMPARED
    ]
