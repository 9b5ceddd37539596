"""A stranger's world, night after night: what `mimamori` shows of each day that is judged."""

import bz2
import datetime as dt
import gzip
import io
import json
import lzma
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.errors import MimamoriError
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.incidents import Incident, incidents_of
from strangers import references

WORLDS = Path(__file__).parent / "worlds"
DAYS, WEEKS = 35, 63
"""How many days a world of days has, and one of weeks."""
QUIET_DAYS = 14
"""Days before the first that is judged: a past to compare with."""
_NIGHT_BEGINS = dt.time(2)
_COMPRESSED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_DAYS_OF_FILES = """
select ledger.path, lines.log_date, max(lines.line_no)
from lake.access_log as lines
inner join (select distinct file_id, path from lake.ledger) as ledger using (file_id)
group by all
"""
_OWNERS = """
select * from (
    select session_id as actor, unnest([user_id, client_ip]) as owner from lake.access_log
    union
    select usual_id, user_id from context_person
)
where actor in (select unnest($named)) and owner is not null
"""


@dataclass(frozen=True)
class Shown:
    """What a night shows of a day: its cases, the riskiest first, with their findings.

    `references` has the actors that the plainest queries name instead, by family.
    """

    on: dt.date
    cases: tuple[tuple[Incident, tuple[Finding, ...]], ...]
    references: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Seen:
    """A world's truth beside what was shown of each judged day.

    `owners` has the users and addresses of each session that a finding names, and the accounts of
    each person.
    """

    world: str
    seed: int
    truth: dict[str, Any]
    days: tuple[Shown, ...]
    owners: dict[str, frozenset[str]]
    lines: int

    @property
    def is_of_weeks(self) -> bool:
        """Whether it is a world of weeks, of 63 days, and not one of days, of 35."""
        return len(self.truth["days"]) > DAYS


def draw(world: str, seed: int, days: int, folder: Path) -> None:
    """Have a world of `days` days drawn into `folder`.

    Raises:
        MimamoriError: its program failed.
    """
    given = ["--seed", str(seed), "--days", str(days), "--out", str(folder)]
    command = [sys.executable, "-I", str(WORLDS / f"{world}.py"), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MimamoriError(f"{world} {seed}: {done.stderr.strip()[-500:]}")


def see(world: str, seed: int, days: int, folder: Path) -> Seen:
    """Draw a world below `folder`, deliver its files as they were written, and see each night.

    A file grows with the days that it tells of, as far as the end of each.

    Raises:
        MimamoriError: the world cannot be drawn, or a night failed.
    """
    drawn = folder / "drawn"
    draw(world, seed, days, drawn)
    settings = load(drawn / "mimamori.yaml")
    truth = json.loads((drawn / "truth.json").read_text(encoding="utf-8"))
    dates = [dt.date.fromisoformat(on) for on in truth["days"]]
    due = _deliveries(settings, drawn / "logs", folder / "first", dates)
    home = Home(folder / "home")
    shown: list[Shown] = []
    lines = 0
    for number, on in enumerate(dates):
        for path, until in due[on]:
            _deliver(drawn / "logs" / path, home.logs / path, until)
        home.logs.mkdir(parents=True, exist_ok=True)
        clock = _clock(settings, on)
        lines += stages.ingest(settings, home, clock=clock, progress_to=io.StringIO()).lines
        cases = _cases(on, stages.detect(settings, home, [on], clock))
        if number >= QUIET_DAYS:
            shown.append(Shown(on, cases, references.found(home, settings.timezone, on)))
    return Seen(world, seed, truth, tuple(shown), _owners(settings, home, shown), lines)


def _cases(
    on: dt.date, findings: Iterable[Finding]
) -> tuple[tuple[Incident, tuple[Finding, ...]], ...]:
    by_id = {one.finding_id: one for one in findings if one.date == on}
    cases = (one for one in incidents_of(by_id.values()) if one.severity.needs_a_look)
    return tuple(
        (case, tuple(by_id[one] for one in case.finding_ids))
        for case in cases
        if case.is_within_budget
    )


def _clock(settings: Settings, on: dt.date) -> stages.Clock:
    night = dt.datetime.combine(on + dt.timedelta(days=1), _NIGHT_BEGINS, settings.zone)
    return lambda: night.astimezone(dt.UTC)


def _deliveries(
    settings: Settings, logs: Path, folder: Path, dates: list[dt.date]
) -> dict[dt.date, list[tuple[Path, int | None]]]:
    """Return what comes in after each day: files, and how many of their lines, None for all.

    It is what a first reading of all of them finds.
    """
    home = Home(folder)
    stages.ingest(
        settings, home, landing=logs, clock=_clock(settings, dates[-1]), progress_to=io.StringIO()
    )
    told: dict[str, dict[dt.date, int]] = defaultdict(dict)
    with lake.open_reader(home, settings.timezone) as con:
        for name, on, line in con.execute(_DAYS_OF_FILES).fetchall():
            told[name][min(max(on, dates[0]), dates[-1])] = line
    due: dict[dt.date, list[tuple[Path, int | None]]] = defaultdict(list)
    for path in sorted(one for one in logs.rglob("*") if one.is_file()):
        name = path.relative_to(logs)
        days = sorted(told.get(str(name), {dates[-1]: 0}))
        due[days[-1]].append((name, None))
        for on in days[:-1]:
            due[on].append((name, told[str(name)][on]))
    shutil.rmtree(folder)
    return due


def _deliver(source: Path, target: Path, lines: int | None) -> None:
    opened = _COMPRESSED.get(source.suffix, Path.open)
    target.parent.mkdir(parents=True, exist_ok=True)
    if lines is None:
        shutil.copyfile(source, target)
    else:
        with opened(source, "rb") as file, opened(target, "wb") as grown:
            grown.writelines(islice(file, lines))


def _owners(settings: Settings, home: Home, shown: Iterable[Shown]) -> dict[str, frozenset[str]]:
    named = {
        one.actor
        for day in shown
        for _, findings in day.cases
        for one in findings
        if one.actor_kind in {"session", "user"}
    }
    owners: dict[str, set[str]] = defaultdict(set)
    with lake.open_reader(home, settings.timezone) as con:
        make_context_tables(con, settings)
        for actor, owner in con.execute(_OWNERS, {"named": sorted(named)}).fetchall():
            owners[actor].add(owner)
    return {actor: frozenset(several) for actor, several in owners.items()}
