"""Incidents that only lists tell of: watched subjects, decoy records, people who leave.

And one person's record that somebody opens again and again.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from evaluate.decoys import add_decoy, user_of
from evaluate.desk import Seat, logs_in, seat_of
from evaluate.incidents.common import attacker, record, steady
from evaluate.people import Person
from evaluate.request import NOBODY
from evaluate.scene import Scene, Watched
from evaluate.truth import Incident

_OF_EACH = 3
_BEYOND = 60_000  # numbers of subjects from here on are in nobody's work and no shop's
_NOTICE_DAYS = 30
_LAST_DAYS = 12
_FEWEST_RECORDS = 6.0
_FEWEST_DAYS = 16
_BY_VOLUME = ("leaver-collection", "slow-collection", "bulk-record-access")


def lay(scene: Scene) -> None:
    """Put all of them, and their decoys, into a scene."""
    marks = iter(range(len(scene.incidents), 1_000))
    subjects = iter(range(_BEYOND, 99_999, 137))
    _shared_matter(scene, subjects)
    for number in range(_OF_EACH):
        _watched(scene, number, next(marks), subjects)
        _decoy(scene, number, next(marks), subjects)
        _returns(scene, number, next(marks))
        _collects(scene, number, next(marks))
        _again(scene, number, next(marks), subjects)
        _looked_after(scene, number, subjects)
        _leaves(scene, number)


def _days(scene: Scene, person: Person) -> list[dt.date]:
    return [day for day in scene.season.judged() if scene.can_work(person, day)]


def _looks(scene: Scene, person: Person, on: dt.date, mark: int, subjects: list[int]) -> None:
    """Somebody looks at these records between others, from the own desk."""
    dice = scene.dice("looks", person.user, on, mark)
    seat = replace(seat_of(dice, person, person.site, on), mark=mark)
    begins = scene.hour(on, person.begins + dice.uniform(0.5, 4))
    scene.add(on, logs_in(dice, seat, begins))
    times = steady(dice, begins + 60, begins + 2_400, len(subjects))
    scene.add(on, [record(scene.shape, seat, at, number)
                   for number, at in zip(subjects, times, strict=True)])  # fmt: skip


def _staff(scene: Scene, *names: object) -> tuple[Person, list[dt.date]] | None:
    """One of the staff who is in nothing else, and the days on which they may work."""
    person = scene.worker(
        scene.dice(*names), None,
        lambda one: one.kind == "staff" and not one.nights and not one.is_clerk
        and one.records >= _FEWEST_RECORDS and len(_days(scene, one)) >= _FEWEST_DAYS,
    )  # fmt: skip
    return (person, _days(scene, person)) if person else None


def _add(scene: Scene, mark: int, kind: str, variant: str, person: Person, days: list[dt.date],
         others: tuple[str, ...] = ()) -> None:  # fmt: skip
    actors, sites = (("user", person.user),), (person.site.id,)
    scene.incidents.append(
        Incident(mark, kind, variant, (kind, *others), actors, sites, tuple(days))
    )


def _watched(scene: Scene, number: int, mark: int, subjects: Iterator[int]) -> None:
    """One of the staff looks at a person of public interest, a colleague, or a relation."""
    found = _staff(scene, "watched", number)
    if found is None:
        return
    person, days = found
    dice = scene.dice("watched", number, "day")
    kind = ("vip", "staff", "relation")[number % 3]
    subject = next(subjects)
    keeper = person.user if kind == "relation" else "nobody" if kind == "staff" else ""
    scene.watched.append(Watched(subject, kind, keeper))
    day = dice.choice(days)
    _looks(scene, person, day, mark, [subject] * dice.randrange(1, 4))
    _add(scene, mark, "watched-subject-access", kind, person, [day])


def _decoy(scene: Scene, number: int, mark: int, subjects: Iterator[int]) -> None:
    """One of the staff opens a record that is nobody's."""
    found = _staff(scene, "decoy-record", number)
    if found is None:
        return
    person, days = found
    subject = next(subjects)
    scene.watched.append(Watched(subject, "decoy", ""))
    day = scene.dice("decoy-record", number, "day").choice(days)
    _looks(scene, person, day, mark, [subject])
    _add(scene, mark, "decoy-record-access", "one", person, [day])


