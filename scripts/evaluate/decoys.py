"""What looks like an incident and is none: habits, rotas, seasons, clumsiness, travel."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from evaluate import agents, places
from evaluate.desk import HOUR, Seat, fails, logs_in, midnight, reads, seat_of
from evaluate.incidents.common import record, steady
from evaluate.incidents.leaks import leaking
from evaluate.people import Person
from evaluate.public import customer_visit, second_of_day
from evaluate.request import NOBODY
from evaluate.scene import Scene, Span
from evaluate.truth import Actor, Decoy

_MIN_FACTOR = 1.3


def lay(scene: Scene, changed: dict[str, dt.date]) -> None:
    """Put all decoys into a scene; `changed` are the people who are new or change roles."""
    _changed(scene, changed)
    for make in (
        _routine_exports, _busy_team, _storm, _holiday_abroad, _tourists, _campaign, _mistyped,
        _on_call, _new_passwords, _kiosk, _monitor, _closed, _maintenance, _hopping, _vpn,
        _stock_taking, _clerks, _wrong_bookmark, _old_password, _wifi_to_mobile, _overtime,
        _standing_leak,
    ):  # fmt: skip
        make(scene)


def add_decoy(scene: Scene, kind: str, actors: Sequence[Actor], dates: Sequence[dt.date]) -> None:
    """Note a decoy, on those of its days that are judged; none when it has no such day."""
    judged = set(scene.season.judged())
    looked_at = tuple(day for day in dates if day in judged)
    if actors and looked_at:
        scene.decoys.append(Decoy(kind, tuple(actors), looked_at))


def user_of(person: Person) -> tuple[Actor]:
    """Return a person as findings name one."""
    return (("user", person.user),)


def _changed(scene: Scene, changed: dict[str, dt.date]) -> None:
    for user, since in changed.items():
        days = [day for day in scene.shape.dates if 0 <= (day - since).days < 14]  # noqa: PLR2004
        scene.used.add(user)
        add_decoy(scene, "new-or-changed-role", [("user", user)], days)


def _routine_exports(scene: Scene) -> None:
    """Every week, or at the end of every month, the same people export a lot."""
    for number, every in enumerate(("week", "week", "month")):
        dice = scene.dice("routine-export", number)
        person = scene.worker(dice, None, lambda one: one.team.startswith("planning"))
        if person is None:
            continue
        weekday = min(person.weekdays)
        days = [day for day in scene.shape.dates if person.works_on(day) and (
            day.weekday() == weekday if every == "week" else scene.season.is_month_end(day)
        )]  # fmt: skip
        if all(day in scene.season.judged() for day in days):
            continue  # nothing that anybody could know them by
        person.away = frozenset()
        person.exports = max(person.exports, 0.4)
        for day in days:
            scene.effects.exports[person.user, day] = dice.randrange(5, 9)
            scene.explain("exports", day, day, f"routine of every {every}", user=person.user,
                          site=person.site.id)  # fmt: skip
        add_decoy(scene, f"export-every-{every}", user_of(person), days)


def _busy_team(scene: Scene) -> None:
    """A shop or a team has much more to do for a day, all of it alike."""
    for number in range(3):
        dice = scene.dice("busy-team", number)
        day = dice.choice(scene.season.judged())
        site = dice.choice(scene.shape.shops) if number else scene.shape.portal
        team = [one for one in scene.people.workers if one.site is site
                and one.user not in scene.used and scene.can_work(one, day)]  # fmt: skip
        for person in team:
            scene.used.add(person.user)
            scene.busy(person, day, dice.uniform(1.5, 2.0))
        add_decoy(scene, "busy-team", [("user", one.user) for one in team], [day])


def _storm(scene: Scene) -> None:
    """On days of bad weather all have more to do."""
    users = [("user", one.user) for one in scene.people.workers if one.user not in scene.used]
    for day, factor in scene.season.storms.items():
        if factor >= _MIN_FACTOR:
            add_decoy(scene, "storm", users, [day])


def _holiday_abroad(scene: Scene) -> None:
    """Customers and one of the staff who have been there before are abroad again."""
    for number in range(4):
        dice = scene.dice("holiday-abroad", number)
        network = places.ABROAD[dice.choice(places.TOURIST)]
        earlier = [scene.shape.dates[index] for index in dice.some(range(4, 18), 4)]
        again = dice.some(scene.season.judged(), 3)
        if number < 3:  # noqa: PLR2004 - three customers
            customer = scene.customer(dice)
            customer.visits = 0.05
            for day in (*earlier, *again):
                at = midnight(scene.shape, day) + second_of_day(dice)
                visit = customer_visit(dice, scene.shape, customer, day, at, network.address(dice))
                scene.add(day, visit)
            add_decoy(scene, "abroad-again", [("user", customer.user)], again)
            continue
        person = scene.worker(dice, None, lambda one: one.kind == "staff" and not one.nights)
        if person is None:
            return
        for day in (*earlier, *again):
            scene.explain("trips", day, day, "visit of the branch abroad", user=person.user,
                          country=network.country)  # fmt: skip
            scene.effects.away.add((person.user, day))
            seat = Seat(person.site, network.address(dice), person.agent, person.user,
                        dice.token(24))  # fmt: skip
            _few_records(scene, person, seat, day, person.begins + 1, 6)
        add_decoy(scene, "abroad-again", user_of(person), again)


def _few_records(scene: Scene, person: Person, seat: Seat, on: dt.date, hour: float, count: int
                 ) -> None:  # fmt: skip
    dice = scene.dice("few", person.user, on)
    begins = scene.hour(on, hour)
    scene.add(on, logs_in(dice, seat, begins))
    first, size = person.spread
    for at in steady(dice, begins + 60, begins + 1_500, count):
        scene.add(on, reads(dice, scene.shape, seat, at, first + dice.randrange(size)))


def _tourists(scene: Scene) -> None:
    """Customers on their first journey abroad look at their own record, once."""
    for number in range(4):
        dice = scene.dice("tourist", number)
        customer, day = scene.customer(dice), dice.choice(scene.season.judged())
        ip = places.ABROAD[dice.choice(places.TOURIST)].address(dice)
        at = midnight(scene.shape, day) + second_of_day(dice)
        scene.add(day, customer_visit(dice, scene.shape, customer, day, at, ip))
        add_decoy(scene, "tourist", [("user", customer.user), ("ip", ip)], [day])


def _campaign(scene: Scene) -> None:
    """The newsletter comes every week, and visitors with it."""
    days = [day for day in scene.shape.dates if day.weekday() == scene.season.campaign_weekday]
    add_decoy(scene, "campaign", [("site", scene.shape.portal.id)], days)


def _mistyped(scene: Scene) -> None:
    """Forgetful people try five to eight passwords and then have it."""
    for number in range(7):
        dice = scene.dice("mistyped", number)
        day = dice.choice(scene.season.judged())
        if number < 4:  # noqa: PLR2004 - four customers, three at work
            customer = scene.customer(dice)
            seat = Seat(scene.shape.portal, customer.home, customer.agent, customer.user,
                        dice.token(24))  # fmt: skip
            at = midnight(scene.shape, day) + second_of_day(dice)
        else:
            person = scene.worker(dice, day)
            if person is None:
                continue
            seat = seat_of(dice, person, person.site, day)
            at = scene.hour(day, person.begins + 0.2)
        scene.add(day, logs_in(dice, seat, at, dice.randrange(5, 9)))
        if seat.site is scene.shape.portal and number < 4:  # noqa: PLR2004
            scene.add(day, [record(scene.shape, seat, at + 300, customer.number)])
        add_decoy(scene, "mistyped", [("user", seat.user)], [day])


def _on_call(scene: Scene) -> None:
    """Three people take turns at night and look into a few cases."""
    dice = scene.dice("on-call")
    rota = []
    for _ in range(3):
        person = scene.worker(dice, None, lambda one: one.kind == "staff" and not one.nights
                              and one.site.hours == "business")  # fmt: skip
        if person is not None:
            rota.append(person)
    for index, day in enumerate(scene.shape.dates):
        if not rota:
            return
        person = rota[index % len(rota)]
        scene.explain("rosters", day, day + dt.timedelta(days=1), "on call", user=person.user,
                      site=person.site.id)  # fmt: skip
        for call in range(dice.choice((0, 1, 1, 2))):
            seat = Seat(person.site, person.home, person.agent, person.user, dice.token(24))
            hour = dice.uniform(21.5, 28.5)
            _few_records(scene, person, seat, day, hour, dice.randrange(2, 6) + call)
    for person in rota:
        add_decoy(scene, "on-call", user_of(person), scene.season.judged())


def _new_passwords(scene: Scene) -> None:
    """On the day on which passwords expire, half an office mistypes the new one."""
    dice = scene.dice("new-passwords")
    days = [day for day in scene.season.judged() if not scene.season.is_day_off(day)]
    if not days:
        return
    day, office = dice.choice(days), dice.choice(scene.people.offices)
    team = [one for one in scene.people.staff if one.office == office
            and one.user not in scene.used and scene.can_work(one, day)]  # fmt: skip
    for person in team[:14]:
        scene.used.add(person.user)
        seat = replace(seat_of(dice, person, person.site, day), ip=office)
        scene.add(day, logs_in(dice, seat, scene.hour(day, person.begins), dice.randrange(1, 4)))
    actors: list[Actor] = [("ip", office), ("site", scene.shape.office.id)]
    add_decoy(scene, "new-passwords", [*actors, *(("user", one.user) for one in team[:14])], [day])


def _kiosk(scene: Scene) -> None:
    """Customers use a terminal in a branch, one after another."""
    dice = scene.dice("kiosk")
    ip, agent = dice.choice(places.OFFICE).address(dice), agents.desk(dice)
    for day in scene.shape.dates:
        if scene.season.is_day_off(day):
            continue
        for customer in dice.some(scene.people.customers, dice.randrange(4, 11)):
            at = scene.hour(day, dice.uniform(10, 17))
            there = replace(customer, agent=agent, phone_share=0.0)
            scene.add(day, customer_visit(dice, scene.shape, there, day, at, ip))
    add_decoy(scene, "kiosk", [("ip", ip)], scene.season.judged())


def _monitor(scene: Scene) -> None:
    ip = scene.people.machines[0].office.rpartition(".")[0] + ".5"
    add_decoy(scene, "monitor", [("ip", ip)], scene.season.judged())


def _closed(scene: Scene) -> None:
    """Shops close for a day or two; the public pages are there as always."""
    for number in range(2):
        dice = scene.dice("closed", number)
        shop, day = dice.choice(scene.shape.shops), dice.choice(scene.season.judged())
        if any(on == day and site == shop.id for site, on in scene.taken | scene.peopled):
            continue
        days = [day + dt.timedelta(days=ahead) for ahead in range(dice.choice((1, 2)))]
        busy = {user for user, on in scene.effects.work if on in days}
        if any(one.site is shop and one.user in busy for one in scene.people.shop_people):
            continue
        scene.effects.closed |= {(shop.id, each) for each in days}
        add_decoy(scene, "closed-shop", [("site", shop.id)], days)


def _maintenance(scene: Scene) -> None:
    """Every Sunday night the main sites are taken down for two hours."""
    sites = (scene.shape.portal, scene.shape.office)
    sundays = [day for day in scene.shape.dates if day.weekday() == 6]  # noqa: PLR2004
    for site in sites:
        for day in sundays:
            begins = scene.hour(day, 2)
            scene.effects.lost.append(Span(site.id, begins, begins + 2 * HOUR, 1.0, NOBODY))
        add_decoy(scene, "maintenance", [("site", site.id)], sundays)


def _hopping(scene: Scene) -> None:
    """A telephone in a train has another address of its carrier for nearly each request."""
    for number in range(4):
        dice = scene.dice("hopping", number)
        customer, day = scene.customer(dice), dice.choice(scene.season.judged())
        at, session = midnight(scene.shape, day) + second_of_day(dice) * 0.9, dice.token(24)
        seat = Seat(scene.shape.portal, customer.carrier.address(dice), customer.phone,
                    customer.user, session)  # fmt: skip
        scene.add(day, logs_in(dice, seat, at))
        for step in range(dice.randrange(8, 16)):
            seat = replace(seat, ip=customer.carrier.address(dice))
            scene.add(day, [record(scene.shape, seat, at + 40 + 50 * step, customer.number)])
        add_decoy(scene, "hopping", [("user", customer.user)], [day])


def _vpn(scene: Scene) -> None:
    for person in scene.people.staff:
        if person.vpn and person.user not in scene.used:
            add_decoy(scene, "vpn-abroad", user_of(person), scene.season.judged())


def _stock_taking(scene: Scene) -> None:
    """At the end of a month some shops page through all their lists."""
    days = [day for day in scene.shape.dates if scene.season.is_month_end(day)]
    for number in range(3):
        dice = scene.dice("stock-taking", number)
        person = scene.worker(dice, None, lambda one: not one.more_sites, scene.people.shop_people)
        if person is None:
            return
        for day in days:
            seat = seat_of(dice, person, person.site, day)
            begins = scene.hour(day, person.begins + 0.5)
            scene.add(day, logs_in(dice, seat, begins - 60))
            scene.add(day, [
                seat.asks(at, f"{person.site.urls.listing}?page={page}", size=16_000)
                for page, at in enumerate(steady(dice, begins, begins + HOUR, 30), 1)
            ])  # fmt: skip
        add_decoy(scene, "stock-taking", user_of(person), days)


def _clerks(scene: Scene) -> None:
    for person in scene.people.staff:
        if person.is_clerk and person.user not in scene.used:
            scene.used.add(person.user)
            add_decoy(scene, "clerk-with-a-list", user_of(person), scene.season.judged())


def _wrong_bookmark(scene: Scene) -> None:
    """Somebody of a shop asks at another shop's site and is refused two or three times."""
    for number in range(3):
        dice = scene.dice("wrong-bookmark", number)
        day = dice.choice(scene.season.judged())
        person = scene.worker(dice, day, among=scene.people.shop_people)
        if person is None:
            continue
        site = dice.choice([shop for shop in scene.shape.shops if shop is not person.site])
        seat = Seat(site, person.address(day), person.agent, person.user, dice.token(24))
        at = scene.hour(day, person.begins + 1)
        scene.add(day, [record(scene.shape, seat, at + 20 * step, person.spread[0] + step, 403)
                        for step in range(dice.randrange(2, 4))])  # fmt: skip
        add_decoy(scene, "wrong-bookmark", user_of(person), [day])


