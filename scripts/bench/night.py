"""A whole night, with and without what `bench.hostile` writes beside the ordinary logs."""

import shutil
import sys
from typing import TYPE_CHECKING

from bench import hostile
from bench.entries import SETTINGS, Entry, Plan, checked, count, mimamori, require, warm
from bench.generate import DAY
from bench.measure import Outcome, measured
from pipelines.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path


def entries(plan: Plan) -> list[Entry]:
    """Return the night as it is, and the same night with hostile files and requests."""
    return [_night(plan, is_hostile=False), _night(plan, is_hostile=True)]


def _night(plan: Plan, *, is_hostile: bool) -> Entry:
    name = "night-hostile" if is_hostile else "night"
    home = plan.work(name)
    lines = plan.reference

    def run() -> Outcome:
        shutil.rmtree(home, ignore_errors=True)
        logs = home / "logs"
        logs.mkdir(parents=True)
        where: list[str | Path] = ["--config", SETTINGS, "--home", home]
        checked(mimamori(*where, "ingest"))
        shutil.copytree(plan.landing(lines), logs, dirs_exist_ok=True)
        if is_hostile:
            checked([sys.executable, "-m", "bench.hostile", logs])
        warm(sorted(logs.rglob("access.log.gz")))
        command = mimamori(*where, "run", "--date", str(DAY), "--json")
        outcome = measured(command, PROJECT_ROOT)
        # What was put aside is an error of that file, and told with exit code 1.
        return outcome if is_hostile and outcome.code == 1 else require(outcome, "mimamori run")

    beside = (
        f" beside {hostile.REQUESTS:,} hostile requests and hostile files" if is_hostile else ""
    )
    return Entry(name, f"mimamori run, {count(lines)} lines gz{beside}", lines, run)
