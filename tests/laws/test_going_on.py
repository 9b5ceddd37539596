"""What goes on is told once, and what is new is told again: nights over lines, as they come."""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
import yaml

from pipelines import lake
from pipelines.detect import goes_on
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.store import read_findings
from tests.detect import scenario
from tests.detect.given_findings import clock_at
from tests.detect.replayed import only, read

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(300)]

_DAY = dt.date(2026, 11, 19)  # a Thursday; the 23rd, a Monday, is a holiday
_USUAL = {
    "days": "-28..8", "on": "working", "at": "09:00-17:00", "count": 10, "vary": 4, "users": 8,
    "user": "st-{u}", "ip": "192.0.2.{u}", "request": "GET /customers/{x}{u} HTTP/1.1",
}  # fmt: skip


def _severities(
    folder: Path, detector: str, who: Mapping[str, object], days: Mapping[int, str]
) -> list[str | None]:
    """Return how grave it is on each day that somebody takes ninety records: whose, by day."""
    taken = [
        {
            **who,
            "days": day,
            "at": "13:00-15:00",
            "count": 90,
            "request": f"GET /customers/{whose}{{i}} HTTP/1.1",
        }
        for day, whose in days.items()
        if whose
    ]
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump({"date": _DAY, "traffic": [_USUAL, *taken]}))
    settings, home = read(folder, scenario.load(path))
    found = []
    for day in range(max(days) + 1):
        on = _DAY + dt.timedelta(days=day)
        with only({detector, "slow-collection"}):  # which reads whose data was seen
            stages.detect(settings, home, [on], clock=clock_at(on + dt.timedelta(days=1)))
        if day in days:
            with lake.open_reader(home, settings.timezone) as con:
                own = [one for one in read_findings(con, on) if one.detector == detector]
            found.append(str(own[0].severity) if own else None)
    return found


@pytest.mark.parametrize(
    ("days", "severities"),
    [
        ({0: "7", 1: "", 5: "8"}, ["high", None, "high"]),  # an ordinary Friday between
        ({0: "7", 1: "7", 5: "7"}, ["high", "low", "low"]),
        ({0: "7", 1: "8", 5: "9"}, ["high", "high", "high"]),
    ],
)
def test_a_clerk_who_takes_the_records_of_others_is_news(
    tmp_path: Path, days: dict[int, str], severities: list[str | None]
) -> None:
    """Ninety people a day: the same ones on every working day are told once."""
    clerk = {"user": "st-3", "ip": "192.0.2.3"}
    assert _severities(tmp_path, "bulk-record-access", clerk, days) == severities


@pytest.mark.parametrize(
    ("name", "former", "days"),
    [
        ("SAME_PEOPLE", -1.0, {0: "7", 1: "8"}),  # whoever it is about
        ("_working_days", lambda *_: (), {0: "7", 1: "", 5: "7"}),  # with any pause
    ],
)
def test_either_hole_breaks_that_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, former: object, days: dict[int, str]
) -> None:
    """Put back, each has the clerk's second day told as going on."""
    monkeypatch.setattr(goes_on, name, former)
    clerk = {"user": "st-3", "ip": "192.0.2.3"}
    assert _severities(tmp_path, "bulk-record-access", clerk, days)[-1] == "low"


@pytest.mark.parametrize(
    ("days", "severities"),
    [
        ({0: "7", 1: "7"}, ["critical", "critical"]),  # until somebody takes it up
        ({0: "7", 1: "8"}, ["critical", "critical"]),
    ],
)
def test_what_is_critical_is_told_each_day(
    tmp_path: Path, days: dict[int, str], severities: list[str | None]
) -> None:
    """From the same address."""
    stranger = {"ip": "198.51.100.9"}
    assert _severities(tmp_path, "unauthenticated-access", stranger, days) == severities


