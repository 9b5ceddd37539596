"""Who uses the sites: staff in teams, contractors, people of the shops, customers, machines."""

import datetime as dt
from dataclasses import dataclass, field, replace

from evaluate import agents, places
from evaluate.dice import Dice
from evaluate.season import QUIET_DAYS
from evaluate.shape import Shape, Site

_TEAMS = {"calls": (22.0, 46.0), "contracts": (10.0, 30.0), "planning": (3.0, 9.0)}
_OVERSEEN = (1, 6)
_VPN_COUNTRIES = ("SG", "US")


@dataclass
class Person:
    """Somebody who works with records of others, or a customer who looks at their own.

    `records` is a mean a working day, `shape` how steady the days are, `spread` the subjects they
    choose from (first and how many), `begins` and `ends` in hours of the day.
    """

    user: str
    kind: str
    team: str
    site: Site
    records: float
    shape: float
    begins: float
    ends: float
    office: str
    home: str
    carrier: places.Network
    agent: str
    phone: str
    spread: tuple[int, int]
    weekdays: frozenset[int]
    from_day: dt.date
    until_day: dt.date
    presence: float = 0.93
    remote: float = 0.0
    vpn: str = ""
    vpn_share: float = 0.0
    is_clerk: bool = False
    exports: float = 0.0
    away: frozenset[dt.date] = frozenset()
    nights: frozenset[dt.date] = frozenset()
    more_sites: tuple[Site, ...] = ()
    changed_on: dt.date | None = None
    changed_records: float = 0.0
    changed_site: Site | None = None
    mistypes: float = 0.04
    phone_share: float = 0.0
    moved_on: dt.date | None = None
    moved_to: str = ""
    apart: int = 1  # the numbers of the subjects they choose from lie so far apart
    notice_on: dt.date | None = None  # from when the directory says which day is the last
    second: str = ""  # another account of the same person
    course: dict[dt.date, float] = field(default_factory=dict)  # times so much work, 1 if missing

    def mean(self, on: dt.date) -> float:
        """Records of an ordinary working day at that time."""
        new = self.changed_on is not None and on >= self.changed_on
        level = (self.changed_records if new else self.records) * self.course.get(on, 1.0)
        weeks = (on - self.from_day).days / 7
        return level * min(1.0, 0.4 + 0.3 * weeks) if weeks >= 0 else 0.0

    def works_on(self, on: dt.date) -> bool:
        """Whether it is one of their days, if nothing comes between."""
        return self.from_day <= on <= self.until_day and (
            on in self.nights or (on.weekday() in self.weekdays and on not in self.away)
        )

    def at(self, on: dt.date) -> "Person":
        """The person as they are that day: who has moved to another site is there."""
        if self.changed_site and self.changed_on and on >= self.changed_on:
            return replace(self, site=self.changed_site)
        return self

    def address(self, on: dt.date) -> str:
        """The address of the office or shop; a shop's line may get another one."""
        return self.moved_to if self.moved_on and on >= self.moved_on else self.office

    @property
    def keeps_holidays(self) -> bool:
        """Whether they rest when the company does; shops and shifts have days of their own."""
        return self.kind != "franchise" and self.site.hours == "business" and not self.nights


@dataclass
class Customer:
    """A customer and what is theirs; `visits` a day."""

    user: str
    number: int
    visits: float
    home: str
    carrier: places.Network
    agent: str
    phone: str
    phone_share: float
    prefix: str = ""  # of IPv6 at home
    more: tuple[int, ...] = ()  # further subjects that are theirs: a family, a fleet of cars
    at_once: int = 0  # how many of them they look at in a visit
    moved_on: dt.date | None = None
    moved_to: str = ""

    def address(self, dice: Dice, on: dt.date) -> str:
        """The address at home: one for weeks, or with IPv6 another one every day."""
        if self.prefix:
            return places.host_v6(dice, self.prefix)
        return self.moved_to if self.moved_on and on >= self.moved_on else self.home


