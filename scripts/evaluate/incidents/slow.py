"""Incidents that grow: one person takes a few more customers' data each day, for weeks."""

import datetime as dt
from collections.abc import Callable, Sequence

from evaluate.desk import Seat, export_size, exports, logs_in, seat_of
from evaluate.dice import Dice
from evaluate.incidents.common import record, steady
from evaluate.people import Person, subjects_of
from evaluate.request import NOBODY, Request
from evaluate.scene import Scene
from evaluate.shape import Site
from evaluate.truth import Incident

KIND = "slow-collection"
_BY_VOLUME = (KIND, "bulk-record-access", "record-enumeration")
_SETTLES_DAYS = 5  # after the quiet days
_LEFT_DAYS = 16  # of the world, when the latest one begins
_FEWEST_TAKES = 8
_FEWEST = 4.0  # records a day of whoever takes more
_SEEN_AFTER_DAYS = 7  # a look back over weeks may tell of it when it is just over
_REFUSED = 403
_Requests = Callable[[Dice, Seat, Sequence[float]], list[Request]]


def lay(scene: Scene) -> None:
    """Put all of them into a scene."""
    for number, (variant, make) in enumerate(_VARIANTS):
        incident = make(scene, number, variant)
        if incident is not None:
            scene.incidents.append(incident)


def _begin(scene: Scene, mark: int, suits: Callable[[Person], bool]
           ) -> tuple[Dice, Person, list[dt.date]] | None:  # fmt: skip
    """Who does it, and on which days."""
    dice = scene.dice("slow", mark)
    judged = scene.season.judged()
    start = dice.choice(judged[_SETTLES_DAYS : max(_SETTLES_DAYS + 1, len(judged) - _LEFT_DAYS)])
    end = start + dt.timedelta(days=round(dice.uniform(2.2, 6) * 7))

    def days(one: Person) -> list[dt.date]:
        return [day for day in judged if start <= day <= end and scene.can_work(one, day)]

    person = scene.worker(
        dice, None,
        lambda one: not one.nights and not one.is_clerk and not one.more_sites and suits(one)
        and len(days(one)) >= _FEWEST_TAKES,
    )  # fmt: skip
    return (dice, person, days(person)) if person else None


def _incident(scene: Scene, mark: int, variant: str, person: Person, days: list[dt.date],
              detectors: tuple[str, ...] = _BY_VOLUME, more_users: tuple[str, ...] = (),
              more_sites: tuple[str, ...] = ()) -> Incident:  # fmt: skip
    last = days[-1] + dt.timedelta(days=_SEEN_AFTER_DAYS)
    return Incident(
        mark, KIND, variant, detectors,
        tuple(("user", user) for user in (person.user, *more_users)),
        (person.site.id, *more_sites),
        tuple(day for day in scene.season.judged() if days[0] <= day <= last),
    )  # fmt: skip


def _amounts(
    dice: Dice,
    base: float,
    days: int,
    first: tuple[float, float],
    step: tuple[float, float],
    least: tuple[float, float],
    most: float,
) -> list[int]:
    """How many are taken on each day: parts of `base`, at least so many, and ever more."""
    begins = max(least[0], base * dice.uniform(*first))
    grows = max(least[1], base * dice.uniform(*step))
    limit = max(begins, base * most * dice.uniform(0.75, 1.25))
    return [max(1, round(min(limit, begins + grows * day) * dice.uniform(0.8, 1.2)))
            for day in range(days)]  # fmt: skip


def _take(scene: Scene, dice: Dice, person: Person, site: Site, on: dt.date, mark: int,
          count: int, requests: _Requests, user: str = "") -> None:  # fmt: skip
    """One day's part, between the ordinary work, from where the person is."""
    at_desk = seat_of(dice, person, site, on)
    seat = Seat(site, at_desk.ip, at_desk.agent, user or person.user, at_desk.session, mark)
    begins = scene.hour(on, person.begins + dice.uniform(0.2, 1.0))
    times = steady(dice, begins, scene.hour(on, person.ends - 0.2), count)
    scene.add(on, logs_in(dice, seat, begins - 60))
    scene.add(on, requests(dice, seat, times))