def _returns(scene: Scene, number: int, mark: int) -> None:
    """Somebody who has left logs in with the account that was not closed."""
    found = _staff(scene, "returns", number)
    if found is None:
        return
    person, days = found
    dice = scene.dice("returns", number, "day")
    person.until_day = dice.choice(days[3 : len(days) // 2])
    person.notice_on = person.until_day - dt.timedelta(days=_NOTICE_DAYS)
    later = [day for day in scene.season.judged() if (day - person.until_day).days > 1]
    day = dice.choice(later)
    at_home = number % 2 == 0
    seat = Seat(person.site, person.home if at_home else attacker(dice), person.agent,
                person.user, dice.token(24), mark)  # fmt: skip
    begins = scene.hour(day, dice.uniform(9, 21))
    scene.add(day, logs_in(dice, seat, begins))
    first, size = person.spread
    times = steady(dice, begins + 60, begins + 2_400, dice.randrange(3, 12))
    scene.add(day, [record(scene.shape, seat, at, first + dice.randrange(size)) for at in times])
    _add(scene, mark, "access-after-leaving", "home" if at_home else "elsewhere", person, [day],
         ("new-location-access",))  # fmt: skip


def _collects(scene: Scene, number: int, mark: int) -> None:
    """Somebody who is about to leave sees two or three times as much in the last weeks."""
    found = _staff(scene, "collects", number)
    if found is None:
        return
    person, days = found
    dice = scene.dice("collects", number, "day")
    person.until_day = dice.choice(days[_LAST_DAYS + 2 :])
    person.notice_on = person.until_day - dt.timedelta(days=_NOTICE_DAYS)
    last = [day for day in days if day <= person.until_day][-_LAST_DAYS:]
    for day in last:
        scene.busy(person, day, dice.uniform(2.2, 3.2), mark)
    _add(scene, mark, "leaver-collection", "records", person, last, _BY_VOLUME[1:])


def _again(scene: Scene, number: int, mark: int, subjects: Iterator[int]) -> None:
    """One of the staff looks at one person every second or third day for four weeks."""
    found = _staff(scene, "again", number)
    if found is None:
        return
    person, days = found
    dice, subject = scene.dice("again", number, "day"), next(subjects)
    begins = dice.choice(days[: max(1, len(days) - 18)])
    on = [day for day in days if 0 <= (day - begins).days < 28][:: dice.choice((1, 2))]  # noqa: PLR2004 - four weeks
    for day in on:
        _looks(scene, person, day, mark, [subject])
    _add(scene, mark, "repeated-subject-access", "one", person, on)


def _looked_after(scene: Scene, number: int, subjects: Iterator[int]) -> None:
    """Whoever looks after a person of public interest opens the record now and then."""
    found = _staff(scene, "looked-after", number)
    if found is None:
        return
    person, days = found
    dice, subject = scene.dice("looked-after", number, "day"), next(subjects)
    scene.watched.append(Watched(subject, "vip", person.user))
    on = dice.some(days, 4)
    for day in on:
        _looks(scene, person, day, NOBODY, [subject])
    add_decoy(scene, "looked-after", user_of(person), on)


def _leaves(scene: Scene, number: int) -> None:
    """Somebody leaves and works as ever until the last day."""
    found = _staff(scene, "leaves", number)
    if found is None:
        return
    person, days = found
    person.until_day = scene.dice("leaves", number, "day").choice(days[len(days) // 2 :])
    person.notice_on = person.until_day - dt.timedelta(days=_NOTICE_DAYS)
    add_decoy(scene, "leaver", user_of(person), scene.season.judged())


def _shared_matter(scene: Scene, subjects: Iterator[int]) -> None:
    """One person's claim is open for two weeks, and four colleagues of a team work on it."""
    subject = next(subjects)
    for turn in range(4):
        found = _staff(scene, "matter", turn)
        if found is None:
            return
        person, days = found
        begins = scene.dice("matter").choice(scene.season.judged()[:-14])
        on = [day for day in days if 0 <= (day - begins).days < 14][::2]  # noqa: PLR2004 - two weeks
        for day in on:
            _looks(scene, person, day, NOBODY, [subject])
        add_decoy(scene, "shared-matter", user_of(person), on)
