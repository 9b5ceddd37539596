"""Incidents of those who walk through the records: in order, shuffled, slowly, from many places."""

import datetime as dt

from evaluate import agents, places
from evaluate.desk import Seat, logs_in, seat_of
from evaluate.incidents.common import attacker, record, steady
from evaluate.people import Person, subjects_of
from evaluate.scene import Scene
from evaluate.truth import Incident

_READING = ("record-enumeration", "bulk-record-access")


def _insider(scene: Scene, on: dt.date, mark: int, *names: str) -> tuple[Person, Seat] | None:
    dice = scene.dice(*names, mark)
    person = scene.worker(dice, on, lambda one: one.records >= 6 and not one.is_clerk  # noqa: PLR2004
                          and not one.nights)  # fmt: skip
    if person is None:
        return None
    seat = seat_of(dice, person, person.site, on)
    return person, Seat(seat.site, seat.ip, seat.agent, seat.user, seat.session, mark)


def _enumeration(scene: Scene, on: dt.date, mark: int, variant: str) -> Incident | None:
    found = _insider(scene, on, mark, "enumeration", variant)
    if found is None:
        return None
    person, seat = found
    dice = scene.dice("enumeration", variant, mark, "lines")
    factor = dice.uniform(*scene.level.pick((10.0, 14.0), (4.0, 6.0), (3.0, 4.0)))
    count = max(scene.level.pick(150, 60, 35), round(person.records * (factor - 1)))
    first, size = person.spread
    start = first + dice.randrange(max(1, size - count))
    numbers = [start + index for index in range(min(count, size))]
    if variant == "shuffled":
        dice.shuffle(numbers)
    hours = scene.level.pick(0.5, 1.5, 3.0) if variant != "slow" else person.ends - person.begins
    latest = max(person.begins + 0.1, person.ends - hours)
    begins = person.begins + 0.1 if variant == "slow" else dice.uniform(person.begins, latest)
    begins_at, ends_at = scene.hour(on, begins), scene.hour(on, begins + hours)
    times = steady(dice, begins_at, ends_at, len(numbers))
    scene.add(on, logs_in(dice, seat, times[0] - 60))
    scene.add(on, [record(scene.shape, seat, at, number)
                   for at, number in zip(times, numbers, strict=True)])  # fmt: skip
    return Incident(mark, "record-enumeration", variant, _READING, (("user", person.user),),
                    (person.site.id,), (on,))  # fmt: skip


