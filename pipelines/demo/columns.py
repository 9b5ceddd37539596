"""Requests as columns: the shape in which the simulator makes traffic, millions at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Column = int | Sequence[int] | Ints

NOBODY = 0  # first entry of the users: `-`
NOTHING = 0  # first entry of the fills and of the outside referrers: nothing
NO_PAGE = -1
ORDINARY = -1


@dataclass(frozen=True)
class Requests:
    """One row per request to one site on one day; every column is as long as `second`.

    Texts are numbers of entries in the tables of the world and of the site, so that a day of a
    busy site stays small and sorts fast.
    """

    second: Floats  # since the midnight of the configured zone; logs show whole seconds
    address: Ints  # World.addresses
    user: Ints  # World.users
    agent: Ints  # World.agents
    page: Ints  # SiteWorld.pages
    fill: Ints  # SiteWorld.fills, what stands in the page's gap
    status: Ints
    from_page: Ints  # referring page of the same site, NO_PAGE for none
    from_fill: Ints
    source: Ints  # referring page outside, SiteWorld.sources
    incident: Ints  # number of the planned incident of the day, or ORDINARY

    def __len__(self) -> int:
        """Count the requests."""
        return len(self.second)

    def where(self, chosen: Bools | Ints) -> "Requests":
        """Return the chosen rows: a mask, or row numbers in their order."""
        return Requests(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def with_status(self, status: Ints) -> "Requests":
        """Return the same requests with other answers."""
        return replace(self, status=status)

    def with_users(self, user: Ints) -> "Requests":
        """Return the same requests of other users."""
        return replace(self, user=user)


def requests(
    second: Floats,
    *,
    page: Column,
    address: Column,
    agent: Column,
    user: Column = NOBODY,
    fill: Column = NOTHING,
    status: Column = 200,
    from_page: Column = NO_PAGE,
    from_fill: Column = NOTHING,
    source: Column = NOTHING,
    incident: Column = ORDINARY,
) -> Requests:
    """Return requests at `second`; single values stand for the whole column."""
    rows = len(second)

    def column(value: Column) -> Ints:
        return np.broadcast_to(np.asarray(value, dtype=np.int64), rows)

    return Requests(
        second=second,
        address=column(address),
        user=column(user),
        agent=column(agent),
        page=column(page),
        fill=column(fill),
        status=column(status),
        from_page=column(from_page),
        from_fill=column(from_fill),
        source=column(source),
        incident=column(incident),
    )


def joined(parts: Iterable[Requests]) -> Requests:
    """Return all rows of `parts`, one after the other."""
    batches = list(parts) or [requests(np.empty(0), page=0, address=0, agent=0)]
    return Requests(
        *(
            np.concatenate([getattr(part, field.name) for part in batches])
            for field in fields(Requests)
        )
    )


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for things that have `counts` parts each, the thing and the place of every part.

    `spread([2, 0, 3])` is `[0, 0, 2, 2, 2]` and `[0, 1, 0, 1, 2]`.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    firsts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - firsts[owner]


def running_time(gaps: Floats, owner: Ints, place: Ints) -> Floats:
    """Return the time since the first part of the same owner, the gap before the first left out."""
    steps = np.where(place == 0, 0.0, gaps)
    total = np.cumsum(steps)
    starts = total[place == 0]
    owners = owner[place == 0]
    base = np.zeros(int(owner.max(initial=-1)) + 1)
    base[owners] = starts
    result: Floats = total - base[owner]
    return result
