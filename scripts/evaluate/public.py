"""Everybody else: customers who read their own record, visitors, crawlers, scanners, machines."""

import datetime as dt
from dataclasses import replace

from evaluate import agents, places
from evaluate.desk import HOUR, Seat, export_size, exports, fails, logs_in, midnight
from evaluate.dice import Dice
from evaluate.people import Crowd, Customer, Person
from evaluate.request import Request
from evaluate.season import Season
from evaluate.shape import Shape, Site

_HOURS = (2, 1, 0.6, 0.4, 0.4, 0.8, 2, 4, 6, 7, 7, 6.5, 8, 7, 6, 6, 6, 6.5, 7, 8, 9, 9, 7, 4)
_PROBES = ("/.env", "/wp-login.php", "/.git/config", "/phpmyadmin/", "/xmlrpc.php",
           "/boaform/admin", "/cgi-bin/luci", "/server-status", "/config.json",
           "/favicon.ico")  # fmt: skip
_BOTS = (
    (agents.GOOGLEBOT, places.GOOGLE, 5.0),
    (agents.BINGBOT, places.BING, 3.0),
    (agents.APPLEBOT, places.APPLE, 1.0),
    (agents.AHREFSBOT, places.AHREFS, 1.5),
    (agents.GPTBOT, places.GPT, 1.0),
)
VISITS = {"portal": 1_500.0, "office": 0.0, "shop": 100.0}  # of an ordinary day
_WORDS = ("suido", "kagi", "toilet", "hoken", "jiko", "keiyaku", "ryokin", "tenpo")


def second_of_day(dice: Dice) -> float:
    """Return a second of the day at which the public comes."""
    return (dice.choices(range(24), _HOURS)[0] + dice.random()) * HOUR


def customer_visit(
    dice: Dice, shape: Shape, customer: Customer, on: dt.date, at: float, address: str = "",
    forgetful: float = 0.07,
) -> list[Request]:  # fmt: skip
    """Return one visit of a customer to their own record; telephones may change address."""
    urls = shape.portal.urls
    on_phone = dice.chance(customer.phone_share)
    agent = customer.phone if on_phone else customer.agent
    hops = on_phone and dice.chance(0.6) and not address
    ip = address or (customer.carrier.address(dice) if hops else customer.address(dice, on))
    seat = Seat(shape.portal, ip, agent, customer.user, dice.token(24))
    failures = dice.choice((1, 1, 1, 2, 2, 3)) if dice.chance(forgetful) else 0
    found = logs_in(dice, seat, at, failures)
    at = found[-1].at + 2
    numbers = [customer.number] * dice.randrange(1, 4) + dice.some(customer.more, customer.at_once)
    for number in numbers:
        target = dice.choice((urls.record, urls.record, urls.detail))
        text = shape.subjects.text(number)
        found.append(
            seat.asks(at, target.replace("{s}", text), size=round(dice.around(8_000, 0.2)))
        )
        at += dice.uniform(5, 120)
        if hops and dice.chance(0.15):
            seat = replace(seat, ip=customer.carrier.address(dice))
        elif customer.prefix and not hops and not address and dice.chance(0.2):
            # Browsers take now IPv6, now IPv4, whichever answers first.
            seat = replace(seat, ip=ip if seat.ip == customer.home else customer.home)
    for _ in range(dice.randrange(3)):
        found.append(seat.asks(at, dice.choice(urls.pages), size=4_000))
        at += dice.uniform(5, 60)
    if dice.chance(0.3):
        found.append(seat.asks(at, urls.logout, 302, 0))
    return found


def customers_day(dice: Dice, shape: Shape, season: Season, people: Crowd, on: dt.date
                  ) -> list[Request]:  # fmt: skip
    """Return the visits of all customers of a day."""
    start = midnight(shape, on)
    factor = season.public(on, shape.portal.id) * season.size(on, shape.portal.id)
    forgetful = 0.25 if on in season.resets else 0.07
    found: list[Request] = []
    for customer in people.customers:
        if dice.chance(customer.visits * factor):
            at = start + second_of_day(dice)
            found += customer_visit(dice, shape, customer, on, at, forgetful=forgetful)
    return found


def visitors_day(
    dice: Dice, shape: Shape, season: Season, people: Crowd, site: Site, on: dt.date
) -> list[Request]:
    """Return what people look at without a name."""
    factor = season.public(on, site.id) * season.size(on, site.id)
    count = dice.overdispersed(usual_visits(shape, site) * factor, 60)
    found = visits(dice, shape, people, site, on, count)
    for _ in range(dice.poisson(0.3 if site.kind == "portal" else 0.02)):
        # Somebody types a mail address into the search.
        query = f"q=user{dice.randrange(9_999)}%40mail.example"
        seat = Seat(site, dice.choice(places.HOME).address(dice), agents.desk(dice), "", "")
        at = midnight(shape, on) + second_of_day(dice)
        found.append(seat.asks(at, f"{site.urls.pages[3]}?{query}"))
    return found


def usual_visits(shape: Shape, site: Site) -> float:
    """Return the visits of an ordinary day to a site's public pages."""
    return VISITS[site.kind] * shape.scale * Dice(shape.seed, "size", site.id).uniform(0.6, 1.5)


