"""What may be wrong with a site's delivery of a day, and what the program has to report of it."""

import datetime as dt
import gzip
import json
import random
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from soak.traffic import Line
from soak.world import World, stamp

GAP = frozenset({"log-gap"})
_GAP_OR_FEWER = frozenset({"log-gap", "volume-anomaly"})
_CLOCK_HOURS = 3
_HALF = 0.5


@dataclass(frozen=True)
class Fault:
    """A fault of a site's delivery of a day; one that goes on is on each day up to `last`."""

    kind: str
    site_id: str
    day: dt.date
    last: dt.date

    def is_on(self, site_id: str, day: dt.date) -> bool:
        """Return whether it concerns a site's day."""
        return site_id == self.site_id and self.day <= day <= self.last


@dataclass(frozen=True)
class Kind:
    """A kind of fault: how it is done, and what has to come of it.

    `follow` is done before the next night; `is_mended` tells that all lines are there then, so that
    nothing is left to be found, `is_late` that only then something is wrong. `reported_by` are the
    detectors of which one has to find it, none where nothing is wrong with what can be read;
    `beside` those that may speak of it too. What `is_unreadable` is named by the report. It may
    show on so many `neighbours`, days around it.
    """

    deliver: Callable[[World, Fault], None]
    follow: Callable[[World, Fault], None] | None = None
    is_mended: bool = False
    is_late: bool = False
    reported_by: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    is_unreadable: bool = False
    neighbours: int = 0

    @property
    def is_harmless(self) -> bool:
        """True where nothing has to be said of it."""
        return not self.reported_by and not self.is_unreadable


def _whole(world: World, fault: Fault) -> None:
    """Deliver the day as it should have been, in the night after."""
    night = fault.day + dt.timedelta(days=1)
    path = world.path(fault.site_id, fault.day)
    if path.is_symlink():
        path.unlink()
    world.deliver(fault.site_id, path, world.lines(fault.site_id, fault.day), night)


def _nothing(world: World, fault: Fault) -> None:
    world.folder(fault.site_id).mkdir(parents=True, exist_ok=True)


def _gone(world: World, fault: Fault) -> None:
    shutil.rmtree(world.folder(fault.site_id), ignore_errors=True)


def _doubled(world: World, fault: Fault) -> None:
    """All lines again in a file of another order of parts, as a second collector would send."""
    lines, path = world.lines(fault.site_id, fault.day), world.path(fault.site_id, fault.day)
    world.deliver(fault.site_id, path, lines, fault.day)
    again = path.with_name(f"again-{path.name}")
    world.deliver(fault.site_id, again, lines[1:], fault.day)


def _copied(world: World, fault: Fault) -> None:
    """The same file once more under another name."""
    path = world.path(fault.site_id, fault.day)
    world.deliver(fault.site_id, path, world.lines(fault.site_id, fault.day), fault.day)
    copy = path.with_name(f"copy-{path.name}")
    shutil.copy2(path, copy)


def _recompress(world: World, fault: Fault) -> None:
    """The file that was read is packed, or packed anew, under another name."""
    path = world.path(fault.site_id, fault.day)
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    path.unlink()
    packed = path.with_name(f"{fault.day}.log.1.gz")
    packed.write_bytes(gzip.compress(content, compresslevel=1, mtime=1))
    stamp(packed, fault.day + dt.timedelta(days=1))


def _honest(world: World, fault: Fault) -> None:
    path = world.path(fault.site_id, fault.day)
    world.deliver(fault.site_id, path, world.lines(fault.site_id, fault.day), fault.day)


def _overlapping(world: World, fault: Fault) -> None:
    """Two files of a day: what the first ends with is what the second begins with."""
    lines, path = world.lines(fault.site_id, fault.day), world.path(fault.site_id, fault.day)
    until, begin = len(lines) * 3 // 4, len(lines) // 4
    world.deliver(fault.site_id, path, lines[:until], fault.day)
    world.deliver(fault.site_id, path.with_name(f"b-{path.name}"), lines[begin:], fault.day)


def _rewrite(world: World, fault: Fault) -> None:
    """Under the name that was read lie other lines: the first half as it was, the rest new."""
    lines, path = world.lines(fault.site_id, fault.day), world.path(fault.site_id, fault.day)
    half = len(lines) // 2
    others = [_renumbered(one) for one in lines[half:]]
    world.deliver(fault.site_id, path, lines[:half] + others, fault.day + dt.timedelta(days=1))


