"""What could have been found on a day: on how many sites each detector could work."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import duckdb

from pipelines.coverage.judge import coverage_of
from pipelines.settings.model import Settings


@dataclass(frozen=True)
class Reach:
    """Pairs of a site with lines and a detector that is meant for it, by whether it could work.

    `detectors` are those that could find something on at least one site, `shipped` all.
    """

    shipped: int
    detectors: int
    works: int
    partly: int
    blind: int


def reach_of(con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date) -> Reach:
    """Return what could have been found on a day, as `coverage_of` judges the sites."""
    states: Counter[str] = Counter()
    known: set[str] = set()
    seeing: set[str] = set()
    for site in coverage_of(con, settings, on):
        for one in site.detectors:
            known.add(one.detector)
            if not site.supply.has_lines or not one.is_meant or one.lacks_list:
                continue
            states[one.state] += 1
            if one.state != "blind":
                seeing.add(one.detector)
    return Reach(len(known), len(seeing), states["works"], states["partly"], states["blind"])
