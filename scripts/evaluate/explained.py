"""Decoys that nothing but a reason on record explains, and the tables of such reasons.

The form of the tables is in `docs/context.md`.
"""

import csv
import datetime as dt
from pathlib import Path

from evaluate.decoys import add_decoy, user_of
from evaluate.desk import Seat, export_size, exports, logs_in, seat_of
from evaluate.incidents.common import record, steady
from evaluate.people import Person, subjects_of
from evaluate.places import ABROAD
from evaluate.scene import Scene

_COLUMNS = {
    "assignments": ("user", "team", "subject", "site", "from", "to", "reason"),
    "teams": ("user", "team"),
    "exports": ("user", "site", "resource", "from", "to", "reason"),
    "rosters": ("user", "site", "from", "to", "reason"),
    "trips": ("user", "country", "from", "to", "reason"),
    "absences": ("user", "from", "to", "reason"),
}


def lay(scene: Scene) -> None:
    """Put these decoys into a scene, each with its reason, and the reasons of ordinary days."""
    _approved_export(scene)
    _helper(scene)
    _first_trip(scene)
    _back_from_leave(scene)
    _project(scene)
    _ordinary(scene)


def write_tables(scene: Scene, folder: Path) -> dict[str, str]:
    """Write the tables as CSV below `folder`; return `context:` of the settings."""
    (folder / "context").mkdir()
    found = {}
    for table, columns in _COLUMNS.items():
        path = folder / "context" / f"{table}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.DictWriter(file, columns, restval="")
            rows.writeheader()
            rows.writerows(one.cells for one in scene.reasons if one.table == table)
            if table == "teams":
                rows.writerows({"user": one.user, "team": one.team} for one in scene.people.workers)
        found[table] = f"context/{table}.csv"
    return found


def write_watch(scene: Scene, folder: Path) -> str:
    """Write the list of watched subjects below `folder`; return where, as settings name it."""
    path = folder / "context" / "watch.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("subject", "kind", "user", "site", "reason"))
        for one in scene.watched:
            rows.writerow(
                (scene.shape.subjects.text(one.subject), one.kind, one.user, "", one.kind)
            )
    return f"context/{path.name}"


def _day(scene: Scene, name: str) -> dt.date:
    days = [day for day in scene.season.judged() if not scene.season.is_day_off(day)]
    return scene.dice(name, "day").choice(days)


def _approved_export(scene: Scene) -> None:
    """Somebody who never exports does so ten times, as was approved."""
    dice, day = scene.dice("approved-export"), _day(scene, "approved-export")
    person = scene.worker(dice, day, lambda one: one.exports == 0 and not one.nights)
    if person is None:
        return
    seat = seat_of(dice, person, person.site, day)
    begins, size = scene.hour(day, person.begins + 1), export_size(scene.shape, person.site)
    scene.add(day, logs_in(dice, seat, begins - 40))
    times = steady(dice, begins, begins + 3_600, 10)
    scene.add(day, [exports(dice, seat, at, size) for at in times])
    scene.explain("exports", day, day, "approved by the data protection officer",
                  user=person.user, site=person.site.id, resource="export")  # fmt: skip
    add_decoy(scene, "approved-export", user_of(person), [day])


def _helper(scene: Scene) -> None:
    """Somebody of a shop helps at another one for a day."""
    dice, day = scene.dice("helper"), _day(scene, "helper")
    person = scene.worker(dice, day, among=scene.people.shop_people)
    if person is None:
        return
    site = dice.choice([shop for shop in scene.shape.shops if shop is not person.site])
    seat = Seat(site, person.address(day), person.agent, person.user, dice.token(24))
    first, size = subjects_of(scene.shape, site)
    _reads(scene, seat, day, person.begins + 1, [first + dice.randrange(size) for _ in range(14)])
    scene.explain("assignments", day, day, "helps out", user=person.user, site=site.id)
    add_decoy(scene, "helper", user_of(person), [day])


