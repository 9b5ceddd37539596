"""What nine weeks have that a month does not show: seasons, hand-overs, posts, a directory.

Everybody's work drifts a little from week to week; those in contracts have customers of their own.
"""

import csv
import datetime as dt
import io
import math

from evaluate.decoys import add_decoy, user_of
from evaluate.people import Person
from evaluate.scene import Scene

_COLUMNS = ("user", "person", "department", "site", "type", "joined_on", "left_on")
_WEEK = 7


def prepare(scene: Scene) -> None:
    """Let work drift, and give those in contracts customers of their own."""
    for person in scene.people.workers:
        dice = scene.dice("drift", person.user)
        level = 0.0
        for index, on in enumerate(scene.shape.dates):
            if index % _WEEK == 0:
                level = 0.8 * level + dice.gauss(0, 0.07)
            person.course[on] = math.exp(level)
        if person.team.startswith("contracts") and not person.is_clerk:
            first, size = person.spread
            own, person.apart = dice.randrange(60, 120), dice.randrange(15, 30)
            person.spread = first + dice.randrange(size - own * person.apart), own


def lay(scene: Scene) -> None:
    """Put the decoys of weeks into a scene."""
    _season(scene)
    _hand_over(scene)
    _cover(scene)
    _learners(scene)


def directory(scene: Scene, on: dt.date) -> str:
    """Return the directory of people as it is that day, as CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for number, person in enumerate(scene.people.workers, 1):
        if person.from_day > on:
            continue
        is_known = person.notice_on is not None and on >= person.notice_on
        is_over = person.until_day < min(on, scene.shape.dates[-1])
        left = person.until_day if is_known or is_over else ""
        now = person.at(on)
        for user in filter(None, (person.user, person.second)):
            rows.writerow((user, f"P{number:04d}", _department(person, on), now.site.id,
                           person.kind, person.from_day, left))  # fmt: skip
    return text.getvalue()


def _department(person: Person, on: dt.date) -> str:
    if person.changed_on is not None and on >= person.changed_on:
        return "contracts-portal" if person.changed_site else "calls-office"
    return f"shop {person.site.id}" if person.kind == "franchise" else person.team


def _multiply(person: Person, on: dt.date, factor: float) -> None:
    person.course[on] = person.course.get(on, 1.0) * factor


def _season(scene: Scene) -> None:
    """A department has more and more to do for two weeks, and less again after ten days.

    Who supervises it sees as much as it does, and more than it before.
    """
    dice = scene.dice("season")
    team = dice.choice(("calls-office", "contracts-office"))
    members = [one for one in scene.people.staff if one.team == team]
    peak, begins = dice.uniform(1.5, 1.8), dice.choice(scene.season.judged()[2:12])
    boss = scene.worker(dice, None, lambda one: not one.nights, members)
    for on in scene.shape.dates:
        day = (on - begins).days
        share = min(1.0, max(0.0, day / 14), max(0.0, (38 - day) / 14))
        for person in members:
            _multiply(person, on, (1 + (peak - 1) * share) * (1.2 if person is boss else 1.0))
    days = [on for on in scene.shape.dates if 0 <= (on - begins).days <= 45]  # noqa: PLR2004 - a week more
    others = [one for one in members if one.user not in scene.used]
    add_decoy(scene, "season", [("user", one.user) for one in others], days)
    if boss is not None:
        add_decoy(scene, "supervisor", user_of(boss), days)


def _hand_over(scene: Scene) -> None:
    """Somebody leaves, as the directory says, and two colleagues share the work from then on."""
    for number in range(2):
        dice = scene.dice("hand-over", number)
        leaver = scene.worker(dice, None, lambda one: one.kind == "staff" and not one.nights
                              and not one.is_clerk and one.records >= 6)  # fmt: skip # noqa: PLR2004
        if leaver is None:
            continue
        days = [on for on in scene.season.judged()[5:] if scene.can_work(leaver, on)]
        team = [one for one in scene.people.staff if one.team == leaver.team]
        heirs = [scene.worker(dice, None, lambda one: not one.nights and not one.is_clerk, team)
                 for _ in range(2)]  # fmt: skip
        leaver.until_day = dice.choice(days[: len(days) * 2 // 3])
        for heir in filter(None, heirs):
            factor = min(2.2, 1 + 0.5 * leaver.records / heir.records)
            later = [on for on in scene.shape.dates if on > leaver.until_day]
            for on in later:
                _multiply(heir, on, factor)
            add_decoy(scene, "hand-over", user_of(heir), later)


def _cover(scene: Scene) -> None:
    """Somebody is away for two weeks, and three colleagues do the work meanwhile."""
    for number in range(2):
        dice = scene.dice("cover", number)
        away = scene.worker(dice, None, lambda one: one.kind == "staff" and not one.nights
                            and not one.is_clerk)  # fmt: skip
        if away is None:
            continue
        begins = dice.choice(scene.season.judged()[5:-14])
        days = [begins + dt.timedelta(days=ahead) for ahead in range(14)]
        away.away = frozenset(days)
        scene.explain("absences", days[0], days[-1], "leave", user=away.user)
        team = [one for one in scene.people.staff if one.team == away.team]
        for _ in range(3):
            other = scene.worker(dice, None, lambda one: not one.nights, team)
            if other is None:
                continue
            for on in days:
                _multiply(other, on, min(1.6, 1 + away.records / 3 / other.records))
            add_decoy(scene, "cover", user_of(other), [*days, *(days[-1] + dt.timedelta(days=ahead)
                                                            for ahead in range(1, 8))])  # fmt: skip


def _learners(scene: Scene) -> None:
    """Two who came five weeks ago do a little more each week, until they do what others do."""
    for number in range(2):
        dice = scene.dice("learner", number)
        person = scene.worker(dice, None, lambda one: one.kind == "staff" and not one.nights
                              and not one.is_clerk and one.records >= 8)  # fmt: skip # noqa: PLR2004
        if person is None:
            continue
        person.from_day = scene.shape.first - dt.timedelta(days=35)
        for index, on in enumerate(scene.shape.dates):
            _multiply(person, on, 0.45 + 0.6 * index / len(scene.shape.dates))
        add_decoy(scene, "learner", user_of(person), scene.season.judged())
