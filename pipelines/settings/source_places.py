"""Which sources the settings have, which sites each serves, and where its files go.

What lies at the root of a source stands for what lies in its folder `into` below the landing
folder. A file is fetched when a site that the source serves claims the name that it gets there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipelines.settings.claims import Reach
from pipelines.settings.globs import PLACEHOLDER
from pipelines.settings.model import Settings, Site
from pipelines.settings.sources import Source

ALL_SITES = "landing"  # the name of the source that serves every site without one of its own
_WILD = "*?["


@dataclass(frozen=True)
class SourcePlace:
    """A source with its name, the folder for its files, and the entries of the settings it serves.

    The name is the id of the site or template whose source it is, or `landing`.
    """

    name: str
    source: Source
    into: tuple[str, ...]
    sites: frozenset[str]


def source_places(settings: Settings) -> list[SourcePlace]:
    """Return every source of the settings, in order, that of all sites first."""
    found = []
    shared = settings.landing.source
    served = frozenset(site.id for site in settings.sites if site.source is None)
    if shared is not None and served:
        found.append(SourcePlace(ALL_SITES, shared, _parts(shared.into or ""), served))
    for site in settings.sites:
        if site.source is not None:
            into = site.source.into
            parts = _fixed_folders(site) if into is None else _parts(into)
            found.append(SourcePlace(site.id, site.source, parts, frozenset({site.id})))
    return found


def reach_within(settings: Settings, into: tuple[str, ...]) -> Reach:
    """Return what the patterns of all sites lead to from a folder below the landing folder."""
    reach = Reach.of(settings)
    for count, name in enumerate(into, start=1):
        reach = Reach(reach.step(name, "/".join(into[:count])).onward)
    return reach


def sources_that_lead_nowhere(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the place in the file, and `into`, of sources below which no pattern has a file."""
    numbers = {site.id: number for number, site in enumerate(settings.sites)}
    for place in source_places(settings):
        if not any(_leads_through(settings.sites[numbers[one]], place.into) for one in place.sites):
            above = (
                ("landing",) if place.source is settings.landing.source
                else ("sites", numbers[place.name])
            )  # fmt: skip
            yield (*above, "source", "into"), "/".join(place.into)


def _leads_through(site: Site, into: tuple[str, ...]) -> bool:
    """Whether a pattern of the site can have files below the folder."""
    own = Reach.of_site(site)
    for count, name in enumerate(into, start=1):
        onward = own.step(name, "/".join(into[:count])).onward
        if not onward:
            return False
        own = Reach(onward)
    return True


def _parts(folder: str) -> tuple[str, ...]:
    return PurePosixPath(folder).parts


def _fixed_folders(site: Site) -> tuple[str, ...]:
    """The folders with which all patterns of a site begin, as far as they are plain names."""
    folders = [PurePosixPath(glob).parts[:-1] for glob in site.logs]
    common: list[str] = []
    for names in zip(*folders, strict=False):
        name = names[0]
        if len(set(names)) > 1 or set(name) & set(_WILD) or PLACEHOLDER.search(name):
            break
        common.append(name)
    return tuple(common)