def _renumbered(line: Line) -> Line:
    number = line.number + 500
    text = line.text.replace(f" 200 {line.number} ", f" 200 {number} ")
    return replace(line, number=number, text=text)


def _cut(world: World, fault: Fault) -> None:
    """A transfer that broke off in the middle of a line."""
    path = world.path(fault.site_id, fault.day)
    world.deliver(fault.site_id, path, world.lines(fault.site_id, fault.day), fault.day)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * _HALF) - 7])
    stamp(path, fault.day)


def _other_format(world: World, fault: Fault) -> None:
    """The server writes JSON from one day to the next."""
    lines = world.lines(fault.site_id, fault.day)
    rows = [
        replace(one, text=json.dumps({"t": one.at.isoformat(), "status": 200, "size": one.number}))
        for one in lines
    ]
    world.deliver(fault.site_id, world.path(fault.site_id, fault.day), rows, fault.day)


def _clock(world: World, fault: Fault) -> None:
    """The server's clock is hours ahead for a day; its files are delivered as ever."""
    ahead = dt.timedelta(hours=_CLOCK_HOURS)
    shifted = [
        replace(one, text=one.text.replace(
            f"{one.at:%d/%b/%Y:%H:%M:%S %z}", f"{one.at + ahead:%d/%b/%Y:%H:%M:%S %z}"
        ))
        for one in world.lines(fault.site_id, fault.day)
    ]  # fmt: skip
    world.deliver(fault.site_id, world.path(fault.site_id, fault.day), shifted, fault.day)


def _empty(world: World, fault: Fault) -> None:
    path = world.path(fault.site_id, fault.day)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    stamp(path, fault.day)


def _damaged(world: World, fault: Fault) -> None:
    """An archive of which not one block is whole, or a link where a file should be."""
    path = world.path(fault.site_id, fault.day)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(b"\x1f\x8b\x08\x00" + random.Random(world.seed).randbytes(400))  # noqa: S311
        stamp(path, fault.day)
    else:
        path.symlink_to("/nonexistent/access.log")


_TWICE = frozenset({"duplicate-delivery"})
KINDS: dict[str, Kind] = {
    "silent": Kind(_nothing, reported_by=GAP),
    "gone": Kind(_gone, reported_by=GAP),
    "late": Kind(_nothing, _whole, is_mended=True, reported_by=GAP),
    "doubled": Kind(_doubled, reported_by=_TWICE),
    "copied": Kind(_copied, reported_by=_TWICE),
    "recompressed": Kind(_honest, _recompress),
    "overlapping": Kind(_overlapping, reported_by=_TWICE),
    "rewritten": Kind(_honest, _rewrite, is_late=True, reported_by=_TWICE),
    "cut": Kind(_cut, _whole, is_mended=True, reported_by=_GAP_OR_FEWER, is_unreadable=True),
    "other format": Kind(
        _other_format, reported_by=frozenset({"parse-failure-spike"}), beside=_GAP_OR_FEWER
    ),
    "clock wrong": Kind(
        _clock, reported_by=frozenset({"clock-skew"}), beside=_GAP_OR_FEWER, neighbours=1
    ),
    "empty": Kind(_empty, reported_by=GAP),
    "unreadable": Kind(_damaged, _whole, is_mended=True, reported_by=GAP, is_unreadable=True),
}
"""The kinds of faults of deliveries, by name."""


def draw(
    rng: random.Random,
    sites: Sequence[str],
    days: Sequence[dt.date],
    calm: int,
    undone: Collection[dt.date],
) -> list[Fault]:
    """Draw faults: every kind once where there are sites enough, one a site, `calm` sites without.

    None is on the first day or the last two, nor seen there, so that there is a night for each to
    recover in and nights without any; none that a later night changes is on a day whose own night
    is left `undone`, and no folder goes after such a night. It is back three days before the end.
    """
    names = list(KINDS)
    rng.shuffle(names)
    faults = []
    for number, site_id in enumerate(rng.sample(list(sites), len(sites) - calm)):
        kind = names[number % len(names)]
        possible, barred = days[1 : -2 - KINDS[kind].neighbours], set()
        if KINDS[kind].follow:
            barred = set(undone)
        if kind == "gone":  # with what is in the folder, which is to have been read
            possible = days[1:-3]
            barred = {one + dt.timedelta(days=1) for one in undone}
        day = rng.choice([one for one in possible if one not in barred])
        faults.append(Fault(kind, site_id, day, days[-4] if kind == "gone" else day))
    return faults