@dataclass
class Crowd:
    """Everybody of a world."""

    staff: list[Person]
    contractors: list[Person]
    shop_people: list[Person]
    customers: list[Customer]
    machines: list[Person]
    offices: list[str]
    vpn: str
    carriers: tuple[places.Network, ...]

    @property
    def workers(self) -> list[Person]:
        """All who work with records of others."""
        return [*self.staff, *self.contractors, *self.shop_people]


def crowd(shape: Shape) -> Crowd:
    """Return the people of a shape; the same shape gives the same people."""
    dice = Dice(shape.seed, "people")
    line = dice.choice(places.OFFICE)
    offices = [line.address(dice) for _ in range(dice.choice((2, 3, 4)))]
    vpn = places.ABROAD[dice.choice(_VPN_COUNTRIES)].address(dice)
    carriers = tuple(carrier.pool(dice, 2) for carrier in places.MOBILE)
    found = Crowd([], [], [], [], [], offices, vpn, carriers)
    for number in range(shape.bank_of_staff):
        found.staff.append(_staff(dice, shape, found, number))
    for number in range(round(dice.uniform(4, 8))):
        found.contractors.append(_contractor(dice, shape, found, number))
    for index, shop in enumerate(shape.shops):
        found.shop_people += _shop_people(dice, shape, found, shop, index)
    found.customers = [
        _customer(dice, shape, found, number) for number in range(shape.bank_of_customers)
    ]
    found.machines = [_machine(dice, shape, number) for number in range(2)]
    return found


def subjects_of(shape: Shape, site: Site) -> tuple[int, int]:
    """Return the numbers of the subjects that a site holds: the first, and how many."""
    total = max(4_000, shape.bank_of_customers * 2)
    if site.kind != "shop":
        return 0, total
    index = shape.shops.index(site)
    return total + index * 420, 400


def _weekdays(shape: Shape) -> frozenset[int]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return frozenset(names.index(name) for name in shape.workdays)


def _absence(dice: Dice, shape: Shape) -> frozenset[dt.date]:
    """A week's leave for one in five."""
    if not dice.chance(0.2):
        return frozenset()
    first = dice.choice(shape.dates)
    return frozenset(first + dt.timedelta(days=n) for n in range(dice.randrange(2, 7)))


def _staff(dice: Dice, shape: Shape, found: Crowd, number: int) -> Person:
    team = ("calls", "calls", "contracts", "contracts", "planning")[number % 5]
    low, high = _TEAMS[team]
    at_portal = team == "contracts" and number % 4 == 2  # noqa: PLR2004 - some of them
    site = shape.portal if at_portal else shape.office
    opens = shape.opens.hour + shape.opens.minute / 60
    closes = float(shape.closes.hour)
    begins = min(closes - 8.5, max(opens, dice.gauss(opens + 0.8, 0.5)))
    weekdays = _weekdays(shape)
    if dice.chance(0.15):  # part-timers
        weekdays = frozenset(dice.some(sorted(weekdays), 3))
    person = Person(
        user=shape.users["staff"].text(number), kind="staff",
        team=f"{team}-{site.kind}", site=site,
        records=dice.uniform(low, high), shape=dice.uniform(5, 14),
        begins=begins, ends=min(closes - 0.3, begins + dice.uniform(7.5, 8.8)),
        office=found.offices[number % len(found.offices)],
        home=dice.choice(places.HOME).address(dice), carrier=dice.choice(found.carriers),
        agent=agents.desk(dice), phone=agents.phone(dice), spread=subjects_of(shape, site),
        weekdays=weekdays, from_day=shape.first - dt.timedelta(days=100),
        until_day=shape.dates[-1], presence=dice.uniform(0.86, 0.98),
        remote=dice.choice((0.0, 0.0, 0.1, 0.4)), away=_absence(dice, shape),
        mistypes=dice.choice((0.02, 0.04, 0.12)),
        phone_share=dice.choice((0.0, 0.0, 0.0, 0.0, 0.3)),
    )  # fmt: skip
    if dice.chance(0.15):
        person.vpn, person.vpn_share = found.vpn, dice.uniform(0.2, 0.6)
    if team == "contracts" and number % 7 == 3:  # noqa: PLR2004 - a few
        person.is_clerk, person.records = True, dice.uniform(45, 90)
        person.shape = dice.uniform(14, 30)
    if team == "planning":
        person.exports = dice.choice((0.0, 0.1, 0.1, 0.5, 1.0))
    if site.hours == "always" and team == "calls":
        person.weekdays = frozenset(dice.some(range(7), 5))
    if site.hours == "always" and team == "calls" and number % 3 == 0:
        start = dice.randrange(6)
        person.nights = frozenset(
            day for index, day in enumerate(shape.dates) if (index + start) % 6 in {0, 1}
        )
        person.weekdays = frozenset()
        person.begins, person.ends = 20.5, 29.0
    return person