def sequential(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A user reads one number after another."""
    return _enumeration(scene, on, mark, "sequential")


def shuffled(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A user reads a whole range in random order."""
    return _enumeration(scene, on, mark, "shuffled")


def slow(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A user's program reads a range all day long beside the ordinary work."""
    return _enumeration(scene, on, mark, "slow")


def by_customer(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A customer's account reads the records of others."""
    dice = scene.dice("by-customer", mark)
    site = scene.site(dice, on, (scene.shape.portal,))
    if site is None:
        return None
    customer = scene.customer(dice)
    seat = Seat(site, customer.home, customer.agent, customer.user, dice.token(24), mark)
    count = round(dice.uniform(*scene.level.pick((150, 300), (50, 80), (20, 30))))
    begins = scene.hour(on, dice.uniform(9, 18))
    ends = begins + scene.level.pick(0.4, 1.5, 4.0) * 3600
    times = steady(dice, begins, ends, count)
    start = dice.randrange(scene.shape.bank_of_customers)
    scene.add(on, logs_in(dice, seat, begins - 30))
    scene.add(on, [record(scene.shape, seat, at, start + index)
                   for index, at in enumerate(times)])  # fmt: skip
    return Incident(mark, "record-enumeration", "by-customer", _READING,
                    (("user", customer.user), ("ip", customer.home)), (site.id,),
                    (on,))  # fmt: skip


def many_addresses(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A customer's account reads the records of others from ever other addresses."""
    dice = scene.dice("many-addresses", mark)
    site = scene.site(dice, on, (scene.shape.portal,))
    if site is None:
        return None
    customer = scene.customer(dice)
    count = round(dice.uniform(*scene.level.pick((150, 300), (60, 90), (25, 36))))
    ips = [dice.choice((*places.HOSTING, *places.HOSTING_JP)).address(dice)
           for _ in range(max(6, count // 4))]  # fmt: skip
    begins = scene.hour(on, dice.uniform(8, 14))
    times = steady(dice, begins, begins + scene.level.pick(1, 3, 7) * 3600, count)
    session, agent = dice.token(24), agents.desk(dice)
    numbers = dice.sample(range(scene.shape.bank_of_customers), count)
    first = Seat(site, ips[0], agent, customer.user, session, mark)
    scene.add(on, logs_in(dice, first, begins - 30))
    for index, (at, number) in enumerate(zip(times, numbers, strict=True)):
        seat = Seat(site, ips[index % len(ips)], agent, customer.user, session, mark)
        scene.add(on, [record(scene.shape, seat, at, number)])
    detectors = (*_READING, "shared-account", "session-hijack", "impossible-travel",
                 "new-location-access")  # fmt: skip
    return Incident(mark, "record-enumeration", "many-addresses", detectors,
                    (("user", customer.user), *(("ip", ip) for ip in ips)), (site.id,),
                    (on,))  # fmt: skip


def by_address(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A program without a name walks through the numbers; some exist, some do not."""
    dice = scene.dice("by-address", mark)
    site = scene.site(dice, on, (scene.shape.portal, *scene.shape.shops))
    if site is None:
        return None
    ip = attacker(dice)
    seat = Seat(site, ip, dice.choice(agents.TOOLS), "", dice.token(24), mark)
    count = round(dice.uniform(*scene.level.pick((250, 500), (60, 100), (25, 36))))
    begins = scene.hour(on, dice.uniform(0, 15))
    times = steady(dice, begins, begins + scene.level.pick(0.5, 2, 8) * 3600, count)
    start, size = subjects_of(scene.shape, site)
    first = start + dice.randrange(max(1, size - count))
    for index, at in enumerate(times):
        status = 200 if dice.chance(0.7) else 404
        scene.add(on, [record(scene.shape, seat, at, first + index, status)])
    detectors = ("record-enumeration", "unauthenticated-access", "crawler-on-personal-data",
                 "bulk-record-access")  # fmt: skip
    return Incident(mark, "record-enumeration", "by-address", detectors, (("ip", ip),),
                    (site.id,), (on,))  # fmt: skip


def by_session(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A program without a name keeps one session while its address changes."""
    dice = scene.dice("by-session", mark)
    sites = [one for one in (scene.shape.portal, *scene.shape.shops) if one.has_sessions]
    site = scene.site(dice, on, sites)
    if site is None:
        return None
    count = round(dice.uniform(*scene.level.pick((200, 400), (60, 100), (25, 36))))
    ips = dice.choice(places.HOSTING).neighbours(dice, scene.level.pick(3, 5, 6))
    session, agent = dice.token(24), agents.desk(dice)
    begins = scene.hour(on, dice.uniform(0, 15))
    times = steady(dice, begins, begins + scene.level.pick(0.5, 2, 7) * 3600, count)
    first, size = subjects_of(scene.shape, site)
    numbers = dice.sample(range(first, first + size), min(size, count))
    for index, (at, number) in enumerate(zip(times, numbers, strict=False)):
        seat = Seat(site, ips[index % len(ips)], agent, "", session, mark)
        scene.add(on, [record(scene.shape, seat, at, number)])
    detectors = ("record-enumeration", "unauthenticated-access", "bulk-record-access",
                 "session-hijack")  # fmt: skip
    return Incident(mark, "record-enumeration", "by-session", detectors,
                    tuple(("ip", ip) for ip in ips), (site.id,), (on,))  # fmt: skip