_SHOP = {
    "days": "-35..0", "on": "working", "at": "09:00-17:00", "count": 20, "vary": 5, "users": 6,
    "request": "GET /customers/{d}{u}{i} HTTP/1.1",
}  # fmt: skip
_SHOPS = (
    {**_SHOP, "site": "a", "user": "fr1-{u}", "ip": "192.0.2.{u}"},
    {**_SHOP, "site": "b", "user": "fr2-{u}", "ip": "203.0.113.{u}"},
)
_TASKS = {
    # Somebody who helps in a second shop on Wednesdays and Fridays.
    "helper": (dt.date(2026, 11, 18), (-28, -26, -21, -19, -14, -12, -7, -5, 0),
               {"site": "b", "user": "fr1-3", "ip": "203.0.113.77", "at": "10:00-16:00",
                "count": 15, "vary": 2, "request": "GET /customers/8{d}{i} HTTP/1.1"}),
    # Ninety records on each Thursday evening, and the list exported.
    "list": (dt.date(2026, 11, 19), (-28, -21, -14, -7, 0),
             {"site": "a", "user": "fr1-3", "ip": "192.0.2.3", "at": "20:30-22:00", "count": 90,
              "vary": 9, "request": "GET /customers/8{d}{i} HTTP/1.1"}),
    "export": (dt.date(2026, 11, 19), (-28, -21, -14, -7, 0),
               {"site": "a", "user": "fr1-3", "ip": "192.0.2.3", "at": "13:00-15:00", "count": 12,
                "vary": 2, "bytes": 900000, "request": "GET /export/list{i}.csv HTTP/1.1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", list(_TASKS))
def test_a_habit_of_weeks_is_low_whatever_the_detector(tmp_path: Path, name: str) -> None:
    """After four such weeks at like size; five times as much is not excused."""
    date, _, task = _TASKS[name]
    home, settings = _after_weeks(tmp_path, name)
    assert set(_found(home, settings, date).values()) <= {"low", "info"}
    ((site, lines),) = _world(name, 5 * int(str(task["count"])), [0]).lines.items()
    (home.logs / site / "access.log-more").write_text("\n".join(lines[date]) + "\n")
    night = clock_at(date + dt.timedelta(days=1))
    stages.ingest(settings, home, clock=night)
    stages.detect(settings, home, [date], clock=night)
    assert set(_found(home, settings, date).values()) - {"low", "info"}


def test_without_habits_that_law_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety records on each Thursday evening are reported each time."""
    monkeypatch.setattr(goes_on, "MOST_WEEKS", 99)
    home, settings = _after_weeks(tmp_path, "list")
    assert set(_found(home, settings, _TASKS["list"][0]).values()) - {"low", "info"}


def _after_weeks(folder: Path, name: str) -> tuple[Home, Settings]:
    """Return a lake in which a task came back for four weeks, each week examined in its turn."""
    date, days, task = _TASKS[name]
    settings, home = read(folder, _world(name, int(str(task["count"])), days, *_SHOPS))
    for day in (-28, -21, -14, -7, 0):
        on = date + dt.timedelta(days=day)
        stages.detect(settings, home, [on], clock=clock_at(on + dt.timedelta(days=1)))
    return home, settings


def _world(
    name: str, count: int, days: Iterable[int], *others: Mapping[str, object]
) -> scenario.Scenario:
    """Return one with a task, so much of it at a time."""
    date, _, task = _TASKS[name]
    return scenario.of_text(
        yaml.safe_dump({
            "date": date,
            "sites": [{"id": "a", "franchise": "1"}, {"id": "b", "franchise": "2"}],
            "settings": {"business_hours": {"from": "09:00", "to": "18:00"}},
            "traffic": [*others, *({**task, "days": day, "count": count} for day in days)],
        })
    )  # fmt: skip


def _found(home: Home, settings: Settings, on: dt.date) -> dict[str, str]:
    with lake.open_reader(home, settings.timezone) as con:
        own = [one for one in read_findings(con, on) if one.actor == "fr1-3"]
    return {one.detector: str(one.severity) for one in own}
