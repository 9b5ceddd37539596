"""What is measured: each entry is one process (or a pipe of them) on one input."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import sigma_rules
from bench.history import DAY
from bench.measure import Outcome, measured
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT
from pipelines.settings.load import rules_beside

SETTINGS = PROJECT_ROOT / "scripts" / "bench" / "settings.yaml"
OTHER_PYTHON = PROJECT_ROOT / ".venv-bench" / "bin" / "python"

Command = list[str | Path]

HISTORIES = (30, 90)
"""Days of the past that a day is detected against."""

_FIVE_MILLION = 5_000_000
_HERE = PROJECT_ROOT / "scripts" / "bench"
_WARM_BYTES = 8 * 1024 * 1024


class Skipped(Exception):  # noqa: N818 - it is no error: the row says why it is empty
    """An entry cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One row of the table: `run` measures it once; `key` names it in the targets and in JSON."""

    key: str
    title: str
    lines: int
    run: Callable[[], Outcome]


@dataclass(frozen=True)
class Plan:
    """Sizes in lines, and where inputs and lakes lie."""

    folder: Path
    sizes: tuple[int, ...]
    files: int
    file_lines: int

    @property
    def reference(self) -> int:
        """The size at which others are measured too: five million lines where they are asked for.

        Else the largest.
        """
        return _FIVE_MILLION if _FIVE_MILLION in self.sizes else max(self.sizes)

    def landing(self, lines: int) -> Path:
        """The landing folder that holds one site's file of so many lines."""
        return self.folder / f"logs-{lines}"

    def packed(self, lines: int) -> Path:
        """The gz file in it."""
        return self.landing(lines) / "bench" / "access.log.gz"

    @property
    def plain(self) -> Path:
        """The reference lines as they are."""
        return self.folder / f"plain-{self.reference}.log"

    @property
    def chain(self) -> Path:
        """The landing folder of the chain of shops."""
        return self.folder / f"logs-{self.files}x{self.file_lines}"

    def work(self, name: str) -> Path:
        """A folder for what an entry writes."""
        return self.folder / "work" / name


def prepare(plan: Plan) -> None:
    """Make the inputs that are not there yet, in processes of their own: memory stays small here.

    Raises:
        MimamoriError: they could not be made.
    """
    for lines in plan.sizes:
        plain = str(plan.plain) if lines == plan.reference else ""
        _made("log", str(plan.packed(lines)), plain, str(lines))
    _made("chain", str(plan.chain / "shop"), str(plan.files), str(plan.file_lines))


def _made(*arguments: str) -> None:
    checked([sys.executable, "-m", "bench.generate", *arguments])


def entries(plan: Plan) -> list[Entry]:
    """Return all entries, an ingest before the second run over the same lake."""
    small, reference = min(plan.sizes), plan.reference
    found: list[Entry] = []
    for lines in plan.sizes:
        found.append(_ingest(plan, f"ingest-{lines}", f"mimamori ingest, {count(lines)} lines gz",
                             lines, plan.landing(lines)))  # fmt: skip
        if lines == small:  # side by side, as a machine shared with others slows and quickens
            title = f"mimamori ingest, {count(lines)} lines gz, no redaction"
            found.append(_ingest(plan, "unredacted", title, lines, plan.landing(lines),
                                 redact=False))  # fmt: skip
        if lines == reference:
            found.append(_again(plan, f"ingest-{lines}", "second run, nothing new",
                                plan.landing(lines)))  # fmt: skip
    chain_lines = plan.files * plan.file_lines
    title = f"mimamori ingest, {plan.files:,} files × {plan.file_lines:,} lines"
    found += [
        _ingest(plan, "chain", title, chain_lines, plan.chain),
        _again(plan, "chain", f"second run, nothing new, {plan.files:,} files", plan.chain),
        *(_detect(plan, days) for days in HISTORIES),
        _detect(plan, min(HISTORIES), with_rules=True),
        _web(plan),
        Entry("parse", f"mimamori parse --to parquet, {count(small)} lines gz", small,
              lambda: _parse(plan, small)),
        Entry("chdb", f"chDB, bare split to Parquet, {count(reference)} lines gz", reference,
              lambda: _chdb(plan)),
        Entry("polars", f"Polars, bare split to Parquet, {count(reference)} lines gz", reference,
              lambda: _polars(plan)),
        Entry("goaccess", f"GoAccess -j 2, {count(reference)} lines plain", reference,
              lambda: _goaccess(plan)),
    ]  # fmt: skip
    return found


def count(lines: int) -> str:
    """Return a number of lines as the titles of entries have it."""
    millions = lines / 1_000_000
    return f"{millions:g} M" if millions >= 1 else f"{lines:,}"


def mimamori(*arguments: str | Path) -> Command:
    """Return the command line of the program under measurement."""
    return [sys.executable, "-m", "pipelines", *arguments]


