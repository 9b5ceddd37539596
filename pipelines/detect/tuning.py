"""How a detector runs by the settings: its mode and parameters, where they differ by site too."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.settings.detectors import Detectors, Mode, SiteTuning, Tuning, of_site


@dataclass(frozen=True)
class Way:
    """One way in which a detector runs: its mode, and the values of its parameters."""

    mode: Mode
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Tuned:
    """The ways of a detector: `by_site` under ids of sites and templates, `general` elsewhere.

    A finding on a site is told where the way of that site gives it, so that a value for one site
    changes nothing about another; one that is about no single site follows the general way.
    """

    general: Way
    by_site: Mapping[str, Way] = field(default_factory=dict)

    def way_of(self, site_id: str | None) -> Way:
        """Return the way in which the detector judges a site."""
        return self.general if not self.by_site else of_site(self.by_site, site_id) or self.general

    @property
    def runs(self) -> Sequence[Mapping[str, Any]]:
        """The distinct values with which the query has to be run; none where it is off."""
        wanted: list[Mapping[str, Any]] = []
        for way in (self.general, *self.by_site.values()):
            if way.mode != "off" and way.values not in wanted:
                wanted.append(way.values)
        return wanted

    @property
    def mode(self) -> Mode:
        """`active` where it is so on any site, else `shadow` where it is so, else `off`."""
        modes = {self.general.mode, *(way.mode for way in self.by_site.values())}
        ordered: tuple[Mode, ...] = ("active", "shadow", "off")
        return next(mode for mode in ordered if mode in modes)


def tuned(detectors: Detectors, detector: str, mode: Mode, parameters: Mapping[str, Any]) -> Tuned:
    """Return how a detector runs; `mode` and `parameters` are those that it is shipped with."""
    tuning = detectors.get(detector)
    if tuning is None:
        return Tuned(Way(mode, parameters))
    general = _changed(Way(mode, parameters), tuning)
    return Tuned(general, {site: _changed(general, own) for site, own in tuning.sites.items()})


def changes(detectors: Detectors, detector: str) -> str | None:
    """Return what the settings say of a detector as JSON, for the record; None for nothing."""
    tuning = detectors.get(detector)
    if tuning is None:
        return None
    said = tuning.model_dump(exclude_defaults=True)
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else None


def changed(tuning: Tuning | None, values: Mapping[str, Any]) -> Tuning:
    """Return what settings say of a detector with further values for all sites but its own."""
    before = tuning or Tuning()
    return before.model_copy(update={"parameters": {**before.parameters, **values}})


def _changed(way: Way, said: SiteTuning) -> Way:
    values = {
        name: float(said.parameters[name])
        if isinstance(usual, float) and name in said.parameters
        else said.parameters.get(name, usual)
        for name, usual in way.values.items()
    }
    return Way(said.mode or way.mode, values)
