"""Incidents at the door: guessing, spraying, getting in after failures, a stolen session."""

import datetime as dt

from evaluate import agents, places
from evaluate.desk import Seat, fails, logs_in
from evaluate.incidents.common import attacker, record, steady
from evaluate.scene import Scene
from evaluate.shape import Site
from evaluate.truth import Actor, Incident

_GUESSING = ("brute-force", "password-spraying", "login-after-failures")


def _victims(scene: Scene, site: Site, dice_name: object, count: int) -> list[str]:
    """Accounts of a site that somebody might try; those of customers are many."""
    dice = scene.dice("victims", dice_name)
    if site.kind == "portal":
        return [one.user for one in dice.some(scene.people.customers, count)]
    people = [one.user for one in scene.people.workers if one.site is site]
    names = dice.some(people, count)
    rule = scene.shape.users["staff"]
    return [*names, *(rule.text(500 + number) for number in range(count - len(names)))]


def _victim(scene: Scene, site: Site, mark: int) -> str:
    """An account of a site that is in nothing else."""
    dice = scene.dice("victim", mark)
    if site.kind == "portal":
        return scene.customer(dice).user
    people = [one for one in scene.people.workers if one.site is site]
    person = scene.worker(dice, None, among=people)
    return person.user if person else scene.shape.users["staff"].text(600 + mark)