def _first_trip(scene: Scene) -> None:
    """Somebody of the staff is abroad for the first time, as declared."""
    dice, day = scene.dice("first-trip"), _day(scene, "first-trip")
    person = scene.worker(dice, day, lambda one: one.kind == "staff" and not one.nights)
    if person is None:
        return
    country = dice.choice(("TH", "VN", "GB", "DE", "TW"))
    ip = ABROAD[country].address(dice)
    scene.effects.away.add((person.user, day))
    seat = Seat(person.site, ip, person.agent, person.user, dice.token(24))
    _reads(scene, seat, day, person.begins + 1, _some(scene, person, 9))
    week = dt.timedelta(days=3)
    scene.explain("trips", day - week, day + week, "business trip", user=person.user,
                  country=country)  # fmt: skip
    add_decoy(scene, "first-trip", user_of(person), [day])


def _back_from_leave(scene: Scene) -> None:
    """Somebody comes back from a leave that was longer than accounts may sleep."""
    dice, day = scene.dice("leave"), scene.season.judged()[-2]
    last = day - dt.timedelta(days=scene.shape.dormant_days + 2)
    person = scene.worker(dice, day, lambda one: not one.nights and not one.vpn
                          and any(scene.can_work(one, on) for on in scene.shape.dates
                                  if on <= last))  # fmt: skip
    if person is None:
        return
    for on in scene.shape.dates:
        if last < on < day:
            scene.effects.away.add((person.user, on))
    scene.busy(person, day, 0.7)
    scene.explain("absences", last, day, "parental leave", user=person.user)
    add_decoy(scene, "back-from-leave", user_of(person), [day])


def _project(scene: Scene) -> None:
    """Somebody has a list of customers to check, all of them assigned."""
    dice, day = scene.dice("project"), _day(scene, "project")
    person = scene.worker(dice, day, lambda one: one.records > 8 and not one.nights  # noqa: PLR2004
                          and not one.is_clerk)  # fmt: skip
    if person is None:
        return
    numbers = _some(scene, person, round(person.records * 5))
    seat = seat_of(dice, person, person.site, day)
    _reads(scene, seat, day, person.begins + 0.5, numbers, person.ends - person.begins - 1)
    for number in numbers:
        scene.explain("assignments", day, day, "review of contracts", user=person.user,
                      subject=scene.shape.subjects.text(number), site=person.site.id)  # fmt: skip
    add_decoy(scene, "assigned-project", user_of(person), [day])


def _ordinary(scene: Scene) -> None:
    """What is on record anyway: leave, night shifts, shops that somebody looks after."""
    for person in scene.people.workers:
        first, last = scene.shape.dates[0], scene.shape.dates[-1]
        if person.away:
            scene.explain("absences", min(person.away), max(person.away), "leave",
                          user=person.user)  # fmt: skip
        for day in sorted(person.nights):
            scene.explain("rosters", day, day + dt.timedelta(days=1), "night shift",
                          user=person.user, site=person.site.id)  # fmt: skip
        for site in person.more_sites:
            scene.explain("assignments", first, last, "area manager", user=person.user,
                          site=site.id)  # fmt: skip


def _some(scene: Scene, person: Person, count: int) -> list[int]:
    first, size = person.spread
    return scene.dice("some", person.user).sample(range(first, first + size), min(size, count))


def _reads(
    scene: Scene, seat: Seat, on: dt.date, hour: float, numbers: list[int], hours: float = 1.5
) -> None:
    dice = scene.dice("explained", seat.user)
    begins = scene.hour(on, hour)
    scene.add(on, logs_in(dice, seat, begins - 40))
    times = steady(dice, begins, begins + hours * 3_600, len(numbers))
    scene.add(on, [record(scene.shape, seat, at, number)
                   for at, number in zip(times, numbers, strict=True)])  # fmt: skip
