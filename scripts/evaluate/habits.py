"""More decoys: people whose habits are odd, and days on which much is unlike other days."""

from evaluate.decoys import add_decoy, user_of
from evaluate.desk import HOUR, Seat, fails, midnight
from evaluate.incidents.common import steady
from evaluate.public import usual_visits, visits
from evaluate.scene import Scene


def owners(scene: Scene) -> None:
    """Let some customers have a family or a fleet of cars, before anything happens."""
    dice = scene.dice("owners")
    first = scene.shape.bank_of_customers
    spare = list(range(first, first * 2))
    for number in range(7):
        customer = scene.customer(dice)
        is_fleet = number < 3  # noqa: PLR2004 - three fleets, four families
        count = dice.randrange(18, 45) if is_fleet else dice.randrange(1, 4)
        # One fleet was taken on at once and has numbers in a row, the others grew over years.
        begins = dice.randrange(len(spare) - count)
        own = spare[begins : begins + count] if number == 0 else dice.some(spare, count)
        spare = [one for one in spare if one not in own]
        customer.more = tuple(own)
        customer.at_once = count * 2 // 3 if is_fleet else count
        customer.visits = dice.uniform(0.4, 0.8) if is_fleet else dice.uniform(0.2, 0.5)
        kind = "fleet" if is_fleet else "family"
        add_decoy(scene, kind, [("user", customer.user)], scene.season.judged())


def lay(scene: Scene) -> None:
    """Put these decoys into a scene."""
    _weekly_closing(scene)
    _month_end(scene)
    _password_reset(scene)
    _stale_app(scene)
    _on_television(scene)


def _weekly_closing(scene: Scene) -> None:
    """Some people do the work of the week on one weekday, and have always done so."""
    for number in range(3):
        dice = scene.dice("weekly-closing", number)
        person = scene.worker(dice, None, lambda one: 4 <= one.records <= 14  # noqa: PLR2004
                              and not one.nights and bool(one.weekdays))  # fmt: skip
        if person is None:
            continue
        weekday = dice.choice(sorted(person.weekdays))
        days = [day for day in scene.shape.dates
                if day.weekday() == weekday and scene.can_work(person, day)]  # fmt: skip
        if not any(day not in scene.season.judged() for day in days[1:]):
            continue  # nothing that anybody could know them by
        for day in days:
            scene.busy(person, day, dice.uniform(4.0, 5.5))
        add_decoy(scene, "weekly-closing", user_of(person), days)


def _month_end(scene: Scene) -> None:
    """Some have much to do at the end of every month, of which one lies in the quiet days."""
    days = [day for day in scene.shape.dates if scene.season.is_month_end(day)]
    for number in range(3):
        dice = scene.dice("month-end", number)
        person = scene.worker(dice, None, lambda one: one.records >= 8 and not one.nights)  # noqa: PLR2004
        if person is None:
            continue
        working = [day for day in days if scene.can_work(person, day)]
        if sum(day not in scene.season.judged() for day in working) < 2:  # noqa: PLR2004
            continue  # nothing that anybody could know them by
        for day in working:
            scene.busy(person, day, dice.uniform(2.4, 3.2))
        add_decoy(scene, "month-end", user_of(person), working)


def _password_reset(scene: Scene) -> None:
    """On one day many customers have to find out their new password."""
    add_decoy(scene, "password-reset", [("site", scene.shape.portal.id)],
              sorted(scene.season.resets))  # fmt: skip


def _stale_app(scene: Scene) -> None:
    """A customer's telephone goes on with the old password for some hours."""
    for number in range(2):
        dice = scene.dice("stale-app", number)
        customer = scene.customer(dice)
        day = dice.choice(scene.season.judged())
        customer.visits, customer.prefix, customer.moved_on = 0.6, "", None
        seat = Seat(scene.shape.portal, customer.home, customer.phone, customer.user, "")
        begins = scene.hour(day, dice.uniform(8, 16))
        scene.add(day, [fails(seat, at)
                        for at in steady(dice, begins, begins + 5 * HOUR,
                                         dice.randrange(14, 24))])  # fmt: skip
        add_decoy(scene, "stale-app", [("user", customer.user), ("ip", customer.home)], [day])


def _on_television(scene: Scene) -> None:
    """The company is on television, and for two hours all look at its site."""
    dice = scene.dice("television")
    site, day = scene.shape.portal, dice.choice(scene.season.judged())
    if (site.id, day) in scene.taken:
        return
    count = round(usual_visits(scene.shape, site) * dice.uniform(0.3, 0.5))
    start = midnight(scene.shape, day)
    begins = scene.hour(day, dice.uniform(18, 21))
    scene.add(day, [
        one._replace(at=begins + (one.at - start) / 12)
        for one in visits(dice, scene.shape, scene.people, site, day, count)
    ])  # fmt: skip
    add_decoy(scene, "television", [("site", site.id)], [day])
