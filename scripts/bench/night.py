"""A whole night by `mimamori run`: first, later, with people, of a chain, quiet, a backlog.

The backlog is the demo's: some weeks of days on its twenty sites, which one run takes in whole, as
`limits.days_per_night` is 60. The quiet nights are those that follow it.
"""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import hostile
from bench.generate import DAY
from bench.measure import Outcome, measured
from bench.plan import (
    SETTINGS,
    Command,
    Entry,
    Plan,
    checked,
    count,
    mimamori,
    own,
    require,
    require_lake,
    warm,
)
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import PROJECT_ROOT

HISTORY_DAYS = 90
QUIET = ("quiet", "quiet-again")

_DEMO_LINES = 58_000  # about those of a day
_ORDINARY = ("access.log", "access.log.gz")  # no pipe, bomb or link of a hostile shop
_DEMO_SETTINGS = PROJECT_ROOT / "config" / "mimamori.yaml"


@dataclass(frozen=True)
class Night:
    """A row of a whole night; `prepare` makes its lake, and returns what `mimamori` is given."""

    key: str
    title: str
    lines: int
    prepare: Callable[[], Command]
    needs: tuple[str, ...] = ()

    def measure(self) -> Outcome:
        """Run the night once.

        Raises:
            MimamoriError: it failed, or something of it was left undone.
        """
        outcome = measured(mimamori(*self.prepare(), "--json"), PROJECT_ROOT)
        # What was put aside is an error of that file, and told with exit code 1.
        if self.key == "night-hostile" and outcome.code == 1:
            return outcome
        require(outcome, "mimamori run")
        self._require_whole(json.loads(outcome.output))
        return outcome

    def _require_whole(self, told: dict[str, object]) -> None:
        read = told["ingest"]
        if not isinstance(read, dict) or told["failures"]:
            raise MimamoriError(f"{self.key}: {told['failures']}")
        if self.key in QUIET and read["lines"]:
            raise MimamoriError(f"{self.key}: {read['lines']} new lines in a night without any")


def entries(plan: Plan) -> list[Entry]:
    """Return the rows of whole nights."""
    return [Entry(one.key, one.title, one.lines, one.measure, one.needs) for one in nights(plan)]


def profiled(plan: Plan, key: str) -> str:
    """Return the costliest statements of a night as a table, those before it run first.

    Raises:
        UsageError: no night has this key.
    """
    known = {one.key: one for one in nights(plan)}
    if key not in known:
        raise UsageError(f"no night {key}; there are {', '.join(known)}")
    for needed in known[key].needs:
        known[needed].measure()
    command = own("profile", *known[key].prepare())
    return require(measured(command, PROJECT_ROOT), "bench.profile").output


def nights(plan: Plan) -> list[Night]:
    """Return the nights, one that another is the next of before it."""
    lines, chain = plan.reference, plan.files * plan.file_lines
    title = f"mimamori run, {count(lines)} lines gz"
    after = DAY + dt.timedelta(days=1)
    return [
        first_night(plan, "night", lines),
        Night("night-after-90", f"{title}, {HISTORY_DAYS} days before", lines,
              lambda: _after_months(plan, "night", plan.landing(lines)), ("night",)),
        Night("night-people", f"{title}, people signed in, first night", lines,
              lambda: _first(plan, "night-people", plan.people())),
        Night("night-people-after-90", f"{title}, people signed in, {HISTORY_DAYS} days before",
              lines, lambda: _after_months(plan, "night-people", plan.people()),
              ("night-people",)),
        Night("night-ugly", f"{title}, customers open each other's records", lines,
              lambda: _first(plan, "night-ugly", plan.people(is_ugly=True))),
        Night("night-hostile", f"{title} beside {hostile.REQUESTS:,} hostile requests"
              " and hostile files", lines, lambda: _hostile(plan)),
        Night("night-chain", f"mimamori run, {plan.files:,} files × {plan.file_lines:,} lines",
              chain, lambda: _first(plan, "night-chain", plan.chain())),
        Night("backlog", f"mimamori run, {plan.days} days × {_DEMO_LINES:,} lines",
              plan.days * _DEMO_LINES, lambda: _backlog(plan)),
        Night("quiet", "mimamori run, no new lines, 20 sites", 0,
              lambda: _quiet(plan, after), ("backlog",)),
        Night("quiet-again", "the same night again", 0,
              lambda: _quiet(plan, after), ("backlog", "quiet")),
    ]  # fmt: skip


def first_night(plan: Plan, key: str, lines: int) -> Night:
    """Return the first night of a site whose day has so many lines; its lake has the key's name."""
    title = f"mimamori run, {count(lines)} lines gz, first night"
    return Night(key, title, lines, lambda: _first(plan, key, plan.landing(lines)))


def _first(plan: Plan, name: str, landing: Path) -> Command:
    """A lake with its tables and nothing in them."""
    home = plan.emptied(name)
    (home / "logs").mkdir()
    checked(mimamori("--config", SETTINGS, "--home", home, "ingest"))
    return _run(SETTINGS, home, DAY, landing)


def _after_months(plan: Plan, before: str, landing: Path) -> Command:
    """The same day, on a lake with the aggregates of as many days before as detectors read."""
    first = require_lake(plan, before)
    home = plan.emptied(f"{before}-after-90")
    checked(own("past", home, first, str(HISTORY_DAYS)))
    return _run(SETTINGS, home, DAY, landing)


def _hostile(plan: Plan) -> Command:
    home = plan.emptied("night-hostile")
    logs = home / "logs"
    logs.mkdir()
    checked(mimamori("--config", SETTINGS, "--home", home, "ingest"))
    shutil.copytree(plan.landing(plan.reference), logs, dirs_exist_ok=True)
    checked(own("hostile", logs))
    return _run(SETTINGS, home, DAY, logs)


def _backlog(plan: Plan) -> Command:
    home = plan.emptied("backlog")
    shutil.copytree(plan.backlog() / "context", home / "context")
    return _run(_DEMO_SETTINGS, home, DAY, plan.backlog() / "logs")


def _quiet(plan: Plan, on: dt.date) -> Command:
    return _run(_DEMO_SETTINGS, require_lake(plan, "backlog"), on, plan.backlog() / "logs")


def _run(settings: Path, home: Path, on: dt.date, landing: Path) -> Command:
    warm(sorted(path for path in landing.rglob("access.log*") if path.name in _ORDINARY))
    warm(sorted(home.rglob("*.parquet")))
    return ["--config", settings, "--home", home, "run", "--date", str(on), "--logs", landing]
