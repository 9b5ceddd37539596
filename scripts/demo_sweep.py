"""The demo on other days: what was hidden on the last one, and what its night shows.

The logs are those of `mimamori demo --end DAY`, the night that of a newcomer: all days at once.
"""

import argparse
import datetime as dt
import io
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from pipelines.demo.simulate import (
    DEFAULT_DAYS,
    DEFAULT_LINES_PER_DAY,
    DEFAULT_SEED,
    HiddenIncident,
    simulate,
)
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.settings.load import load
from pipelines.triage.incidents import incidents_of

MOST_FALSE = 1
# Ends and first days of months, Mondays, holidays and the days after them, the turn of the year.
_DAYS_OF_2027 = (
    *("01-01", "01-04", "01-31", "02-01", "02-15", "02-28", "03-01", "03-31", "04-01", "04-29"),
    *("05-06", "05-31", "06-14", "06-30", "07-20", "08-13", "08-16", "09-23", "09-30", "10-31"),
    *("11-24", "12-30", "12-31"),
)
LAST_DAYS = (
    *(dt.date.fromisoformat(f"2027-{one}") for one in _DAYS_OF_2027),
    dt.date(2028, 2, 29),
)


@dataclass(frozen=True)
class Night:
    """What a last night shows: the hidden incidents that it does not, and its false cases."""

    on: dt.date
    hidden: int
    missed: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether every hidden incident is found, and hardly anything else."""
        return not self.missed and len(self.false) <= MOST_FALSE

    def __str__(self) -> str:
        """Return a line for a terminal."""
        found = f"{self.hidden - len(self.missed)}/{self.hidden}"
        missed = f"  missed: {', '.join(self.missed)}" if self.missed else ""
        false = f"  false: {', '.join(self.false)}" if self.false else ""
        return f"{self.on:%Y-%m-%d %a}  {found}{missed}{false}"


def night_of(end: dt.date) -> Night:
    """Return what a newcomer's first night on the demo shows of its last day."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "var")
        shipped = load(DEFAULT_SETTINGS)
        truth = simulate(
            shipped,
            home.logs,
            DEFAULT_DAYS,
            end,
            DEFAULT_SEED,
            lines_per_day=DEFAULT_LINES_PER_DAY,
            context=home.context,
        )
        settings = shipped.in_home(home.context)  # now with the roster that the demo wrote
        night = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(2), settings.zone)

        def clock() -> dt.datetime:
            return night.astimezone(dt.UTC)

        stages.ingest(settings, home, clock=clock, progress_to=io.StringIO())
        found = stages.detect(settings, home, truth.days, clock)
    hidden = [one for one in truth.incidents if one.on == end]
    shown = [one for one in found if one.date == end and one.severity.needs_a_look]
    missed = [one.id for one in hidden if not any(_tells_of(two, one) for two in shown)]
    by_id = {one.finding_id: one for one in shown}
    false = [
        f"{case.detectors[0]} {case.actor}"
        for case in incidents_of(one for one in found if one.date == end)
        if case.is_within_budget
        and case.severity.needs_a_look
        and not any(
            _is_about(by_id[name], one)
            for name in case.finding_ids
            if name in by_id
            for one in truth.incidents
        )
    ]
    return Night(end, len(hidden), tuple(missed), tuple(false))


def _tells_of(finding: Finding, hidden: HiddenIncident) -> bool:
    return finding.detector in hidden.detectors and _is_about(finding, hidden)


def _is_about(finding: Finding, hidden: HiddenIncident) -> bool:
    """Whether both are of one actor; what goes on is no false alarm, whatever the detector."""
    addresses = finding.evidence.get("addresses") or ()
    return finding.actor == hidden.actor or hidden.actor in addresses


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the nights of the days; exit with 1 where one is not good."""
    parser = argparse.ArgumentParser(prog="make demo-sweep ARGS=...", description=__doc__)
    parser.add_argument("days", nargs="*", type=dt.date.fromisoformat, help="instead of all")
    parser.add_argument("--jobs", type=int, default=1, help="days at a time")
    options = parser.parse_args(arguments)
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    days = options.days or LAST_DAYS
    good = 0
    with ProcessPoolExecutor(options.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        for night in pool.map(night_of, days):
            print(night, flush=True)
            good += night.is_good
    print(f"{good}/{len(days)} nights show all that was hidden and at most {MOST_FALSE} false case")
    if good < len(days):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
