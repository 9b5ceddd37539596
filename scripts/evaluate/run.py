"""The nights of a world: `mimamori` reads what arrived and looks at the day, night after night."""

import datetime as dt
import io
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.desk import HOUR, midnight
from evaluate.plan import Plan, plan
from evaluate.season import QUIET_DAYS
from evaluate.truth import Actor, Level, Truth
from evaluate.write import PEOPLE, Written, write
from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

DONE = "lines.txt"  # says that a world was looked at to its end, and how many lines it has
_NIGHT_BEGINS = 2  # o'clock, the day after


@dataclass(frozen=True)
class Seconds:
    """What a world took: to be simulated, to be read, and to be looked at."""

    simulated: float
    read: float
    detected: float


@dataclass(frozen=True)
class Looked:
    """A world's truth beside the findings of the days that are judged.

    `sessions` says whose each session is that a finding names: users and addresses by session.
    """

    truth: Truth
    findings: tuple[Finding, ...]
    sessions: dict[str, frozenset[Actor]]
    lines: int
    seconds: Seconds


def look(seed: int, level: Level, days: int, folder: Path, *, scale: float = 1.0,
         with_context: bool = False) -> Looked:  # fmt: skip
    """Simulate the world of a seed below `folder`, run its nights, and return what was found.

    Raises:
        MimamoriError: a night failed, or not every file could be read.
    """
    began = time.perf_counter()
    planned = plan(seed, level, days, scale, with_context=with_context)
    world = write(planned, folder, with_context=with_context)
    simulated = time.perf_counter() - began
    settings = load(world.settings)
    home = Home(folder / "home")
    home.logs.mkdir(parents=True)
    dates = planned.scene.shape.dates
    read = detected = 0.0
    findings: dict[dt.date, list[Finding]] = {}
    for index, on in enumerate(dates):
        _arrive(world, home, on)
        if index < QUIET_DAYS - 1:
            continue  # the first nights are caught up with in one
        instant = _night_after(planned, on)
        began = time.perf_counter()
        changed = _read(settings, home, instant)
        read += time.perf_counter() - began
        if index < QUIET_DAYS:
            continue
        began = time.perf_counter()
        due = sorted({on, *(day for day in changed if dates[QUIET_DAYS] <= day < on)})
        found = stages.detect(settings, home, due, _clock(instant))
        findings |= {day: [one for one in found if one.date == day] for day in due}
        detected += time.perf_counter() - began
    return _looked(world.truth, settings, home, findings, world.lines,
                   Seconds(simulated, read, detected))  # fmt: skip


def look_again(seed: int, level: Level, days: int, folder: Path, *, with_context: bool = False
               ) -> Looked | None:  # fmt: skip
    """Look once more at a world that `look` left in `folder`, without reading its logs again.

    None when there is none, or when the simulator would make another one today.
    """
    truth_file = folder / "truth.json"
    if not (folder / DONE).exists():
        return None
    kept = json.loads(truth_file.read_text(encoding="utf-8"))
    planned = plan(seed, level, days, with_context=with_context)
    lines = {number: one["lines"] for number, one in _numbered(kept)}
    truth = planned.truth(lines, {number for number, one in _numbered(kept) if one["is_heavy"]})
    if truth.as_json() != kept:
        return None
    settings, home = load(folder / "settings.yaml"), Home(folder / "home")
    began = time.perf_counter()
    findings = {
        on: stages.detect(settings, home, [on], _clock(_night_after(planned, on)))
        for on in truth.judged
    }
    seconds = Seconds(0.0, 0.0, time.perf_counter() - began)
    return _looked(truth, settings, home, findings, int((folder / DONE).read_text()), seconds)


def _numbered(kept: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return [(int(one["id"].rpartition("-")[2]), one) for one in kept["incidents"]]


def _looked(
    truth: Truth, settings: Settings, home: Home, findings: dict[dt.date, list[Finding]],
    lines: int, seconds: Seconds,
) -> Looked:  # fmt: skip
    reported = tuple(one for day in sorted(findings) for one in findings[day])
    (home.root.parent / DONE).write_text(f"{lines}\n", encoding="utf-8")
    return Looked(truth, reported, _sessions(settings, home, reported), lines, seconds)


def _night_after(planned: Plan, on: dt.date) -> dt.datetime:
    at = midnight(planned.scene.shape, on + dt.timedelta(days=1)) + _NIGHT_BEGINS * HOUR
    return dt.datetime.fromtimestamp(at, tz=dt.UTC)


def _clock(instant: dt.datetime) -> stages.Clock:
    return lambda: instant


def _arrive(world: Written, home: Home, on: dt.date) -> None:
    """Move the files of a night into the landing folder."""
    night = world.nights[on]
    for file in sorted(night.rglob("*.gz")):
        target = home.logs / file.relative_to(night)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
    if (people := night / Path(PEOPLE).name).exists():
        target = world.folder / PEOPLE
        target.parent.mkdir(exist_ok=True)
        people.rename(target)


def _read(settings: Settings, home: Home, instant: dt.datetime) -> tuple[dt.date, ...]:
    result = stages.ingest(settings, home, clock=_clock(instant), progress_to=io.StringIO())
    if result.failures:
        raise MimamoriError(f"{home.logs}: {result.failures[0]}")
    return result.changed_days


def _sessions(
    settings: Settings, home: Home, findings: tuple[Finding, ...]
) -> dict[str, frozenset[Actor]]:
    named = sorted({one.actor for one in findings if one.actor_kind == "session"})
    if not named:
        return {}
    owners: dict[str, set[Actor]] = defaultdict(set)
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select distinct session_id, user_id, client_ip from lake.access_log"
            " where session_id in (select unnest(?))",
            [named],
        ).fetchall()
    for session, user, ip in rows:
        owners[session] |= {("ip", ip)} | ({("user", user)} if user else set())
    return {session: frozenset(actors) for session, actors in owners.items()}
