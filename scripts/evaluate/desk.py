"""A working day at a desk: log in, look for a customer, read, now and then export."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from evaluate.dice import Dice
from evaluate.people import Person
from evaluate.request import NOBODY, Request
from evaluate.shape import Shape, Site

HOUR = 3600.0


def midnight(shape: Shape, on: dt.date) -> float:
    """Return the instant at which a day begins, in seconds since 1970."""
    return dt.datetime.combine(on, dt.time(), ZoneInfo(shape.zone)).timestamp()


@dataclass(frozen=True)
class Seat:
    """From where somebody works: address, browser, and the session they are logged in by."""

    site: Site
    ip: str
    agent: str
    user: str
    session: str
    mark: int = NOBODY

    def asks(
        self, at: float, target: str, status: int = 200, size: int = 5_000,
        method: str = "GET", referrer: str = "", seconds: float = 0.08,
    ) -> Request:  # fmt: skip
        """Return a request from here."""
        return Request(
            at, self.site.id, self.ip, self.user, self.session if self.site.has_sessions else "",
            self.agent, method, target, status, size, referrer, seconds, self.mark,
        )  # fmt: skip


def logs_in(dice: Dice, seat: Seat, at: float, failures: int = 0) -> list[Request]:
    """Return the log-in page and the tries, the last of which succeeds."""
    urls, site = seat.site.urls, seat.site
    page = f"https://{site.domain}{urls.login}"
    nobody = Seat(site, seat.ip, seat.agent, "", "", seat.mark)
    found = [nobody.asks(at, urls.login, size=2_900)]
    for _ in range(failures):
        at += dice.uniform(4, 25)
        found.append(fails(seat, at))
    at += dice.uniform(4, 20)
    found.append(seat.asks(at, urls.login, urls.success, 0, "POST", page, 0.3))
    return found


def fails(seat: Seat, at: float) -> Request:
    """Return a log-in that was refused; some sites name the account in the line, some do not."""
    urls, site = seat.site.urls, seat.site
    user = seat.user if site.names_failed else ""
    tried = Seat(site, seat.ip, seat.agent, user, "", seat.mark)
    page = f"https://{site.domain}{urls.login}"
    return tried.asks(at, urls.login, urls.failure, 1_200, "POST", page, 0.25)


def subject_text(shape: Shape, number: int) -> str:
    """Return how a subject is written in a URL."""
    return shape.subjects.text(number)


def reads(dice: Dice, shape: Shape, seat: Seat, at: float, number: int,
          *, searches: bool = True) -> list[Request]:  # fmt: skip
    """Return what it takes to read about one subject: perhaps a search, the record, more."""
    urls, site = seat.site.urls, seat.site
    text = shape.subjects.text(number)
    listing = f"https://{site.domain}{urls.listing}"
    found = []
    if searches and dice.chance(0.55):
        found.append(seat.asks(at, f"{urls.listing}?page={dice.randrange(1, 9)}",
                               size=round(dice.around(16_000, 0.4)), seconds=0.2))  # fmt: skip
        at += dice.uniform(3, 20)
    found.append(seat.asks(at, urls.record.replace("{s}", text),
                           size=round(dice.around(8_500, 0.25)), referrer=listing))  # fmt: skip
    if dice.chance(0.35):
        found.append(seat.asks(at + dice.uniform(5, 90), urls.detail.replace("{s}", text),
                               size=round(dice.around(5_200, 0.3)), referrer=listing))  # fmt: skip
    return found


def exports(dice: Dice, seat: Seat, at: float, size: float) -> Request:
    """Return one export of about so many bytes."""
    name = dice.choice(("list", "monthly", "all", "daily"))
    return seat.asks(at, f"{seat.site.urls.export}{name}-{dice.randrange(100, 999)}.csv",
                     size=round(dice.around(size, 0.3)), seconds=dice.uniform(1, 8))  # fmt: skip


def export_size(shape: Shape, site: Site) -> float:
    """Return the bytes of an ordinary export of a site."""
    base = Dice(shape.seed, "export", site.id).uniform(120_000, 900_000)
    return base * (0.3 if site.kind == "shop" else 1.0)


def spread_times(dice: Dice, begins: float, ends: float, count: int) -> list[float]:
    """Return hours of a working day, in order, fewer of them at the middle of the day."""
    middle = (begins + ends) / 2
    times = []
    for _ in range(count):
        hour = dice.uniform(begins, ends)
        if abs(hour - middle) < 0.5 and dice.chance(0.7):  # noqa: PLR2004 - an hour's break
            hour = dice.uniform(begins, ends)
        times.append(hour)
    return sorted(times)


def seat_of(dice: Dice, person: Person, site: Site, on: dt.date) -> Seat:
    """Return where somebody works that day."""
    ip = person.address(on)
    if dice.chance(person.vpn_share):
        ip = person.vpn
    elif dice.chance(person.remote):
        ip = person.home
    return Seat(site, ip, person.agent, person.user, dice.token(24))


def working_day(
    dice: Dice, shape: Shape, person: Person, on: dt.date, records: int,
    late: float = 0.0, more_exports: int = 0,
) -> list[Request]:  # fmt: skip
    """Return a person's requests of a day on which they read so many records.

    They stay `late` hours longer than usual and export so many times more.
    """
    start = midnight(shape, on)
    sites = [person.site, *person.more_sites]
    found: list[Request] = []
    for site in sites:
        share = records if site is person.site else records // 3
        seat = seat_of(dice, person, site, on)
        begins = max(0.1, person.begins + dice.gauss(0, 0.2))
        ends = person.ends + abs(dice.gauss(0, 0.25)) + late
        failed = dice.choice((1, 1, 2, 3)) if dice.chance(person.mistypes) else 0
        found += logs_in(dice, seat, start + begins * HOUR, failed)
        first, count = (person.spread if site is person.site
                        else (person.spread[0] + 420 * (1 + sites.index(site)), 300))  # fmt: skip
        offset = (on - shape.first).days * 97 % count
        last = first
        for index, hour in enumerate(spread_times(dice, begins + 0.1, ends, share)):
            at = start + hour * HOUR
            if person.is_clerk:
                number = first + (offset + index) % count
            elif index and dice.chance(0.22):
                number = last
            else:
                number = first + dice.randrange(count)
            last = number
            number = first + (number - first) * person.apart
            found += reads(dice, shape, seat, at, number, searches=not person.is_clerk)
            if dice.chance(0.2):
                found.append(seat.asks(at + 1, dice.choice(site.urls.pages), size=3_000))
        for _ in range(dice.poisson(person.exports) + more_exports):
            hour = dice.uniform(begins + 0.3, ends)
            found.append(exports(dice, seat, start + hour * HOUR, export_size(shape, site)))
        if dice.chance(0.02):
            at = start + dice.uniform(begins + 0.3, ends) * HOUR
            found.append(seat.asks(at, f"{site.urls.admin}users", 403, 300))
        if dice.chance(person.phone_share):
            found += _on_the_phone(
                dice, shape, person, site, start + dice.uniform(begins, ends) * HOUR
            )
        if dice.chance(0.6):
            found.append(seat.asks(start + (ends + 0.1) * HOUR, site.urls.logout, 302, 0))
    return found


def _on_the_phone(dice: Dice, shape: Shape, person: Person, site: Site, at: float) -> list[Request]:
    """A look at a case or two on the telephone, while the desk's session goes on."""
    ip = person.carrier.address(dice)
    seat = Seat(site, ip, person.phone, person.user, dice.token(24))
    found = logs_in(dice, seat, at)
    first, size = person.spread if site is person.site else (person.spread[0], 100)
    for step in range(dice.randrange(1, 4)):
        found += reads(dice, shape, seat, at + 60 + 50 * step, first + dice.randrange(size))
    return found
