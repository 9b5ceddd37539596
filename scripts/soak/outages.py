"""What may happen to a night itself: killed, no room, locked, no GeoIP, no mail, two at once.

Each is done to the real thing: a signal, a full disk, a lock of another program, a missing file,
a port that nobody listens on.
"""

import datetime as dt
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.paths import PROJECT_ROOT, Home
from soak.nights import night_after

_LEFT_FREE = 192 * 1024


@dataclass(frozen=True)
class Ended:
    """How a process ended: its code, negative for a signal, and what it said."""

    code: int
    messages: str


@dataclass(frozen=True)
class Program:
    """`mimamori` with the settings and folders of a soak."""

    home: Home
    settings: Path
    logs: Path

    def start(
        self, now: dt.datetime, *command: str, options: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """Start a command in a process of its own, as at the instant `now`."""
        own = ("--config", str(self.settings), "--home", str(self.home.root))
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "soak.process", "--now", str(now), *options),
                *("--", *own, *command),
            ],
            cwd=PROJECT_ROOT / "scripts",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, now: dt.datetime, *command: str, options: Sequence[str] = ()) -> Ended:
        """Run a command to its end."""
        return _ended(self.start(now, *command, options=options))

    def night(self, day: dt.date, *options: str) -> Ended:
        """Run the night of a day."""
        return self.run(night_after(day), *self.of_night(day), options=options)

    def of_night(self, day: dt.date) -> tuple[str, ...]:
        """Return the command of the night of a day."""
        return ("run", "--date", str(day), "--logs", str(self.logs))


def _ended(process: subprocess.Popen[str]) -> Ended:
    _, messages = process.communicate()
    return Ended(process.returncode, messages)


@dataclass(frozen=True)
class Outage:
    """What happens to a night: `says` is what its message must hold.

    One that `is_fatal` leaves the night undone, and the next has to make up for it.
    """

    name: str
    run: Callable[[Program, dt.date, random.Random], Ended]
    code: int
    says: str = ""
    is_fatal: bool = True


def _killed(stage: str) -> Outage:
    def run(program: Program, day: dt.date, rng: random.Random) -> Ended:
        seconds = f"{rng.uniform(0.05, 1.5):.2f}"
        return program.night(day, "--kill-in", stage, "--kill-after", seconds)

    return Outage(f"killed in {stage}", run, code=-9, is_fatal=stage not in _AFTER_REPORT)


_AFTER_REPORT = ("retention", "upkeep")


def _full_disk(program: Program, day: dt.date, _: random.Random) -> Ended:
    with _filled(program.home.root):
        return program.night(day)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    """Leave hardly any room on the disk of a folder, which must be one of its own."""
    filler = folder / "filler"
    size = shutil.disk_usage(folder).free - _LEFT_FREE
    with filler.open("wb") as stream:
        block = bytes(1 << 20)
        for _ in range(size // len(block)):
            stream.write(block)
    try:
        yield
    finally:
        filler.unlink()


def _locked(program: Program, day: dt.date, _: random.Random) -> Ended:
    other = sqlite3.connect(program.home.catalog, isolation_level=None)
    try:
        other.execute("begin exclusive")
        return program.night(day)
    finally:
        other.close()


def _without_geoip(program: Program, day: dt.date, _: random.Random) -> Ended:
    database = program.settings.with_name("country.mmdb")
    away = database.rename(database.with_suffix(".away"))
    try:
        return program.night(day)
    finally:
        away.rename(database)


def _twice(program: Program, day: dt.date, _: random.Random) -> Ended:
    both = [program.start(night_after(day), *program.of_night(day)) for _ in range(2)]
    ended = [_ended(process) for process in both]
    return max(ended, key=lambda one: one.code)


FATAL = (
    *(_killed(stage) for stage in ("ingest", "check", "detect", "report")),
    Outage("disk full", _full_disk, 1, "no space left"),
    Outage("catalog locked", _locked, 1, "locked by another program"),
    Outage("GeoIP missing", _without_geoip, 2, "country.mmdb"),
)
OTHERS = (
    _killed("retention"),
    _killed("upkeep"),
    Outage("two at once", _twice, 0, is_fatal=False),
)


def draw(rng: random.Random, days: Sequence[dt.date]) -> dict[dt.date, Outage]:
    """Draw what happens to the nights of these days.

    Every second night, from the second on, may be left undone, so that the next recovers; upkeep is
    killed in the first night that does any, a week after the first.
    """
    fatal = list(FATAL)
    rng.shuffle(fatal)
    drawn = dict(zip(days[1:-1:2], fatal, strict=False))
    others = [one for one in OTHERS if one.name != "killed in upkeep"]
    rng.shuffle(others)
    drawn |= dict(zip(days[2:-1:4], others, strict=False))
    if len(days) > _UPKEEP_NIGHT + 1:
        drawn[days[_UPKEEP_NIGHT]] = next(one for one in OTHERS if one.name == "killed in upkeep")
    return drawn


_UPKEEP_NIGHT = 8