def _ingest(
    plan: Plan, name: str, title: str, lines: int, landing: Path, *, redact: bool = True
) -> Entry:
    home = plan.work(name)

    def run() -> Outcome:
        if not redact:
            _require_masking(plan, lines)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        settings = SETTINGS if redact else _without_redaction(home)
        where: Command = ["--config", settings, "--home", home]
        # The tables are made once in a lake's life, so they are not measured.
        nothing = home / "logs"
        nothing.mkdir()
        checked(mimamori(*where, "ingest", "--logs", nothing))
        warm(sorted(landing.rglob("access.log*")))
        outcome = measured(mimamori(*where, "ingest", "--logs", landing, "--json"), PROJECT_ROOT)
        require(outcome, "mimamori ingest")
        _require_all(json.loads(outcome.output), lines)
        held = _held(where)
        if held.records != lines:
            raise MimamoriError(f"{name}: {held.records:,} records in the lake of {lines:,} lines")
        if held.masked and not redact:
            raise MimamoriError(f"{name}: {held.masked:,} records are masked in spite of settings")
        return outcome

    return Entry(name, title, lines, run)


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


def _again(plan: Plan, name: str, title: str, landing: Path) -> Entry:
    home = plan.work(name)

    def run() -> Outcome:
        if not home.exists():
            raise Skipped(f"its lake is made by {name}")
        where: Command = ["--config", SETTINGS, "--home", home]
        outcome = measured(mimamori(*where, "ingest", "--logs", landing, "--json"), PROJECT_ROOT)
        require(outcome, "mimamori ingest")
        _require_all(json.loads(outcome.output), 0)
        return outcome

    return Entry(f"{name}-again", title, 0, run)


def _detect(plan: Plan, days: int, *, with_rules: bool = False) -> Entry:
    lines = plan.reference
    name = "sigma" if with_rules else "detect"
    home = plan.work(f"{name}-history-{days}")

    def run() -> Outcome:
        shutil.rmtree(home, ignore_errors=True)
        checked([sys.executable, "-m", "bench.history", home, str(lines), str(days)])
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
    home = plan.work(f"sigma-history-{min(HISTORIES)}")

    def run() -> Outcome:
        if not home.exists():
            raise Skipped(f"its lake is made by sigma-{min(HISTORIES)}")
        warm(sorted(home.rglob("*.parquet")))
        command: Command = [sys.executable, "-m", "bench.web", home / "settings.yaml", home]
        return require(measured(command, PROJECT_ROOT), "bench.web")

    title = (
        f"web attacks and {sigma_rules.RULES} Sigma rules alone, {count(plan.reference)} records,"
        " 1 % attacks"
    )
    return Entry("web", title, plan.reference, run)


def _parse(plan: Plan, lines: int) -> Outcome:
    target = _target(plan, "parse")
    source = plan.packed(lines)
    warm([source])
    command = mimamori("--config", SETTINGS, "parse", source, "--format", "combined",
                        "--to", "parquet", "-o", target)  # fmt: skip
    return require(measured(command, PROJECT_ROOT), "mimamori parse")


def _chdb(plan: Plan) -> Outcome:
    if not OTHER_PYTHON.exists():
        raise Skipped("chDB is not installed; 'make bench' puts it into .venv-bench")
    source, target = plan.packed(plan.reference), _target(plan, "chdb")
    warm([source])
    threads = str(len(os.sched_getaffinity(0)))
    command: Command = [OTHER_PYTHON, _HERE / "chdb_split.py", source, target, threads]
    return require(measured(command, PROJECT_ROOT), "chDB")


def _polars(plan: Plan) -> Outcome:
    source, target = plan.packed(plan.reference), _target(plan, "polars")
    warm([source])
    command: Command = [sys.executable, _HERE / "polars_split.py", source, target]
    return require(measured(command, PROJECT_ROOT), "Polars")


def _goaccess(plan: Plan) -> Outcome:
    program = shutil.which("goaccess")
    if program is None:
        raise Skipped("no program goaccess here (on Debian and Ubuntu: apt install goaccess)")
    warm([plan.plain])
    target = _target(plan, "goaccess.json")
    how = ["--log-format=COMBINED", "-j", "2", "--no-global-config", "--no-progress"]
    command: Command = [program, plan.plain, *how, "-o", target]
    outcome = require(measured(command, PROJECT_ROOT), "GoAccess")
    seen = json.loads(target.read_text(encoding="utf-8"))["general"]["total_requests"]
    if seen != plan.reference:
        raise MimamoriError(f"GoAccess read {seen:,} of {plan.reference:,} lines")
    return outcome


def _target(plan: Plan, name: str) -> Path:
    target = plan.work(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    return target


def warm(paths: Sequence[Path]) -> None:
    """Read the files once, so that all find them in memory, and let earlier writes settle."""
    os.sync()
    for path in paths:
        with path.open("rb", buffering=0) as stream:
            while stream.read(_WARM_BYTES):
                pass


def checked(command: Sequence[str | Path]) -> Outcome:
    """Run a command, return what it wrote; MimamoriError when it ends with another code than 0."""
    return require(measured(command, PROJECT_ROOT), " ".join(map(str, command[1:4])))


def require(outcome: Outcome, what: str) -> Outcome:
    """Return the outcome of a command; MimamoriError when it ended with another code than 0."""
    if outcome.code:
        raise MimamoriError(f"{what} ended with {outcome.code}: {outcome.errors}")
    return outcome