def visits(dice: Dice, shape: Shape, people: Crowd, site: Site, on: dt.date, count: int
           ) -> list[Request]:  # fmt: skip
    """Return so many visits to the public pages of a site."""
    start = midnight(shape, on)
    found: list[Request] = []
    for _ in range(count):
        on_phone = dice.chance(0.6)
        network = dice.choice(people.carriers if on_phone else places.HOME)
        agent = agents.phone(dice) if on_phone else agents.desk(dice)
        seat = Seat(site, network.address(dice), agent, "", "")
        at = start + second_of_day(dice)
        referrer = dice.choice(("", "", "https://www.search.example/", "https://news.example/a"))
        for _ in range(1 + dice.poisson(2.2)):
            target = dice.choice(site.urls.pages)
            if dice.chance(0.06):
                target = f"{site.urls.pages[3]}?q={dice.choice(_WORDS)}"
            status = dice.choices((200, 304, 301, 404, 500, 503), (88, 8, 2, 1.6, 0.15, 0.05))[0]
            found.append(seat.asks(at, target, status, round(dice.around(9_000, 0.6)),
                                   referrer=referrer))  # fmt: skip
            at += dice.uniform(2, 90)
            referrer = f"https://{site.domain}{target}"
    return found


def machines_day(
    dice: Dice, shape: Shape, people: Crowd, site: Site, on: dt.date, *, is_scanned: bool
) -> list[Request]:
    """Return the monitor, crawlers and nightly jobs of a site, and scanners of the open net."""
    start = midnight(shape, on)
    found = _monitor(dice, shape, people, site, start)
    found += _crawlers(dice, shape, site, start)
    for _ in range(dice.poisson(1.3 if is_scanned else 0)):
        found += scanner(dice, site, start + dice.uniform(0, 23.8) * HOUR)
    for _ in range(dice.poisson(0.5)):
        found.append(_guess(dice, site, start + dice.uniform(0, 24) * HOUR))
    for machine in people.machines:
        if site is machine.site:
            found += _job(dice, shape, machine, start)
    if site.kind != "shop" and dice.chance(0.12):
        found += _deploy(dice, site, start + dice.uniform(12, 15) * HOUR)
    return found


def scanner(dice: Dice, site: Site, at: float) -> list[Request]:
    """Return what one of the scanners of the open net asks for, in vain."""
    network = dice.choice((*places.HOSTING, places.ABROAD["CN"], places.ABROAD["RU"]))
    seat = Seat(site, network.address(dice), dice.choice(agents.TOOLS), "", "")
    found = []
    for target in dice.some(_PROBES, dice.choice((1, 1, 2, 4, 8))):
        found.append(seat.asks(at, target, 404, 196))
        at += dice.uniform(0.2, 3)
    return found


def _guess(dice: Dice, site: Site, at: float) -> Request:
    """One log-in from the open net, as come every day with names that are not there."""
    network = dice.choice((*places.HOSTING, places.ABROAD["BR"], places.ABROAD["VN"]))
    name = dice.choice(("admin", "test", "root", "info", "user"))
    return fails(Seat(site, network.address(dice), dice.choice(agents.TOOLS), name, ""), at)


def _monitor(dice: Dice, shape: Shape, people: Crowd, site: Site, start: float) -> list[Request]:
    agent = agents.MONITORS[shape.seed % len(agents.MONITORS)]
    every = 600 if site.kind != "shop" else 1_800
    target = site.urls.login if shape.seed % 2 else "/"
    ip = people.machines[0].office.rpartition(".")[0] + ".5"
    seat = Seat(site, ip, agent, "", "")
    offset = Dice(shape.seed, "monitor", site.id).uniform(0, every)
    return [
        seat.asks(start + offset + index * every + dice.uniform(0, 1.5), target, size=2_900)
        for index in range(86_400 // every)
        if offset + index * every < 86_390  # noqa: PLR2004 - the last seconds are of the next day
    ]


def _crawlers(dice: Dice, shape: Shape, site: Site, start: float) -> list[Request]:
    found = []
    share = 1.0 if site.kind == "portal" else 0.25 if site.kind == "shop" else 0.05
    for agent, network, weight in _BOTS:
        for _ in range(dice.poisson(weight * 5 * share)):
            seat = Seat(site, network.address(dice), agent, "", "")
            at = start + dice.uniform(0, 24) * HOUR
            if dice.chance(0.03):  # a link to a record that asks for a log-in
                text = shape.subjects.text(dice.randrange(500))
                found.append(seat.asks(at, site.urls.record.replace("{s}", text), 302, 0))
            else:
                found.append(seat.asks(at, dice.choice(site.urls.pages), size=9_000))
    return found


def _job(dice: Dice, shape: Shape, machine: Person, start: float) -> list[Request]:
    """A nightly job of an account of machines: log in, export, done."""
    seat = Seat(machine.site, machine.office, machine.agent, machine.user, dice.token(24))
    at = start + machine.begins * HOUR + dice.uniform(0, 120)
    found = [logs_in(dice, seat, at)[-1]]
    for _ in range(round(machine.exports)):
        at += dice.uniform(5, 40)
        found.append(exports(dice, seat, at, export_size(shape, machine.site) * 6))
    return found


def _deploy(dice: Dice, site: Site, at: float) -> list[Request]:
    """A new release: a few minutes in which some requests meet a server that is away."""
    found = []
    for _ in range(dice.randrange(6, 20)):
        seat = Seat(site, dice.choice(places.HOME).address(dice), agents.desk(dice), "", "")
        found.append(seat.asks(at + dice.uniform(0, 150), dice.choice(site.urls.pages),
                               dice.choice((502, 503)), 500))  # fmt: skip
    return found
