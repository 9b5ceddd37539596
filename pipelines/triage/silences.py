"""The silence of a site over days: each night finds its own day of it, people see one thing."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, TypeVar

LOG_GAP = "log-gap"


class Found(Protocol):
    """What tells the days of one silence from two gaps; instants None where nobody knows them."""

    @property
    def detector(self) -> str:
        """Its detector."""

    @property
    def site_id(self) -> str | None:
        """Its site."""

    @property
    def first_seen(self) -> dt.datetime | None:
        """When the gap began: the site's last record."""

    @property
    def last_seen(self) -> dt.datetime | None:
        """When the gap ended: on a day without a line the end of the day."""


One = TypeVar("One", bound=Found)


def status_of(statuses: Sequence[str]) -> str:
    """Return the status of findings that are shown as one: new as long as one of them is."""
    return "new" if "new" in statuses else statuses[0]


def by_silence(found: Sequence[One]) -> list[tuple[One, ...]]:
    """Return findings in their order, each alone but those of one silence, the newest first.

    A site's gaps belong together where each overlaps the one before: while a site is silent, every
    day's finding reaches back to its last record.
    """
    spans = [
        (one.last_seen, one.first_seen, place)
        for place, one in enumerate(found)
        if one.detector == LOG_GAP and one.first_seen and one.last_seen
    ]
    latest: dict[str | None, tuple[dt.datetime, list[int]]] = {}
    silence_of: dict[int, list[int]] = {}
    for ends_at, begins_at, place in sorted(spans, reverse=True):
        reaches_back_to, places = latest.get(found[place].site_id, (ends_at, []))
        if ends_at <= reaches_back_to:
            reaches_back_to, places = begins_at, []
        places.append(place)
        latest[found[place].site_id] = (min(reaches_back_to, begins_at), places)
        silence_of[place] = places
    groups = {min(places): places for places in silence_of.values()}
    groups |= {place: [place] for place in range(len(found)) if place not in silence_of}
    return [tuple(found[place] for place in groups[first]) for first in sorted(groups)]
