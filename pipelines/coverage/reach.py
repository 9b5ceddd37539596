"""What could have been found on a day: on how many sites each detector could work."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.coverage.judge import Judged


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


def reach_of(sites: Iterable[Judged]) -> Reach:
    """Return what could have been found on a day, whose sites were judged by all detectors."""
    states: Counter[str] = Counter()
    known: set[str] = set()
    seeing: set[str] = set()
    for supply, detectors in sites:
        for one in detectors:
            known.add(one.detector)
            if not supply.has_lines or not one.is_meant or one.lacks_list:
                continue
            states[one.state] += 1
            if one.state != "blind":
                seeing.add(one.detector)
    return Reach(len(known), len(seeing), states["works"], states["partly"], states["blind"])