def _old_password(scene: Scene) -> None:
    """A machine goes on with a password that has been changed, once in half an hour."""
    dice = scene.dice("old-password")
    rule, site = scene.shape.users["system"], scene.shape.office
    ip = f"10.{dice.randrange(1, 250)}.{dice.randrange(1, 250)}.77"
    seat = Seat(site, ip, dice.choice(agents.BATCH), rule.text(5), "")
    for day in scene.shape.dates[4:]:
        begins = scene.hour(day, 0.2)
        scene.add(day, [fails(seat, begins + 1_800 * step) for step in range(47)])
    add_decoy(scene, "old-password", [("user", seat.user), ("ip", ip)], scene.season.judged())


def _wifi_to_mobile(scene: Scene) -> None:
    """A session goes on while its telephone leaves the house, or its browser is renewed."""
    for number in range(3):
        dice = scene.dice("wifi", number)
        customer, day = scene.customer(dice), dice.choice(scene.season.judged())
        at, session = midnight(scene.shape, day) + second_of_day(dice) * 0.9, dice.token(24)
        home = Seat(scene.shape.portal, customer.home, customer.phone, customer.user, session)
        out = replace(home, ip=customer.carrier.address(dice))
        if number == 2:  # noqa: PLR2004 - the last one renews the browser
            out = replace(home, agent=agents.phone(dice))
        scene.add(day, logs_in(dice, home, at))
        for step in range(8):
            seat = home if step < 4 else out  # noqa: PLR2004 - half way
            scene.add(day, [record(scene.shape, seat, at + 60 + 90 * step, customer.number)])
        add_decoy(scene, "wifi-to-mobile", [("user", customer.user)], [day])


