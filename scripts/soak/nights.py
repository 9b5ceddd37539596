"""Consecutive small nights in one process: `python -m soak.nights HOME FIRST COUNT`.

What a process does but once, loading programs and suites, is thus done once for many nights. One
JSON line tells what each cost.
"""

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.detect.aggregates import refresh_stale_aggregates
from pipelines.night import stages
from pipelines.night.stage_runs import stage_of_days
from pipelines.night.upkeep import keep_in_order_if_due
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from soak.traffic import ZONE, Site, lines_of

SETTINGS = Path(__file__).parent / "settings.yaml"
SITES = (Site("portal", 8, is_portal=True), Site("shop-01", 8, is_scanned=True))
_SEED = 1
_FETCH_EVERY = 7  # which removes what was read long ago from the landing folder


def landing_of(logs: Path, site: Site) -> Path:
    """Return the folder below `logs` into which the files of a site are delivered."""
    folder = "portal" if site.is_portal else f"shops/{site.id.removeprefix('shop-')}"
    return logs / folder


def night_after(day: dt.date) -> dt.datetime:
    """Return the instant at which the night of a day begins."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(2), ZONE)


def deliver_logs(home: Home, day: dt.date) -> int:
    """Write the files of a day, one a site; return how many lines they have."""
    total = 0
    for site in SITES:
        lines = lines_of(site, day, _SEED)
        path = landing_of(home.logs, site) / f"{day}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{one.text}\n" for one in lines), encoding="utf-8")
        total += len(lines)
    return total


def play(settings: Settings, home: Home, day: dt.date, *, is_whole: bool) -> dict[str, Any]:
    """Deliver a day's logs and run its night; return its lines, findings and CPU seconds.

    A night that is not whole reads and aggregates, from which all else comes; the next whole one
    lets go of what is past its time for those before it too.
    """
    lines = deliver_logs(home, day)
    before = time.process_time()

    def clock() -> dt.datetime:
        return night_after(day)

    findings = 0
    if is_whole:
        findings = len(stages.run(_alone(settings), home, day, clock=clock).findings)
    else:
        with lake.shared_lake() as opening:
            stages.ingest(settings, home, clock=clock, on=day, opening=opening)
            with stage_of_days(settings, home, "aggregate", [day], clock, opening) as con:
                refresh_stale_aggregates(con, [day], clock, settings.context.windows)
            keep_in_order_if_due(settings, home, clock, opening, stages.upkeep)
    cpu = time.process_time() - before
    if day.toordinal() % _FETCH_EVERY == 0:
        stages.fetch(settings, home, lambda _: None, clock=clock)
    return {
        "day": str(day),
        "lines": lines,
        "is_whole": is_whole,
        "findings": findings,
        "cpu_seconds": round(cpu, 2),
    }


def _alone(settings: Settings) -> Settings:
    """The settings of a night that leaves alone the days before it, which were but read."""
    limits = settings.limits.model_copy(update={"days_per_night": 1})
    return settings.model_copy(update={"limits": limits})


def _main() -> None:
    parser = argparse.ArgumentParser(prog="soak.nights", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("first", type=dt.date.fromisoformat)
    parser.add_argument("count", type=int)
    parser.add_argument("--whole-every", type=int, default=1, help="days, the others read alone")
    options = parser.parse_args()
    home, settings = Home(options.home), load(SETTINGS)
    for number in range(options.count):
        day = options.first + dt.timedelta(days=number)
        # After the last comes one that is measured, and is to do no more than its own day's work.
        is_whole = day.toordinal() % options.whole_every == 0 or number == options.count - 1
        print(json.dumps(play(settings, home, day, is_whole=is_whole)), flush=True)


if __name__ == "__main__":
    _main()
