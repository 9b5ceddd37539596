"""Incidents of hour and place: at night, from abroad, from two places, by several people."""

import datetime as dt

from evaluate import agents, places
from evaluate.desk import Seat, logs_in
from evaluate.incidents.common import record, steady
from evaluate.people import Person
from evaluate.scene import Scene
from evaluate.truth import Incident

_FAR = ("VN", "BR", "RU", "RO", "NG", "TR", "CN", "IN", "ID")


def _reading(scene: Scene, person: Person, seat: Seat, on: dt.date, begins: float, hours: float,
             count: int) -> None:  # fmt: skip
    dice = scene.dice("elsewhere", seat.mark, "lines", seat.ip)
    first, size = person.spread
    times = steady(dice, begins, begins + hours * 3600, count)
    scene.add(on, logs_in(dice, seat, begins - 45))
    scene.add(on, [record(scene.shape, seat, at, first + dice.randrange(size)) for at in times])


def off_hours(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody who keeps office hours reads records at night, or on a day off."""
    dice = scene.dice("off-hours", mark)
    day_off = scene.season.is_day_off(on)
    person = scene.worker(
        dice, on, works=False, suits=lambda one: one.site.hours == "business" and not one.nights
        and one.from_day < scene.shape.first and (one.kind != "franchise" or not day_off),
    )  # fmt: skip
    if person is None:
        return None
    count = round(dice.uniform(*scene.level.pick((35, 60), (14, 22), (8, 12))))
    hour = dice.uniform(10, 16) if day_off else dice.uniform(*scene.level.pick(
        (1.5, 3.5), (0.5, 4.0), (scene.shape.closes.hour + 2.0, 23.0)))  # fmt: skip
    ip = person.address(on) if scene.level is scene.level.EASY or dice.chance(0.5) else person.home
    seat = Seat(person.site, ip, person.agent, person.user, dice.token(24), mark)
    _reading(scene, person, seat, on, scene.hour(on, hour), 0.8, count)
    return Incident(mark, "off-hours-access", "day-off" if day_off else "night",
                    ("off-hours-access",), (("user", person.user),), (person.site.id,),
                    (on,))  # fmt: skip


def new_location(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody's account is used from a country where neither they nor colleagues ever were."""
    dice = scene.dice("new-location", mark)
    person = scene.worker(dice, on, lambda one: not one.nights and not one.vpn)
    if person is None:
        return None
    count = round(dice.uniform(*scene.level.pick((40, 70), (15, 22), (6, 10))))
    ip = places.ABROAD[dice.choice(_FAR)].address(dice)
    scene.effects.away.add((person.user, on))
    agent = agents.other_desk(dice, person.agent) if dice.chance(0.5) else person.agent
    seat = Seat(person.site, ip, agent, person.user, dice.token(24), mark)
    begins = scene.hour(on, dice.uniform(person.begins, person.ends - 2))
    _reading(scene, person, seat, on, begins, 1.5, count)
    return Incident(mark, "new-location-access", "abroad",
                    ("new-location-access", "impossible-travel"),
                    (("user", person.user), ("ip", ip)), (person.site.id,), (on,))  # fmt: skip


def travel(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """An account works in Japan, and within the hour in another country, where it then stays."""
    dice = scene.dice("travel", mark)
    person = scene.worker(dice, on, lambda one: not one.nights and not one.vpn
                          and one.ends - one.begins > 5)  # fmt: skip # noqa: PLR2004
    if person is None:
        return None
    country = dice.choice(scene.level.pick(_FAR, _FAR, ("KR", "TW", "CN")))
    ip = places.ABROAD[country].address(dice)
    seat = Seat(person.site, ip, person.agent, person.user, dice.token(24), mark)
    middle = (person.begins + person.ends) / 2
    count = round(dice.uniform(*scene.level.pick((30, 50), (10, 16), (5, 8))))
    # The ordinary day at the desk goes on around it.
    scene.busy(person, on, 1.0)
    _reading(
        scene, person, seat, on, scene.hour(on, middle), scene.level.pick(0.4, 0.6, 0.8), count
    )
    return Incident(mark, "impossible-travel", country,
                    ("impossible-travel", "new-location-access", "session-hijack",
                     "shared-account"), (("user", person.user), ("ip", ip)),
                    (person.site.id,), (on,))  # fmt: skip


def shared_account(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """One account is used by several people at the same time, each with a computer of their own."""
    dice = scene.dice("shared", mark)
    person = scene.worker(dice, on, lambda one: not one.nights and not one.vpn
                          and one.kind != "franchise")  # fmt: skip
    if person is None:
        return None
    others = scene.level.pick(7, 4, 3)
    scene.busy(person, on, 0.8)
    ips = []
    for number in range(others):
        ip = dice.choice(places.HOME).address(dice)
        ips.append(ip)
        agent = agents.other_desk(dice, person.agent)
        seat = Seat(person.site, ip, agent, person.user, dice.token(24), mark)
        begins = scene.hour(on, person.begins + 0.3 + 0.1 * number)
        count = round(dice.uniform(*scene.level.pick((12, 20), (8, 12), (6, 9))))
        _reading(scene, person, seat, on, begins, person.ends - person.begins - 1, count)
    return Incident(mark, "shared-account", f"{others}-people",
                    ("shared-account", "session-hijack", "impossible-travel",
                     "bulk-record-access"),
                    (("user", person.user), *(("ip", ip) for ip in ips)), (person.site.id,),
                    (on,))  # fmt: skip