def _overtime(scene: Scene) -> None:
    """Towards the end of the month part of a team stays an hour and a half longer."""
    dice = scene.dice("overtime")
    days = [day for day in scene.season.judged() if scene.season.is_month_end(day)]
    if not days:
        days = [dice.choice(scene.season.judged())]
    team = dice.some([one for one in scene.people.staff if one.user not in scene.used
                      and one.site is scene.shape.office and not one.nights
                      and all(scene.can_work(one, day) for day in days)], 5)  # fmt: skip
    for person in team:
        scene.used.add(person.user)
        for day in days:
            scene.effects.late[person.user, day] = dice.uniform(1.0, 1.8)
            scene.explain("rosters", day, day, "overtime at the end of the month",
                          user=person.user, site=person.site.id)  # fmt: skip
    add_decoy(scene, "overtime", [("user", one.user) for one in team], days)


def _standing_leak(scene: Scene) -> None:
    """One site has always had mail addresses in its addresses; that is known since long."""
    dice = scene.dice("standing-leak")
    if not dice.chance(0.5):
        return
    site = dice.choice(scene.shape.shops)
    if any(site.id in one.sites and one.kind == "personal-data-in-url" for one in scene.incidents):
        return
    for day in scene.shape.dates:
        count = dice.poisson(14)
        scene.add(day, leaking(dice, scene.shape, site, day, count, NOBODY))
    scene.standing.append(("site", site.id))