def brute_force(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """One address tries the passwords of one account."""
    dice = scene.dice("brute-force", mark)
    site = scene.site(dice, on, (scene.shape.portal, scene.shape.office, *scene.shape.shops[:4]))
    if site is None:
        return None
    user, ip = _victim(scene, site, mark), attacker(dice)
    seat = Seat(site, ip, dice.choice(agents.TOOLS), user, "", mark)
    count = round(dice.uniform(*scene.level.pick((400, 900), (80, 140), (30, 45))))
    begins = scene.hour(on, dice.uniform(0, 14))
    times = steady(dice, begins, begins + scene.level.pick(0.4, 1.5, 8.0) * 3600, count)
    scene.add(on, [fails(seat, at) for at in times])
    actors: tuple[Actor, ...] = (("ip", ip), ("user", user), ("site", site.id))
    return Incident(mark, "brute-force", "one-address", _GUESSING, actors, (site.id,), (on,))


def brute_force_spread(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Many addresses try the passwords of one account."""
    dice = scene.dice("brute-force-spread", mark)
    site = scene.site(dice, on, [one for one in (scene.shape.portal, scene.shape.office)
                                 if one.names_failed])  # fmt: skip
    if site is None:
        return None
    user = _victim(scene, site, mark)
    count = round(dice.uniform(*scene.level.pick((250, 500), (80, 120), (30, 45))))
    ips = [attacker(dice) for _ in range(max(8, count // 3))]
    begins = scene.hour(on, dice.uniform(0, 12))
    times = steady(dice, begins, begins + scene.level.pick(1, 4, 10) * 3600, count)
    for index, at in enumerate(times):
        seat = Seat(site, ips[index % len(ips)], agents.desk(dice), user, "", mark)
        scene.add(on, [fails(seat, at)])
    actors: tuple[Actor, ...] = (("user", user), ("site", site.id), *(("ip", ip) for ip in ips))
    return Incident(mark, "brute-force", "many-addresses", _GUESSING, actors, (site.id,), (on,))


def spraying(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """One address tries a password or two on many accounts."""
    dice = scene.dice("spraying", mark)
    site = scene.site(dice, on, (scene.shape.portal, scene.shape.office))
    if site is None:
        return None
    count = round(dice.uniform(*scene.level.pick((120, 200), (40, 60), (18, 26))))
    ip, users = attacker(dice), _victims(scene, site, mark, count)
    begins = scene.hour(on, dice.uniform(0, 12))
    times = steady(dice, begins, begins + scene.level.pick(0.5, 2, 9) * 3600, len(users))
    agent = dice.choice(agents.TOOLS)
    for at, user in zip(times, users, strict=True):
        scene.add(on, [fails(Seat(site, ip, agent, user, "", mark), at)])
    return Incident(mark, "password-spraying", "one-address", _GUESSING,
                    (("ip", ip), ("site", site.id)), (site.id,), (on,))  # fmt: skip


def spraying_network(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Many addresses of one network try one account each, all day long."""
    dice = scene.dice("spraying-network", mark)
    site = scene.site(dice, on, (scene.shape.portal, scene.shape.office))
    if site is None:
        return None
    count = round(dice.uniform(*scene.level.pick((120, 200), (50, 80), (28, 40))))
    network = dice.choice((*places.HOSTING, places.ABROAD["VN"], places.ABROAD["BR"]))
    ips = network.neighbours(dice, max(6, count // 2))
    users = _victims(scene, site, mark, count)
    begins = scene.hour(on, dice.uniform(0, 10))
    times = steady(dice, begins, begins + scene.level.pick(2, 6, 12) * 3600, len(users))
    for index, (at, user) in enumerate(zip(times, users, strict=True)):
        seat = Seat(site, ips[index % len(ips)], agents.desk(dice), user, "", mark)
        scene.add(on, [fails(seat, at)])
    actors: tuple[Actor, ...] = (("site", site.id), *(("ip", ip) for ip in ips))
    return Incident(mark, "password-spraying", "one-network", _GUESSING, actors, (site.id,), (on,))


def spraying_sites(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """One address goes from shop to shop and tries a few accounts at each."""
    dice = scene.dice("spraying-sites", mark)
    ip, agent = attacker(dice), dice.choice(agents.TOOLS)
    free = [shop for shop in scene.shape.shops if scene.site(dice, on, (shop,))]
    sites = dice.some(free, scene.level.pick(12, 10, 8))
    each = scene.level.pick(12, 5, 3)
    begins = scene.hour(on, dice.uniform(0, 12))
    times = iter(steady(dice, begins, begins + scene.level.pick(1, 3, 9) * 3600, 12 * len(sites)))
    for site in sites:
        for user in _victims(scene, site, (mark, site.id), each):
            scene.add(on, [fails(Seat(site, ip, agent, user, "", mark), next(times))])
    actors: tuple[Actor, ...] = (("ip", ip), *(("site", site.id) for site in sites))
    return Incident(mark, "password-spraying", "across-sites", _GUESSING, actors,
                    tuple(site.id for site in sites), (on,))  # fmt: skip


def after_failures(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Somebody guesses until they are in, and reads records with the account."""
    dice = scene.dice("after-failures", mark)
    person = scene.worker(dice, on, lambda one: one.site.kind != "portal" and not one.vpn
                          and one.from_day < scene.shape.first, works=False)  # fmt: skip
    if person is None:
        return None
    ip = scene.level.pick(attacker(dice), attacker(dice), places.HOSTING_JP[0].address(dice))
    agent = agents.other_desk(dice, person.agent)
    seat = Seat(person.site, ip, agent, person.user, dice.token(24), mark)
    count = round(dice.uniform(*scene.level.pick((60, 120), (24, 36), (12, 16))))
    begins = scene.hour(on, dice.uniform(9, 15))
    times = steady(dice, begins, begins + scene.level.pick(0.4, 1.0, 2.5) * 3600, count)
    scene.add(on, [fails(seat, at) for at in times])
    scene.add(on, logs_in(dice, seat, times[-1] + 40))
    first, size = person.spread
    scene.add(on, [record(scene.shape, seat, times[-1] + 90 + 25 * index,
                          first + dice.randrange(size))
                   for index in range(scene.level.pick(30, 12, 6))])  # fmt: skip
    return Incident(mark, "login-after-failures", "guessed",
                    ("login-after-failures", "brute-force", "new-location-access"),
                    (("user", person.user), ("ip", ip)), (person.site.id,), (on,))  # fmt: skip


def hijack(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A session is used from a second network and browser while its owner goes on."""
    dice = scene.dice("hijack", mark)
    portal = (
        scene.site(dice, on, (scene.shape.portal,)) if scene.shape.portal.has_sessions else None
    )
    if portal is not None:
        site, customer = portal, scene.customer(dice)
        user, home, agent = customer.user, customer.home, customer.agent
        numbers = [customer.number]
    else:
        person = scene.worker(dice, on, lambda one: one.site.has_sessions and not one.vpn
                              and not one.nights)  # fmt: skip
        if person is None:
            return None
        site, user, home, agent = person.site, person.user, person.address(on), person.agent
        first, size = person.spread
        numbers = dice.sample(range(first, first + size), 20)
        scene.effects.away.add((user, on))
    session = dice.token(24)
    owner = Seat(site, home, agent, user, session)
    thief_ip = scene.level.pick(attacker(dice), attacker(dice), places.HOSTING_JP[0].address(dice))
    other = (
        agents.phone(dice) if scene.level is scene.level.EASY else agents.other_desk(dice, agent)
    )
    thief = Seat(site, thief_ip, other, user, session, mark)
    begins = scene.hour(on, dice.uniform(10, 15))
    scene.add(on, logs_in(dice, owner, begins))
    for index in range(10):
        at = begins + 120 + index * 240
        scene.add(on, [record(scene.shape, owner, at, numbers[index % len(numbers)])])
    for at in steady(dice, begins + 300, begins + 2_400, scene.level.pick(25, 12, 6)):
        scene.add(on, [record(scene.shape, thief, at, dice.choice(numbers))])
    return Incident(mark, "session-hijack", "stolen-cookie",
                    ("session-hijack", "new-location-access", "impossible-travel",
                     "shared-account"), (("user", user), ("ip", thief_ip)), (site.id,),
                    (on,))  # fmt: skip
