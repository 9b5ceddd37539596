"""`make evade`: how much of each act stays below `medium`, in companies drawn by chance.

Each amount is one night of all companies and acts, a site each; whoever was reported does nothing
in the nights after it. Writes `evaded.yaml` of the detectors, for the pages of `make docs`.
"""

import argparse
import datetime as dt
import random
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.detect.catalogue import DETECTORS_DIR, load_catalogue
from pipelines.text.yaml_text import read_yaml
from tests.detect import scenario
from tests.detect.replayed import detected, only
from tests.laws.companies import usual_work

_DAY = dt.date(2026, 11, 19)
_DAYS_BEFORE = 62
_OFFICE = "192.0.2.1"
_ACTS = Path(__file__).with_name("acts.yaml")
_AMOUNTS = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450)
_World = dict[str, Any]
_Found = set[tuple[str, str]]


@dataclass(frozen=True)
class Act:
    """What somebody does: how it is said in both languages, and the traffic of an amount `n`."""

    detector: str
    said: dict[str, str]
    traffic: dict[str, Any]

    def of(self, amount: int) -> list[_World]:
        """Return the traffic of so much of it."""
        if not amount:
            return []
        filled = {key: amount if value == "n" else value for key, value in self.traffic.items()}
        return [{"days": 0, "ip": _OFFICE, **filled}]


def main() -> int:
    """Seek, print the table and write what the pages show."""
    parser = argparse.ArgumentParser(prog="make evade", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which companies (default: 1)")
    parser.add_argument("--companies", type=int, default=5, help="how many (default: 5)")
    parser.add_argument(
        "--detectors", type=lambda text: text.split(","), help="acts of some detectors alone"
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    acts = [
        Act(one["detector"], one["act"], one["traffic"])
        for one in read_yaml(_ACTS.read_text(encoding="utf-8"))
        if not options.detectors or one["detector"] in options.detectors
    ]
    chance = random.Random(options.seed)  # noqa: S311 - no secret
    companies = [
        usual_work(_DAYS_BEFORE, people=chance.randint(3, 12), records=chance.randint(8, 40))
        for _ in range(options.companies)
    ]
    figures = [sorted(own) for own in largest_unreported(acts, companies)]
    for act, own in zip(acts, figures, strict=True):
        print(f"{act.detector:26}{own[0]:>5} to {own[-1]:<5}{act.said['en']}")
    if not options.check:
        _write(acts, figures)
    return 0


def largest_unreported(
    acts: Sequence[Act], companies: Sequence[_World], amounts: Sequence[int] = _AMOUNTS
) -> list[list[int]]:
    """Return for each act, by company, the largest amount up to which nobody reports it.

    What is reported on a day without the act does not count.
    """
    places = [(act, company) for act in acts for company in companies]
    usual = _reported([_world(number, company, []) for number, (_, company) in enumerate(places)])
    largest = [0] * len(places)
    is_open = [True] * len(places)
    for amount in amounts:
        found = _reported(
            [
                _world(number, company, act.of(amount if is_open[number] else 0))
                for number, (act, company) in enumerate(places)
            ]
        )
        for number in range(len(places)):
            is_open[number] &= found[number] <= usual[number]
            if is_open[number]:
                largest[number] = amount
        print(f"  {amount}: {sum(is_open)} unreported", file=sys.stderr, flush=True)
    width = len(companies)
    return [largest[first : first + width] for first in range(0, len(places), width)]


def _world(number: int, usual: _World, own: list[_World]) -> scenario.Scenario:
    """Return a company in which nobody and no browser of a stranger is another company's too."""
    browser = f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}.0) Gecko/20100101 Firefox/{number}.0"
    own = [{"agent": browser, **one} if one["ip"] != _OFFICE else one for one in own]
    text = yaml.safe_dump({"date": _DAY, "traffic": [usual, *own]}, allow_unicode=True)
    return scenario.of_text(scenario.apart(text, number + 1), number + 1)


def _reported(worlds: Sequence[scenario.Scenario]) -> list[_Found]:
    """Return what is reported at `medium` or above in one night, by world."""
    by_site: dict[str, _Found] = defaultdict(set)
    with tempfile.TemporaryDirectory() as folder, only(load_catalogue().keys()):
        for one in detected(Path(folder), scenario.merged(worlds)):
            if one.severity.needs_a_look:
                by_site[f"{one.site_id}"].add((one.detector, one.actor))
    return [by_site[f"w{number}-site"] for number in range(len(worlds))]


def _write(acts: Sequence[Act], figures: Sequence[Sequence[int]]) -> None:
    """Write the file of each detector; `figures` are in ascending order, by act."""
    by_detector: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for act, own in zip(acts, figures, strict=True):
        median = int(statistics.median_low(own))
        row = {"act": act.said, "least": own[0], "median": median, "most": own[-1]}
        by_detector[act.detector].append(row)
    head = f"# Written by make evade, from {len(figures[0])} companies drawn by chance.\n"
    for detector, rows in by_detector.items():
        text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=200)
        (DETECTORS_DIR / detector / "evaded.yaml").write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