def _contractor(dice: Dice, shape: Shape, found: Crowd, number: int) -> Person:
    address = places.HOSTING_JP[0].address(dice) if number % 3 == 0 else found.offices[0]
    opens = shape.opens.hour + shape.opens.minute / 60
    return Person(
        user=shape.users["contractor"].text(number), kind="contractor", team="contractors",
        site=shape.office, records=dice.uniform(12, 34), shape=dice.uniform(6, 14),
        begins=opens + dice.uniform(0.3, 1.2), ends=min(shape.closes.hour - 0.3, opens + 9.5),
        office=address, home=dice.choice(places.HOME).address(dice),
        carrier=dice.choice(found.carriers), agent=agents.desk(dice), phone=agents.phone(dice),
        spread=subjects_of(shape, shape.office), weekdays=_weekdays(shape),
        from_day=shape.first - dt.timedelta(days=100), until_day=shape.dates[-1],
        presence=0.9,
    )  # fmt: skip


def _shop_people(dice: Dice, shape: Shape, found: Crowd, shop: Site, index: int) -> list[Person]:
    line = dice.choice(places.HOME)
    address, tablet = line.address(dice), agents.desk(dice)
    size = dice.uniform(0.6, 1.5)
    closed = dice.choice((None, None, 1, 2))  # a weekday of rest, in the trade's manner
    weekdays = set(_weekdays(shape)) | ({5} if dice.chance(0.6) else set())
    weekdays.discard(closed if closed is not None else -1)
    opens = shape.opens.hour + shape.opens.minute / 60
    people = []
    for number in range(dice.randrange(3, 6)):
        own = weekdays if number == 0 else dice.some(sorted(weekdays), 4)
        people.append(Person(
            user=shape.franchise.user(shop.franchise or "", number), kind="franchise",
            team="shop", site=shop, records=dice.uniform(6, 20) * size,
            shape=dice.uniform(4, 10), begins=opens + dice.uniform(0.2, 2.0),
            ends=min(shape.closes.hour - 0.3, opens + dice.uniform(8, 10.5)), office=address,
            home=dice.choice(places.HOME).address(dice), carrier=dice.choice(found.carriers),
            agent=tablet if number % 2 else agents.desk(dice), phone=agents.phone(dice),
            spread=subjects_of(shape, shop), weekdays=frozenset(own),
            from_day=shape.first - dt.timedelta(days=100), until_day=shape.dates[-1],
            presence=dice.uniform(0.82, 0.97), remote=dice.choice((0.0, 0.05, 0.15)),
            exports=dice.choice((0.0, 0.0, 0.05)) if number else 0.08,
            away=_absence(dice, shape), mistypes=dice.choice((0.03, 0.08)),
            phone_share=dice.choice((0.0, 0.0, 0.4)),
        ))  # fmt: skip
    if index in _OVERSEEN:  # somebody who looks after the neighbouring shops too
        people[0].more_sites = tuple(shape.shops[index + step] for step in (1, 2))
    if dice.chance(0.25):  # the line of the shop gets another address
        moved_on, moved_to = dice.choice(shape.dates), line.address(dice)
        for person in people:
            person.moved_on, person.moved_to = moved_on, moved_to
    return people


