"""What really happened in a world: the incidents hidden in it, and the decoys."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")

Actor = tuple[str, str]  # kind (user, ip, site) and value


class Level(StrEnum):
    """How plain an incident is beside the ordinary days of who does it."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    WEEKS = "weeks"  # nine weeks of fewer visitors, in which what happens grows slowly
    LISTED = "listed"  # seven weeks of them, with lists of people and of whom to watch
    WEB = "web"  # four weeks of them, with attackers of the open net and nobody else of it

    @property
    def days(self) -> int:
        """How many days a world has, if nobody asks for more."""
        return {Level.WEEKS: 63, Level.LISTED: 49, Level.WEB: 28}.get(self, 35)

    def pick(self, easy: T, medium: T, hard: T) -> T:
        """Return the one for this level."""
        return {Level.EASY: easy, Level.HARD: hard}.get(self, medium)


LEVELS_WITH_DIRECTORY = (Level.WEEKS, Level.LISTED)
"""Those that name the people who work there, day by day."""

LEVELS_OF_A_DAY = (Level.EASY, Level.MEDIUM, Level.HARD)
"""Those whose incidents are mostly of one day."""


@dataclass(frozen=True)
class Incident:
    """One incident: `detectors` are the ids that may tell of it, `kind` the one it was made for.

    `actors` are all that a finding may name, the main one first. `sites` are those it wrote lines
    in. `lines` counts its lines in the logs.
    """

    number: int
    kind: str
    variant: str
    detectors: tuple[str, ...]
    actors: tuple[Actor, ...]
    sites: tuple[str, ...]
    dates: tuple[dt.date, ...]
    lines: int = 0
    is_heavy: bool = False  # wrote so much that it shows in the figures of its sites


@dataclass(frozen=True)
class Decoy:
    """Something that looks like an incident and is none."""

    kind: str
    actors: tuple[Actor, ...]
    dates: tuple[dt.date, ...]


@dataclass(frozen=True)
class Truth:
    """Everything there is to find in a world; `standing` are old leaks, neither true nor false."""

    seed: int
    level: Level
    days: tuple[dt.date, ...]
    judged: tuple[dt.date, ...]
    clean: tuple[dt.date, ...]
    incidents: tuple[Incident, ...]
    decoys: tuple[Decoy, ...]
    standing: tuple[Actor, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the keys of `truth.json`, and beside them what the evaluation needs."""
        return {
            "seed": self.seed,
            "level": self.level.value,
            "days": [str(day) for day in self.days],
            "clean_days": [str(day) for day in self.clean],
            "incidents": [_incident(one) for one in self.incidents],
            "decoys": [
                {"kind": one.kind, "actors": [list(actor) for actor in one.actors],
                 "dates": [str(day) for day in one.dates]}
                for one in self.decoys
            ],
        }  # fmt: skip


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "id": f"{one.kind}-{one.number}",
        "variant": one.variant,
        "date": str(one.dates[0]),
        "dates": [str(day) for day in one.dates],
        "detectors": list(one.detectors),
        "actor_kind": one.actors[0][0],
        "actor": one.actors[0][1],
        "actors": [list(actor) for actor in one.actors],
        "site_id": one.sites[0],
        "sites": list(one.sites),
        "lines": one.lines,
        "is_heavy": one.is_heavy,
    }
