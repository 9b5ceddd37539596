"""The rows of `ingest` and `detect`: each is one process on one input."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import sigma_rules
from bench.history import DAY
from bench.measure import Outcome, measured
from bench.plan import (
    SETTINGS,
    Command,
    Entry,
    Plan,
    Skipped,
    checked,
    count,
    mimamori,
    own,
    require,
    require_lake,
    warm,
)
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT
from pipelines.settings.load import rules_beside

HISTORIES = (30, 90)
"""Days of the past that a day is detected against."""

BUSY = 3
"""Processes that keep a processor busy beside one of the rows."""


def entries(plan: Plan) -> list[Entry]:
    """Return the rows, an ingest before the second run over the same lake."""
    small, reference = min(plan.sizes), plan.reference
    found: list[Entry] = []
    for lines in plan.sizes:
        name, landing = f"ingest-{lines}", partial(plan.landing, lines)
        title = f"mimamori ingest, {count(lines)} lines gz"
        found.append(_ingest(plan, name, title, lines, landing))
        if lines == small:  # side by side, as a machine shared with others slows and quickens
            found.append(_ingest(plan, "unredacted", f"{title}, no redaction", lines, landing,
                                 redact=False))  # fmt: skip
        if lines == reference:
            found.append(_ingest(plan, "ingest-busy", f"{title}, beside {BUSY} busy processes",
                                 lines, landing, busy=BUSY))  # fmt: skip
            found.append(_again(plan, name, "second run, nothing new", landing))
    chain_lines = plan.files * plan.file_lines
    title = f"mimamori ingest, {plan.files:,} files × {plan.file_lines:,} lines"
    found += [
        _ingest(plan, "chain", title, chain_lines, plan.chain),
        _again(plan, "chain", f"second run, nothing new, {plan.files:,} files", plan.chain),
        *(_detect(plan, days) for days in HISTORIES),
        _detect(plan, min(HISTORIES), with_rules=True),
        _web(plan),
    ]
    return found


def _ingest(
    plan: Plan,
    name: str,
    title: str,
    lines: int,
    landing: Callable[[], Path],
    *,
    redact: bool = True,
    busy: int = 0,
) -> Entry:
    def run() -> Outcome:
        if not redact:
            _require_masking(plan, lines)
        home = plan.emptied(name)
        settings = SETTINGS if redact else _without_redaction(home)
        where: Command = ["--config", settings, "--home", home]
        # The tables are made once in a lake's life, so they are not measured.
        nothing = home / "logs"
        nothing.mkdir()
        checked(mimamori(*where, "ingest", "--logs", nothing))
        command = mimamori(*where, "ingest", "--logs", landing(), "--json")
        warm(sorted(landing().rglob("access.log*")))
        with _busy(busy):
            outcome = measured(command, PROJECT_ROOT)
        require(outcome, "mimamori ingest")
        _require_all(json.loads(outcome.output), lines)
        held = _held(where)
        if held.records != lines:
            raise MimamoriError(f"{name}: {held.records:,} records in the lake of {lines:,} lines")
        if held.masked and not redact:
            raise MimamoriError(f"{name}: {held.masked:,} records are masked in spite of settings")
        return outcome

    return Entry(name, title, lines, run, () if redact else (f"ingest-{lines}",))


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    """Keep so many processes busy meanwhile, each with one thread that never waits."""
    endless = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(endless) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class _Held:
    """What a lake holds: its records, and how many of them have a masked value."""

    records: int
    masked: int


def _held(where: Command) -> _Held:
    query = (
        "select count(*) as records, count(*) filter (where len(redactions) > 0) as masked"
        " from lake.access_log"
    )
    found = checked(mimamori(*where, "sql", query, "--format", "json"))
    return _Held(**json.loads(found.output))


def _require_masking(plan: Plan, lines: int) -> None:
    """A run without redaction tells its cost only beside one that did mask something."""
    home = plan.work(f"ingest-{lines}")
    if not _held(["--config", SETTINGS, "--home", home]).masked:
        raise Skipped("the run with redaction masked nothing, so its cost cannot be told")


def _require_all(result: dict[str, int], lines: int) -> None:
    sums = sum(result[name] for name in ("records", "rejects", "comments", "duplicates"))
    if not lines == result["lines"] == sums == result["records"]:
        raise MimamoriError(f"of {lines:,} lines ingest made {result}")


def _without_redaction(home: Path) -> Path:
    path = home / "settings.yaml"
    text = SETTINGS.read_text(encoding="utf-8")
    path.write_text(f"{text}redaction: {{enabled: false}}\n", encoding="utf-8")
    return path


def _again(plan: Plan, name: str, title: str, landing: Callable[[], Path]) -> Entry:
    def run() -> Outcome:
        where: Command = ["--config", SETTINGS, "--home", require_lake(plan, name)]
        outcome = measured(mimamori(*where, "ingest", "--logs", landing(), "--json"), PROJECT_ROOT)
        require(outcome, "mimamori ingest")
        _require_all(json.loads(outcome.output), 0)
        return outcome

    return Entry(f"{name}-again", title, 0, run, (name,))


def _detect(plan: Plan, days: int, *, with_rules: bool = False) -> Entry:
    lines = plan.reference
    name = "sigma" if with_rules else "detect"

    def run() -> Outcome:
        home = plan.emptied(f"{name}-{days}")
        checked(own("history", home, str(lines), str(days)))
        warm(sorted(home.rglob("*.parquet")))
        settings = _with_rules(home) if with_rules else SETTINGS
        command = mimamori("--config", settings, "--home", home, "detect", "--date", str(DAY))
        return require(measured(command, PROJECT_ROOT), "mimamori detect")

    rules = f", {sigma_rules.RULES} Sigma rules" if with_rules else ""
    return Entry(
        f"{name}-{days}",
        f"mimamori detect, {count(lines)} records, {days} days before{rules}",
        lines,
        run,
    )


def _with_rules(home: Path) -> Path:
    path = home / "settings.yaml"
    path.write_text(SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    folder = rules_beside(path)
    folder.mkdir(parents=True)
    sigma_rules.write(folder)
    return path


def _web(plan: Plan) -> Entry:
    """Web attacks and rules of the day that the entry before has detected everything in."""
    made_by = f"sigma-{min(HISTORIES)}"

    def run() -> Outcome:
        home = require_lake(plan, made_by)
        warm(sorted(home.rglob("*.parquet")))
        command = own("web", home / "settings.yaml", home)
        return require(measured(command, PROJECT_ROOT), "bench.web")

    title = (
        f"web attacks and {sigma_rules.RULES} Sigma rules alone, {count(plan.reference)} records,"
        " 1 % attacks"
    )
    return Entry("web", title, plan.reference, run, (made_by,))
