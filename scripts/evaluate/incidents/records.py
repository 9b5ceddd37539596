"""Incidents of those who read or take what is not theirs: in bulk, by export, unasked."""

import datetime as dt
from dataclasses import replace

from evaluate import agents, places
from evaluate.desk import Seat, export_size, exports, logs_in, seat_of
from evaluate.incidents.common import record, steady
from evaluate.people import Person, subjects_of
from evaluate.scene import Scene
from evaluate.truth import Incident


def bulk(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody reads many times their ordinary day, in their hours, from their desk."""
    dice = scene.dice("bulk", mark)
    low, high = scene.level.pick((10.0, 14.0), (4.0, 6.0), (3.0, 4.0))
    least = scene.level.pick(6, 8, 10)
    morning = on + dt.timedelta(days=1)  # on which a night shift ends
    person = scene.worker(dice, on, lambda one: one.records >= least and not one.is_clerk
                          and not (one.nights and morning in scene.clean))  # fmt: skip
    if person is None:
        return None
    scene.busy(person, on, dice.uniform(low, high), mark)
    return Incident(mark, "bulk-record-access", "own-day",
                    ("bulk-record-access", "record-enumeration"),
                    (("user", person.user),), (person.site.id,),
                    (on, morning) if person.nights else (on,))  # fmt: skip


def bulk_in_busy_team(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """The same, on a day on which the whole team has more to do."""
    found = bulk(scene, on, mark)
    if found is None:
        return None
    user = found.actors[0][1]
    own = next(one for one in scene.people.workers if one.user == user)
    for other in scene.people.workers:
        if other.team == own.team and other.site is own.site and other is not own:
            scene.effects.work.setdefault((other.user, on), (1.35, -1))
    factor, _ = scene.effects.work[user, on]
    scene.busy(own, on, factor * 1.2, mark)
    return replace(found, variant="busy-team")


def bulk_for_days(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody takes a part every day, for three working days."""
    dice = scene.dice("bulk-for-days", mark)
    low, high = scene.level.pick((8.0, 10.0), (4.0, 5.0), (3.0, 3.6))
    days = [day for day in scene.shape.dates if day >= on and day not in scene.clean]

    def suits(one: Person) -> bool:
        working = [day for day in days if scene.can_work(one, day)]
        return one.records >= 10 and not one.is_clerk and not one.nights and len(working) >= 3  # noqa: PLR2004

    person = scene.worker(dice, on, suits)
    if person is None:
        return None
    chosen = tuple([day for day in days if scene.can_work(person, day)][:3])
    for day in chosen:
        scene.busy(person, day, dice.uniform(low, high), mark)
    return Incident(mark, "bulk-record-access", "three-days",
                    ("bulk-record-access", "record-enumeration"), (("user", person.user),),
                    (person.site.id,), chosen)  # fmt: skip


def export_by_count(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody who hardly ever exports does so again and again."""
    dice = scene.dice("export-count", mark)
    person = scene.worker(dice, on, lambda one: one.exports <= 0.1 and not one.nights)  # noqa: PLR2004
    if person is None:
        return None
    own = seat_of(dice, person, person.site, on)
    seat = Seat(own.site, own.ip, own.agent, own.user, own.session, mark)
    count = round(dice.uniform(*scene.level.pick((14, 24), (7, 10), (4, 6))))
    begins = scene.hour(on, dice.uniform(person.begins + 0.5, person.ends - 2))
    scene.add(on, logs_in(dice, seat, begins - 40))
    size = export_size(scene.shape, person.site)
    scene.add(on, [exports(dice, seat, at, size)
                   for at in steady(dice, begins, begins + 3_600 * 1.5, count)])  # fmt: skip
    return Incident(mark, "mass-export", "by-count", ("mass-export",), (("user", person.user),),
                    (person.site.id,), (on,))  # fmt: skip


def export_by_bytes(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody exports once or twice, and far more than an export of this site ever holds."""
    dice = scene.dice("export-bytes", mark)
    person = scene.worker(dice, on, lambda one: one.exports <= 0.5 and not one.nights)  # noqa: PLR2004
    if person is None:
        return None
    own = seat_of(dice, person, person.site, on)
    seat = Seat(own.site, own.ip, own.agent, own.user, own.session, mark)
    at = scene.hour(on, dice.uniform(person.begins + 0.5, person.ends - 1))
    # A nightly job exports six times as much as people do, so that it must be more than that.
    size = export_size(scene.shape, person.site) * scene.level.pick(80, 40, 22)
    scene.add(on, logs_in(dice, seat, at - 40))
    scene.add(on, [exports(dice, seat, at + 300 * index, size)
                   for index in range(dice.choice((1, 2)))])  # fmt: skip
    return Incident(mark, "mass-export", "by-bytes", ("mass-export",), (("user", person.user),),
                    (person.site.id,), (on,))  # fmt: skip


def cross_franchise(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody of one shop reads the customers of another."""
    dice = scene.dice("cross-franchise", mark)
    person = scene.worker(dice, on, lambda one: not one.more_sites, scene.people.shop_people)
    if person is None:
        return None
    helped = {other.id for one in scene.people.shop_people if one.more_sites
              for other in one.more_sites}  # fmt: skip
    others = [shop for shop in scene.shape.shops if shop is not person.site]
    site = dice.choice([shop for shop in others if shop.id not in helped] or others)
    seat = Seat(site, person.address(on), person.agent, person.user, dice.token(24), mark)
    count = round(dice.uniform(*scene.level.pick((40, 80), (15, 24), (5, 8))))
    begins = scene.hour(on, dice.uniform(person.begins, person.ends - 3))
    first, size = subjects_of(scene.shape, site)
    scene.add(on, logs_in(dice, seat, begins - 40))
    scene.add(on, [record(scene.shape, seat, at, first + dice.randrange(size))
                   for at in steady(dice, begins, begins + 2.5 * 3600, count)])  # fmt: skip
    return Incident(mark, "cross-franchise-access", "other-shop", ("cross-franchise-access",),
                    (("user", person.user),), (site.id, person.site.id), (on,))  # fmt: skip


def dormant(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """An account that nobody has used for long reads records."""
    dice = scene.dice("dormant", mark)
    days = scene.shape.dormant_days
    last = on - dt.timedelta(days=days + 2)
    if last < scene.shape.first:
        return None
    earlier = [day for day in scene.shape.dates if day <= last]
    person = scene.worker(dice, on, lambda one: not one.nights and not one.vpn
                          and any(scene.can_work(one, day) for day in earlier))  # fmt: skip
    if person is None:
        return None
    seen_on = next(day for day in reversed(earlier) if scene.can_work(person, day))
    scene.busy(person, seen_on, 1.0)
    for day in scene.shape.dates:
        if day > last:
            scene.effects.away.add((person.user, day))
    count = round(dice.uniform(*scene.level.pick((40, 70), (15, 24), (5, 9))))
    seat = Seat(person.site, person.address(on), person.agent, person.user, dice.token(24), mark)
    begins = scene.hour(on, dice.uniform(person.begins + 0.2, person.ends - 2))
    first, size = person.spread
    scene.add(on, logs_in(dice, seat, begins - 40))
    scene.add(on, [record(scene.shape, seat, at, first + dice.randrange(size))
                   for at in steady(dice, begins, begins + 1.5 * 3600, count)])  # fmt: skip
    return Incident(mark, "dormant-account-access", "returned", ("dormant-account-access",),
                    (("user", person.user),), (person.site.id,), (on,))  # fmt: skip


def unauthenticated(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Records are answered to somebody who never logged in."""
    dice = scene.dice("unauthenticated", mark)
    site = scene.site(dice, on, scene.shape.sites)
    if site is None:
        return None
    network = dice.choice((*places.HOME, *places.HOSTING))
    ip = network.address(dice)
    seat = Seat(site, ip, agents.desk(dice), "", "", mark)
    count = round(dice.uniform(*scene.level.pick((60, 120), (18, 30), (6, 10))))
    first, size = subjects_of(scene.shape, site)
    begins = scene.hour(on, dice.uniform(1, 18))
    times = steady(dice, begins, begins + scene.level.pick(1, 2, 5) * 3600, count)
    numbers = dice.sample(range(first, first + size), count)
    scene.add(on, [record(scene.shape, seat, at, number)
                   for at, number in zip(times, numbers, strict=True)])  # fmt: skip
    return Incident(mark, "unauthenticated-access", "open-records",
                    ("unauthenticated-access", "record-enumeration", "bulk-record-access"),
                    (("ip", ip),), (site.id,), (on,))  # fmt: skip


def crawler(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A crawler is given records, be it a known one or one that only says so."""
    dice = scene.dice("crawler", mark)
    site = scene.site(dice, on, (scene.shape.portal, *scene.shape.shops))
    if site is None:
        return None
    agent, network = dice.choice((
        (agents.GOOGLEBOT, places.GOOGLE), (agents.BINGBOT, places.BING),
        (agents.AHREFSBOT, places.AHREFS), (agents.GPTBOT, places.GPT),
        (agents.GOOGLEBOT, places.HOSTING[0]), (agents.TOOLS[0], places.HOSTING[0]),
    ))  # fmt: skip
    count = round(dice.uniform(*scene.level.pick((100, 200), (30, 50), (8, 14))))
    ips = network.neighbours(dice, scene.level.pick(1, 2, 2))
    first, size = subjects_of(scene.shape, site)
    begins = scene.hour(on, dice.uniform(0, 12))
    times = steady(dice, begins, begins + scene.level.pick(1, 4, 10) * 3600, count)
    for index, at in enumerate(times):
        seat = Seat(site, ips[index % len(ips)], agent, "", "", mark)
        scene.add(on, [record(scene.shape, seat, at, first + dice.randrange(size))])
    return Incident(mark, "crawler-on-personal-data", agent.split("/")[0][:12],
                    ("crawler-on-personal-data", "unauthenticated-access", "record-enumeration"),
                    tuple(("ip", ip) for ip in ips), (site.id,), (on,))  # fmt: skip


def forbidden(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody tries what they may not see, again and again, and is refused."""
    dice = scene.dice("forbidden", mark)
    person = scene.worker(dice, on, lambda one: not one.nights)
    if person is None:
        return None
    own = seat_of(dice, person, person.site, on)
    seat = Seat(own.site, own.ip, own.agent, own.user, own.session, mark)
    count = round(dice.uniform(*scene.level.pick((120, 200), (36, 60), (16, 24))))
    begins = scene.hour(on, dice.uniform(person.begins, person.ends - 2.5))
    first, size = person.spread
    times = steady(dice, begins, begins + scene.level.pick(0.4, 1.2, 2.3) * 3600, count)
    scene.add(on, logs_in(dice, seat, begins - 40))
    for at in times:
        if dice.chance(0.4):
            page = dice.choice(("users", "roles", "audit", "config", "backup"))
            scene.add(on, [seat.asks(at, f"{person.site.urls.admin}{page}", 403, 300)])
        else:
            number = first + dice.randrange(size)
            scene.add(on, [record(scene.shape, seat, at, number, 403)])
    return Incident(mark, "forbidden-probing", "insider", ("forbidden-probing",),
                    (("user", person.user), ("ip", seat.ip)) if seat.ip == person.home
                    else (("user", person.user),), (person.site.id,), (on,))  # fmt: skip
