"""Whether a detector can work on a site: what it rests on, against what the site supplies."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

import duckdb

from pipelines.coverage.supply import PROVEN_USER, SiteSupply, site_supplies
from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.day import day_parameters
from pipelines.detect.prerequisites import (
    COLUMNS,
    CONTEXT,
    FRANCHISE,
    KINDS,
    Need,
    alternatives,
)
from pipelines.settings.model import Settings

State = Literal["works", "partly", "blind"]
"""`works`: finds all it can. `partly`: finds less. `blind`: finds nothing, whatever happens."""
LINES = "time"
"""Lacking where not a line came."""
HISTORY = "history_days"
CONTEXT_PLACE = "context."
"""Before the name of a list that the settings do not name."""
_COLUMNS = {
    **dict.fromkeys(KINDS, "resource_kind"),
    "login_user": "user_id",
    PROVEN_USER: "user_id",
}


def column_of(name: str) -> str:
    """Return the column of the record by which something is lacking, else its own name."""
    return _COLUMNS.get(name, name)


@dataclass(frozen=True)
class Coverage:
    """One detector on one site; `lacks` holds names of `pipelines.detect.prerequisites`.

    `is_meant` is false where the site is none of those that the detector is about: it is blind
    there, and nothing is to be mended.
    """

    site_id: str
    detector: str
    state: State
    lacks: tuple[str, ...]
    is_meant: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """What is lacking by column of the record; `context.NAME` and `history_days` have none."""
        return tuple(dict.fromkeys(column_of(name) for name in self.lacks))

    @property
    def lacks_list(self) -> bool:
        """Whether all that is lacking is a list that the settings do not name."""
        return bool(self.lacks) and all(name.startswith(CONTEXT_PLACE) for name in self.lacks)

    @property
    def as_json(self) -> dict[str, Any]:
        """The contract's object."""
        return {
            "site_id": self.site_id,
            "detector": self.detector,
            "state": self.state,
            "lacks": list(self.columns),
        }


@dataclass(frozen=True)
class SiteCoverage:
    """One site with all detectors, by id."""

    supply: SiteSupply
    detectors: tuple[Coverage, ...]

    def of(self, state: State) -> tuple[Coverage, ...]:
        """Return the detectors of this state that are meant for the site."""
        return tuple(one for one in self.detectors if one.state == state and one.is_meant)

    @property
    def not_meant(self) -> tuple[Coverage, ...]:
        """The detectors that are about other sites."""
        return tuple(one for one in self.detectors if not one.is_meant)

    @property
    def lacks(self) -> tuple[str, ...]:
        """Everything that is lacking to one of the detectors, the most missed first."""
        counts: dict[str, int] = {}
        for one in self.detectors:
            for name in one.lacks if one.is_meant else ():
                counts[name] = counts.get(name, 0) + 1
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def coverage_of(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    on: dt.date,
    rules: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[SiteCoverage]:
    """Return for each open site whether each shipped detector can work there on `on`, by site.

    `con` is a connection to the lake in the configured time zone. `rules` are Sigma rules that are
    judged too: the columns that each reads, by detector (`sigma.reads.columns_read`).
    """
    return [
        SiteCoverage(site, tuple(replace(one, site_id=site.site_id) for one in alike))
        for site, alike in supplies_judged(con, settings, on, rules)
    ]


Judged = tuple[SiteSupply, tuple[Coverage, ...]]
"""A site and its detectors, whose `site_id` may be that of another site with the same supply."""


def supplies_judged(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    on: dt.date,
    rules: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[Judged]:
    """Return what `coverage_of` does, for less: of thousands of shops few differ.

    Makes the temporary table `site_state` of the day.
    """
    known = day_parameters(settings, on)
    alike: dict[tuple[object, ...], tuple[Coverage, ...]] = {}
    found = []
    for site in site_supplies(con, settings, on):
        key = (frozenset(site.supplies.items()), site.history_days, site.has_lines)
        if key not in alike:
            alike[key] = (
                *(judged(one, site, known) for one in load_catalogue().values()),
                *(_judged_rule(rule, columns, site) for rule, columns in rules.items()),
            )
        found.append((site, alike[key]))
    return found


def judged(detector: Detector, site: SiteSupply, parameters: dict[str, Any]) -> Coverage:
    """Return whether a detector can work on a site; `parameters` are those of the day."""
    rests = detector.rests_on
    missing = _lacking(rests.requires, site, "none")
    is_meant = FRANCHISE not in missing
    if not site.has_lines:
        return Coverage(site.site_id, detector.id, "blind", (LINES,), is_meant)
    if missing:
        return Coverage(site.site_id, detector.id, "blind", missing, is_meant)
    weaker = (
        *_lacking(rests.requires, site, "part"),
        *_lacking(rests.better_with, site, "none", "part"),
    )
    if _reads("user_id", (*rests.requires, *rests.better_with)):
        weaker += _lacking((PROVEN_USER,), site, "none")
    if rests.history_days is not None:
        own = detector.parameters.get(rests.history_days)
        enough = parameters[rests.history_days] if own is None else own.value
        weaker += (HISTORY,) if site.history_days < enough else ()
    state: State = "partly" if weaker else "works"
    return Coverage(site.site_id, detector.id, state, tuple(dict.fromkeys(weaker)))


def _judged_rule(rule: str, columns: frozenset[str], site: SiteSupply) -> Coverage:
    """A rule whose columns are all lacking is blind; with some of them it may find less."""
    if not site.has_lines:
        return Coverage(site.site_id, rule, "blind", (LINES,))
    needs = sorted(columns & set(COLUMNS))
    lacking = _lacking(needs, site, "none")
    if lacking and len(lacking) == len(columns):
        return Coverage(site.site_id, rule, "blind", lacking)
    weaker = _lacking(needs, site, "none", "part")
    return Coverage(site.site_id, rule, "partly" if weaker else "works", weaker)


def _reads(name: str, needs: Iterable[Need]) -> bool:
    return any(name in alternatives(need) for need in needs)


def _lacking(needs: Iterable[Need], site: SiteSupply, *supplies: str) -> tuple[str, ...]:
    """Names of the needs of which the site has no more than these supplies, whichever is taken."""
    found: list[str] = []
    for need in needs:
        names = alternatives(need)
        best = _best([site.supplies.get(name, "none") for name in names])
        if best in supplies:
            found += names
    return tuple(dict.fromkeys(_placed(name) for name in found))


def _placed(name: str) -> str:
    return f"{CONTEXT_PLACE}{name}" if name in CONTEXT else name


def _best(supplies: Sequence[str]) -> str:
    return next(one for one in ("whole", "part", "none") if one in supplies)
