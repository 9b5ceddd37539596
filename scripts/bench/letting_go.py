"""Letting go, measured on the lake of `bench.ninety_days`: retention within its night, an erasure.

After each, every file below the working folder is searched for the values of those who went.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bench import ninety_days
from bench.generate import DAY
from bench.measure import Cost, Outcome, measured, watch
from bench.plan import (
    SETTINGS,
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
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.settings.load import load
from tests.byte_search import places_of

_STAGES = ("ingest", "check", "detect", "report", "retention")


def entries(plan: Plan) -> list[Entry]:
    """Return the night, retention as a part of it, and an erasure afterwards, on the same lake."""
    records = max(plan.sizes)
    a_day = records // ninety_days.DAYS
    nights: list[dict[str, Cost]] = []

    def night() -> Outcome:
        home = plan.emptied("night-90")
        checked(own("ninety_days", home, str(records)))
        warm(sorted(home.rglob("*.parquet")))
        outcome = require(measured(own("letting_go", "night", home), PROJECT_ROOT), "the night")
        stages_of_it = json.loads(outcome.output)
        nights.append({name: Cost(**cost) for name, cost in stages_of_it.items()})
        _require_gone(home, ninety_days.FIRST_DAY)
        return outcome

    def retention() -> Outcome:
        if not nights:
            raise Skipped("it is a part of night-90")
        return Outcome(nights.pop()["retention"], 0, "", "")

    def erasure() -> Outcome:
        home = require_lake(plan, "night-90")
        warm(sorted(home.rglob("*.parquet")))
        outcome = measured(
            mimamori("--config", SETTINGS, "--home", home, "subject", "erase", "--user",
                     ninety_days.EVERY_DAY, "--reason", "measured", "--by", "first",
                     "--second", "second", "--yes", "--json"),
            PROJECT_ROOT,
        )  # fmt: skip
        require(outcome, "mimamori subject erase")
        _require_gone(home, ninety_days.EVERY_DAY)
        shutil.rmtree(home)
        return outcome

    before = f"{ninety_days.DAYS} days and {count(records)} records before"
    return [
        Entry("night-90", f"mimamori run, {count(a_day)} lines gz, {before}", a_day, night),
        Entry("retention", f"retention in it: {count(a_day)} records pseudonymised", a_day,
              retention, ("night-90",)),
        Entry("erase", f"mimamori subject erase, a user of every day, {count(records)} records",
              records, erasure, ("night-90",)),
    ]  # fmt: skip


def _require_gone(home: Path, user: str) -> None:
    checked(own("letting_go", "search", home, *ninety_days.canaries(user)))


def _night(home: Path) -> None:
    """Run the stages of a night in one process, as `mimamori run`; print the cost of each."""
    costs: dict[str, Cost] = {}

    def measuring(name: str, stage: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with _cost_in(costs, name):
            return stage(*given, **named)

    for name in _STAGES:
        setattr(stages, name, partial(measuring, name, getattr(stages, name)))
    stages.run(load(SETTINGS), Home(home), DAY)
    print(json.dumps({name: asdict(cost) for name, cost in costs.items()}))


@contextmanager
def _cost_in(costs: dict[str, Cost], name: str) -> Iterator[None]:
    peaks, ended = [0], Event()
    watcher = Thread(target=watch, args=(os.getpid(), peaks, ended.wait))
    watcher.start()
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    yield
    costs[name] = Cost(time.perf_counter() - wall, sum(os.times()[:4]) - cpu, peaks[0])
    ended.set()
    watcher.join()


def _search(home: Path, values: list[str]) -> None:
    found = places_of(Home(home), values, but=[home / "logs"])
    if found:
        raise MimamoriError(f"still there: {found}")


def main() -> int:
    """`night HOME`, or `search HOME VALUE…`, which ends with 1 where a value is found."""
    match sys.argv[1:]:
        case ["night", home]:
            _night(Path(home))
        case ["search", home, *values]:
            _search(Path(home), values)
        case _:
            print(main.__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
