"""The landing folder of the soak: what each site delivers, and the number of every line of it."""

import datetime as dt
import gzip
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soak.nights import landing_of, night_after
from soak.traffic import Line, Site, lines_of

HISTORY_DAYS = 21
"""Days before the first night, which give detectors a rhythm to compare with."""

_DELIVERED_BEFORE = dt.timedelta(minutes=30)


@dataclass
class World:
    """Sites, their landing folder, and what was delivered: each line of a site by its number."""

    root: Path
    seed: int
    sites: Sequence[Site]
    sent: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def site(self, site_id: str) -> Site:
        """Return the site with this id."""
        return next(one for one in self.sites if one.id == site_id)

    def lines(self, site_id: str, day: dt.date) -> list[Line]:
        """Return the lines that a site logs on a day."""
        return lines_of(self.site(site_id), day, self.seed)

    def folder(self, site_id: str) -> Path:
        """Return where a site's files are delivered."""
        return landing_of(self.root, self.site(site_id))

    def path(self, site_id: str, day: dt.date) -> Path:
        """Return the file of a site's day; every third site delivers archives."""
        is_archive = sum(map(ord, site_id)) % 3 == 0
        return self.folder(site_id) / f"{day}.log{'.gz' if is_archive else ''}"

    def names(self, days: Iterable[dt.date]) -> dict[tuple[str, dt.date], str]:
        """Return how a report names the file of each site's day."""
        return {
            (site.id, day): self.path(site.id, day).relative_to(self.root).as_posix()
            for site in self.sites
            for day in days
        }

    def deliver(
        self, site_id: str, path: Path, lines: Iterable[Line], night: dt.date, *, ended: bool = True
    ) -> None:
        """Write a file of lines, delivered just before the night of a day.

        Not `ended`, its last line stays without its line end.
        """
        kept = list(lines)
        text = "\n".join(one.text for one in kept) + ("\n" if ended and kept else "")
        self.put(path, text.encode(), night)
        self.sends(site_id, kept)

    def sends(self, site_id: str, lines: Iterable[Line]) -> None:
        """Take lines for delivered, now or before the night is over."""
        self.sent[site_id].update((one.number, one.text) for one in lines)

    def put(self, path: Path, content: bytes, night: dt.date) -> None:
        """Write a file of any content, as delivered just before the night of a day."""
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = path.suffix == ".gz"
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
        stamp(path, night)


def stamp(path: Path, night: dt.date) -> None:
    """Give a file the time at which it would have been delivered for the night of a day."""
    at = (night_after(night) - _DELIVERED_BEFORE).timestamp()
    os.utime(path, (at, at))


def sites_of(count: int) -> list[Site]:
    """Return a portal and so many other sites but one, of sixty to hundred and fifty lines."""
    shops = [Site(f"shop-{number:02}", 14 + number * 7 % 40) for number in range(1, count)]
    return [Site("portal", 20, is_portal=True), *shops]