def _take_daily(scene: Scene, dice: Dice, person: Person, mark: int, days: Sequence[dt.date],
                taken: Sequence[int], requests: _Requests) -> None:  # fmt: skip
    """Each day's part, at the person's own site with the own account."""
    for on, count in zip(days, taken, strict=True):
        _take(scene, dice, person, person.site, on, mark, count, requests)


def _records_of(scene: Scene, first: int, size: int, status: int = 200) -> _Requests:
    def made(dice: Dice, seat: Seat, times: Sequence[float]) -> list[Request]:
        return [record(scene.shape, seat, at, first + dice.randrange(size), status)
                for at in times]  # fmt: skip

    return made


def _desk(scene: Scene, mark: int, variant: str) -> Incident | None:
    """From the own desk, with the own account."""
    found = _begin(
        scene, mark, lambda one: one.records >= _FEWEST and not one.team.startswith("contracts")
    )
    if found is None:
        return None
    dice, person, days = found
    taken = _amounts(dice, person.records, len(days), (0.15, 0.3), (0.1, 0.18), (3, 1.5), 2.0)
    records = _records_of(scene, *subjects_of(scene.shape, person.site))
    _take_daily(scene, dice, person, mark, days, taken, records)
    return _incident(scene, mark, variant, person, days)


def _accounts(scene: Scene, mark: int, variant: str) -> Incident | None:
    """Half with the own account, half with a second one that is hardly used otherwise."""
    found = _begin(scene, mark, lambda one: one.kind == "staff" and one.records >= _FEWEST)
    if found is None:
        return None
    dice, person, days = found
    person.second = scene.shape.users["staff"].text(len(scene.people.staff) + 200 + mark)
    subjects = subjects_of(scene.shape, person.site)
    for on in scene.shape.dates:
        if scene.can_work(person, on) and dice.chance(0.4):
            _take(scene, dice, person, person.site, on, NOBODY, dice.randrange(1, 4),
                  _records_of(scene, *subjects), person.second)  # fmt: skip
    taken = _amounts(dice, person.records, len(days), (0.15, 0.3), (0.1, 0.18), (3, 1.5), 2.0)
    for on, count in zip(days, taken, strict=True):
        for user in (person.user, person.second):
            _take(scene, dice, person, person.site, on, mark, max(1, count // 2),
                  _records_of(scene, *subjects), user)  # fmt: skip
    return _incident(scene, mark, variant, person, days, more_users=(person.second,))


def _sites(scene: Scene, mark: int, variant: str) -> Incident | None:
    """Half at the own site, half at the other main one."""
    office, portal = scene.shape.office, scene.shape.portal
    found = _begin(scene, mark, lambda one: one.site is office and one.records >= _FEWEST)
    if found is None:
        return None
    dice, person, days = found
    subjects = subjects_of(scene.shape, office)
    for on in scene.shape.dates:
        if scene.can_work(person, on) and dice.chance(0.4):
            _take(scene, dice, person, portal, on, NOBODY, dice.randrange(1, 3),
                  _records_of(scene, *subjects))  # fmt: skip
    taken = _amounts(dice, person.records, len(days), (0.15, 0.3), (0.1, 0.18), (3, 1.5), 2.0)
    for on, count in zip(days, taken, strict=True):
        for site in (office, portal):
            _take(scene, dice, person, site, on, mark, max(1, count // 2),
                  _records_of(scene, *subjects))  # fmt: skip
    return _incident(scene, mark, variant, person, days, more_sites=(portal.id,))


def _portfolio(scene: Scene, mark: int, variant: str) -> Incident | None:
    """Customers of others, by somebody who otherwise works with the own ones."""
    found = _begin(scene, mark, lambda one: one.team == "contracts-office")
    if found is None:
        return None
    dice, person, days = found
    taken = _amounts(dice, person.records, len(days), (0.1, 0.2), (0.04, 0.08), (2, 0.7), 1.0)
    records = _records_of(scene, *subjects_of(scene.shape, person.site))
    _take_daily(scene, dice, person, mark, days, taken, records)
    return _incident(scene, mark, variant, person, days)


def _level(scene: Scene, mark: int, variant: str) -> Incident | None:
    """The details of ever more customers, where others mostly look at the first page."""
    found = _begin(scene, mark, lambda one: one.records >= 6 and one.kind == "staff")  # noqa: PLR2004
    if found is None:
        return None
    dice, person, days = found
    first, size = person.spread

    def details(dice: Dice, seat: Seat, times: Sequence[float]) -> list[Request]:
        texts = [scene.shape.subjects.text(first + dice.randrange(size) * person.apart)
                 for _ in times]  # fmt: skip
        return [seat.asks(at, seat.site.urls.detail.replace("{s}", text), size=5_200)
                for at, text in zip(times, texts, strict=True)]  # fmt: skip

    usual = person.records * 0.35
    taken = _amounts(dice, usual, len(days), (0.3, 0.5), (0.15, 0.3), (2, 1.2), 3.0)
    _take_daily(scene, dice, person, mark, days, taken, details)
    return _incident(scene, mark, variant, person, days)


def _exports(scene: Scene, mark: int, variant: str) -> Incident | None:
    """An export now and then, and then one or more a day, by somebody who seldom does it."""
    found = _begin(scene, mark, lambda one: one.exports <= 0.1)  # noqa: PLR2004
    if found is None:
        return None
    dice, person, days = found
    size = export_size(scene.shape, person.site)

    def files(dice: Dice, seat: Seat, times: Sequence[float]) -> list[Request]:
        return [exports(dice, seat, at, size) for at in times]

    for index, on in enumerate(days):
        count = dice.choice((0, 1)) if index < 4 else 1 + (index - 4) // 5  # noqa: PLR2004
        if count or index == 0:
            _take(scene, dice, person, person.site, on, mark, max(1, min(3, count)), files)
    return _incident(scene, mark, variant, person, days, (KIND, "mass-export"))


def _lists(scene: Scene, mark: int, variant: str) -> Incident | None:
    """Ever more pages of the list of customers."""
    found = _begin(scene, mark, lambda one: one.records >= _FEWEST)
    if found is None:
        return None
    dice, person, days = found

    def pages(dice: Dice, seat: Seat, times: Sequence[float]) -> list[Request]:
        return [seat.asks(at, f"{seat.site.urls.listing}?page={dice.randrange(1, 400)}",
                          size=16_000) for at in times]  # fmt: skip

    usual = person.records * 0.55
    taken = _amounts(dice, usual, len(days), (0.3, 0.5), (0.2, 0.35), (4, 2), 4.0)
    _take_daily(scene, dice, person, mark, days, taken, pages)
    return _incident(scene, mark, variant, person, days)


def _refused(scene: Scene, mark: int, variant: str) -> Incident | None:
    """A few records a day that the system refuses."""
    found = _begin(scene, mark, lambda one: one.kind != "franchise")
    if found is None:
        return None
    dice, person, days = found
    taken = _amounts(dice, 6.0, len(days), (0.3, 0.5), (0.08, 0.16), (2, 0.5), 1.5)
    refused = _records_of(scene, *subjects_of(scene.shape, person.site), _REFUSED)
    _take_daily(scene, dice, person, mark, days, taken, refused)
    return _incident(scene, mark, variant, person, days, (KIND, "forbidden-probing"))


_VARIANTS = (
    ("desk", _desk), ("desk", _desk), ("accounts", _accounts), ("sites", _sites),
    ("portfolio", _portfolio), ("portfolio", _portfolio), ("level", _level),
    ("exports", _exports), ("lists", _lists), ("refused", _refused),
)  # fmt: skip
