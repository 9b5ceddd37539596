"""Whether each line that was sent is there: once in the lake, or once among what was rejected."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_proofs
from pipelines.paths import Home
from soak.world import World

_ZONE = "Asia/Tokyo"
_COMBINED = re.compile(
    r'\S+ - (?P<user>\S+) \[(?P<day>[^:]+)[^]]*\] "GET (?P<path>[^ ?]+)\S* HTTP/1.1"'
    r" 200 (?P<number>\d+) "
)
_OTHER_FORMAT = re.compile(r'"t": "(?P<day>[^T]+)T.*"size": (?P<number>\d+)')
_NUMBER = re.compile(r' 200 (\d+) |"size": (\d+)')


@dataclass(frozen=True)
class Entry:
    """A line as it is there: a record, or a reject, which has neither path nor user.

    `number` is None where the line does not say it.
    """

    number: int | None
    day: dt.date
    path: str | None = None
    user: str | None = None

    @classmethod
    def expected(cls, text: str) -> "Entry":
        """Return what is to be there of a line that was sent, by its text alone."""
        if found := _COMBINED.match(text):
            day = dt.datetime.strptime(found["day"], "%d/%b/%Y").date()  # noqa: DTZ007 - a day
            user = None if found["user"] == "-" else found["user"]
            return cls(int(found["number"]), day, found["path"], user)
        found = _OTHER_FORMAT.search(text)
        if found is None:
            raise ValueError(text)
        return cls(int(found["number"]), dt.date.fromisoformat(found["day"]))


@dataclass(frozen=True)
class Lines:
    """The lines of a site: how many were sent, and the numbers that are wrong in some way.

    `altered` are there with another day, path or user, or among the rejected in place of the
    records; `unnumbered` so many rejected lines that say no number.
    """

    sent: int
    lost: frozenset[int] = frozenset()
    twice: frozenset[int] = frozenset()
    invented: frozenset[int] = frozenset()
    altered: frozenset[int] = frozenset()
    unnumbered: int = 0

    @property
    def are_right(self) -> bool:
        """True where each is there once as it was sent, and no other."""
        return not (self.lost or self.twice or self.invented or self.altered or self.unnumbered)


def lines_of_lake(home: Home, world: World) -> dict[str, Lines]:
    """Return for each site whether its lines are there."""
    there: dict[str, list[Entry]] = {site.id: [] for site in world.sites}
    with lake.open_reader(home, _ZONE) as con:
        for site_id, *record in con.execute(
            "select site_id, bytes, log_date, url_path, user_id from lake.access_log"
        ).fetchall():
            there[site_id].append(Entry(*record))
        for site_id, line, day in con.execute(
            "select site_id, line, log_date from lake.reject"
        ).fetchall():
            there[site_id].append(Entry(number_in(line), day))
    return {site.id: judged(world.sent[site.id], there[site.id]) for site in world.sites}


def number_in(line: str) -> int | None:
    """Return the number of a line of any format; None where it does not say one."""
    found = _NUMBER.search(line)
    return None if found is None else int(found[1] or found[2])


def judged(sent: Mapping[int, str], there: Iterable[Entry]) -> Lines:
    """Return what is wrong with a site's lines, by the texts of those that were `sent`."""
    entries = list(there)
    counts = Counter(one.number for one in entries if one.number is not None)
    numbers = sent.keys()
    return Lines(
        len(sent),
        lost=frozenset(numbers - counts.keys()),
        twice=frozenset(number for number, count in counts.items() if count > 1),
        invented=frozenset(counts.keys() - numbers),
        altered=frozenset(
            one.number
            for one in entries
            if one.number is not None
            and one.number in numbers
            and one != Entry.expected(sent[one.number])
        ),
        unnumbered=sum(one.number is None for one in entries),
    )


def proofs_that_fail(home: Home) -> list[str]:
    """Return what `mimamori doctor` proves from the lake itself and finds wrong."""
    with lake.open_reader(home, _ZONE) as con:
        outcomes = [*check_proofs(con), check_data_files(con, home, is_writing=False)]
    return [f"{one.check}: {one.message}" for one in outcomes if one.status is Status.WRONG]
