"""What small sites log on a day, from a seed: visitors, a monitor, and people at work on a portal.

Each line carries its number, which is unique on its site, as the size of its answer: whoever reads
the lake can tell for every line whether it is there, and how often.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipelines.settings.calendar import working_days
from pipelines.settings.model import BusinessHours

ZONE = ZoneInfo("Asia/Tokyo")
FIRST_DAY = dt.date(2024, 1, 1)
"""The day from which numbers of lines count."""

_NUMBERS_A_DAY = 1_000
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
# Of a hundred visits so many begin in each hour.
_HOURS = (1, 1, 0, 0, 0, 1, 2, 3, 5, 7, 8, 8, 7, 7, 7, 7, 7, 6, 6, 5, 4, 4, 2, 2)
_PAGES = ("/", "/news", "/menu", "/access", "/recruit", "/contact", "/style.css", "/logo.png")
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:132.0) Gecko/20100101 Firefox/132.0",
)
_MONITOR = ("192.0.2.250", "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://uptimerobot.com/)")
_MONITOR_MINUTES = 30
_STAFF, _CUSTOMERS = 6, 400
_OFFICE = BusinessHours()
_SCANNED_EVERY = 11
_PROBES = ("/.env", "/wp-login.php", "/item?id=1%27%20OR%20%271%27=%271", "/../../etc/passwd")


@dataclass(frozen=True)
class Site:
    """A site as its traffic is drawn: visits a day, and whether people work on it.

    One that `is_scanned` meets somebody who looks for holes every eleventh day.
    """

    id: str
    visits: int
    is_portal: bool = False
    is_scanned: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a site's log: its number, the instant (aware) and the text without line end."""

    number: int
    at: dt.datetime
    text: str


@dataclass(frozen=True)
class _Request:
    at: dt.datetime
    address: str
    path: str
    agent: str
    user: str = "-"


def lines_of(site: Site, day: dt.date, seed: int) -> list[Line]:
    """Return the lines of a site's day in order of time; the same arguments give the same lines."""
    rng = random.Random(f"{seed} {site.id} {day}")  # noqa: S311 - no secret
    requests = [*_monitor(rng, day), *_visits(rng, site, day)]
    if site.is_portal and working_days(_OFFICE, day, day):
        requests += _work(rng, site, day)
    if site.is_scanned and day.toordinal() % _SCANNED_EVERY == 0:
        requests += _scan(rng, day)
    requests.sort(key=lambda one: one.at)
    first = ((day - FIRST_DAY).days + 1) * _NUMBERS_A_DAY
    return [
        Line(number, one.at, _combined(one, number))
        for number, one in enumerate(requests, start=first)
    ]


def _combined(one: _Request, number: int) -> str:
    return (
        f'{one.address} - {one.user} [{one.at:%d/%b/%Y:%H:%M:%S %z}] "GET {one.path} HTTP/1.1"'
        f' 200 {number} "-" "{one.agent}"'
    )


def _instant(day: dt.date, second: float) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZONE) + dt.timedelta(seconds=int(second))


def _monitor(rng: random.Random, day: dt.date) -> Iterator[_Request]:
    begins = rng.randrange(40)
    for minute in range(0, 24 * 60, _MONITOR_MINUTES):
        at = _instant(day, minute * 60 + begins + rng.randrange(5))
        yield _Request(at, _MONITOR[0], "/", _MONITOR[1])


def _visits(rng: random.Random, site: Site, day: dt.date) -> Iterator[_Request]:
    for _ in range(round(rng.gauss(site.visits, 0.08 * site.visits))):
        [hour] = rng.choices(range(24), _HOURS)
        second = hour * 3600 + rng.randrange(3500)
        address = f"{rng.choice(_NETWORKS)}.{rng.randrange(1, 250)}"
        agent = rng.choice(_AGENTS)
        for page in rng.sample(_PAGES, rng.randrange(1, 4)):
            yield _Request(_instant(day, second), address, page, agent)
            second += rng.randrange(1, 30)


def _work(rng: random.Random, site: Site, day: dt.date) -> Iterator[_Request]:
    for number in range(_STAFF):
        own = f"10.1.{len(site.id)}.{number + 10}"
        for _ in range(rng.randrange(4, 9)):
            at = _instant(day, 9 * 3600 + rng.randrange(8 * 3600))
            path = f"/customers/{rng.randrange(_CUSTOMERS)}"
            yield _Request(at, own, path, _AGENTS[0], f"st-{number + 1:03}")


def _scan(rng: random.Random, day: dt.date) -> Iterator[_Request]:
    address = f"198.51.100.{rng.randrange(1, 250)}"
    for number, path in enumerate(_PROBES * 3):
        at = _instant(day, 4 * 3600 + 7 * number)
        yield _Request(at, address, path, "sqlmap/1.8.2#stable (https://sqlmap.org)")
