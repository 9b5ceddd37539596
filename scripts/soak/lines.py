"""Whether each line that was sent is there: once in the lake, or once among what was rejected."""

import re
from collections import Counter
from dataclasses import dataclass

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_proofs
from pipelines.paths import Home
from soak.world import World

_ZONE = "Asia/Tokyo"
_REJECTED = re.compile(r'"size": (\d+)')


@dataclass(frozen=True)
class Lines:
    """The lines of a site: how many were sent, and the numbers that are wrong in some way."""

    sent: int
    lost: frozenset[int]
    twice: frozenset[int]
    invented: frozenset[int]

    @property
    def are_right(self) -> bool:
        """True where each is there once, and no other."""
        return not (self.lost or self.twice or self.invented)


def lines_of_lake(home: Home, world: World) -> dict[str, Lines]:
    """Return for each site whether its lines are there."""
    records: dict[str, Counter[int]] = {site.id: Counter() for site in world.sites}
    rejects: dict[str, Counter[int]] = {site.id: Counter() for site in world.sites}
    with lake.open_reader(home, _ZONE) as con:
        for site_id, number in con.execute("select site_id, bytes from lake.access_log").fetchall():
            records[site_id][number] += 1
        for site_id, line in con.execute("select site_id, line from lake.reject").fetchall():
            rejects[site_id].update(int(found) for found in _REJECTED.findall(line))
    return {
        site.id: judged(
            world.sent[site.id], world.rejected[site.id], records[site.id], rejects[site.id]
        )
        for site in world.sites
    }


def judged(sent: set[int], unfit: set[int], records: Counter[int], rejects: Counter[int]) -> Lines:
    """Return what is wrong with a site's lines, by the numbers of those that were `sent`.

    `unfit` are those of them that no format fits, which belong among the rejected.
    """
    there = records + rejects
    misplaced = {number for number in rejects if number not in unfit}
    return Lines(
        len(sent),
        frozenset(sent - there.keys()),
        frozenset(number for number, count in there.items() if count > 1),
        frozenset((there.keys() - sent) | misplaced | (records.keys() & unfit)),
    )


def proofs_that_fail(home: Home) -> list[str]:
    """Return what `mimamori doctor` proves from the lake itself and finds wrong."""
    with lake.open_reader(home, _ZONE) as con:
        outcomes = [*check_proofs(con), check_data_files(con, home, is_writing=False)]
    return [f"{one.check}: {one.message}" for one in outcomes if one.status is Status.WRONG]