def _customer(dice: Dice, shape: Shape, found: Crowd, number: int) -> Customer:
    customer = Customer(
        user=shape.users["customer"].text(number), number=number,
        visits=min(0.9, dice.gammavariate(1.2, 0.14)),
        home=dice.choice(places.HOME).address(dice), carrier=dice.choice(found.carriers),
        agent=agents.desk(dice), phone=agents.phone(dice),
        phone_share=dice.choice((0, 0.5, 0.8, 1)),
        prefix=places.prefix_v6(dice) if dice.chance(0.15) else "",
    )  # fmt: skip
    if dice.chance(0.25):
        customer.moved_on = dice.choice(shape.dates)
        customer.moved_to = dice.choice(places.HOME).address(dice)
    return customer


def _machine(dice: Dice, shape: Shape, number: int) -> Person:
    return Person(
        user=shape.users["system"].text(number), kind="system", team="machines",
        site=shape.office, records=0, shape=100, begins=1.5 + number, ends=3.0 + number,
        office=f"10.{dice.randrange(1, 250)}.{dice.randrange(1, 250)}.{10 + number}", home="",
        carrier=places.MOBILE[0], agent=dice.choice(agents.BATCH), phone="",
        spread=subjects_of(shape, shape.office), weekdays=frozenset(range(7)),
        from_day=shape.first - dt.timedelta(days=100), until_day=shape.dates[-1],
        exports=float(dice.randrange(1, 4)),
    )  # fmt: skip


def move_office(shape: Shape, found: Crowd) -> tuple[dt.date, str] | None:
    """Let an office change its carrier on a working day after the quiet ones, in half the worlds.

    Return the day and the new address, None when it stays.
    """
    dice = Dice(shape.seed, "move")
    days = [day for day in shape.dates[QUIET_DAYS:] if day.weekday() < 4]  # noqa: PLR2004 - Monday on
    if not days or dice.chance(0.5):
        return None
    moved_on, moved_to = dice.choice(days), dice.choice(places.OFFICE).address(dice)
    for person in [*found.staff, *found.contractors]:
        if person.office == found.offices[0]:
            person.moved_on, person.moved_to = moved_on, moved_to
    return moved_on, moved_to


def change_roles(shape: Shape, found: Crowd) -> dict[str, dt.date]:
    """Let some people come new and one change roles after the quiet days; return who and when."""
    dice = Dice(shape.seed, "changes")
    later = shape.dates[QUIET_DAYS : QUIET_DAYS + 6]
    changes = {}
    new_values = [one for one in found.staff if not one.nights and not one.is_clerk]
    for person in dice.some(new_values, 3):
        changes[person.user] = person.from_day = dice.choice(later)
    for person in dice.some(
        [
            one
            for one in found.staff
            if one.user not in changes and one.team == "contracts-office" and not one.is_clerk
        ],
        1,
    ):
        changes[person.user] = person.changed_on = dice.choice(later)
        person.changed_records = min(person.records * 2.2, _TEAMS["calls"][1])
    steady = [one for one in found.staff if one.user not in changes
              and one.team == "contracts-office" and not one.is_clerk]  # fmt: skip
    for person in dice.some(steady, 1):
        changes[person.user] = person.changed_on = dice.choice(later)
        person.changed_records, person.changed_site = person.records, shape.portal
    for person in dice.some(found.shop_people, 2):
        person.from_day = shape.dates[dice.randrange(6, 14)]
    return changes
