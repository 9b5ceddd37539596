"""Which month is audited when none is named: the one before, in the zone of the settings."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.text.month import Month
from tests.audit.audit_lake import World
from tests.report.report_lake import settings_in


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+00:00")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A lake that has nothing of any month."""
    home = Home(tmp_path_factory.mktemp("empty"))
    with lake.open_writer(home, "Asia/Tokyo"):
        return home


@pytest.mark.parametrize(
    ("now", "month"),
    [
        ("2026-12-31T14:59:59", "2026-11"),  # the last second of the year in Japan
        ("2026-12-31T15:00:00", "2026-12"),
        pytest.param("2027-01-01T00:05:00", "2026-12", marks=pytest.mark.further),
        pytest.param("2027-12-31T23:50:00", "2027-12", marks=pytest.mark.further),
        pytest.param(
            "2028-02-28T15:00:00", "2028-01", marks=pytest.mark.further
        ),  # 29 February in Japan
        pytest.param("2028-02-29T14:59:59", "2028-01", marks=pytest.mark.further),
        pytest.param("2028-02-29T15:00:00", "2028-02", marks=pytest.mark.further),
        # The thirty-first of a month: the one before has none.
        pytest.param("2028-03-30T15:00:00", "2028-02", marks=pytest.mark.further),
    ],
)
def test_it_is_about_the_month_before_that_of_the_zone(empty: Home, now: str, month: str) -> None:
    """Whatever the month is in UTC."""
    settings = settings_in("en")
    today = stages.today(settings, lambda: _utc(now))
    assert str(Month.before(today)) == month
    assert Month.before(today).last < today
    with pytest.raises(MimamoriError, match=rf"^{month}: "):  # the lake has nothing of it
        stages.audit(settings, empty, clock=lambda: _utc(now))


def test_a_month_has_all_its_days() -> None:
    """Of every month of two years, one with a 29 February."""
    days = [day for n in range(24) for day in Month(dt.date(2027 + n // 12, n % 12 + 1, 1)).days]
    first = dt.date(2027, 1, 1)
    assert days == [first + dt.timedelta(days=number) for number in range(365 + 366)]


@pytest.mark.parametrize("now", ["2026-12-31T15:00:00", "2027-01-01T14:59:59"])
def test_on_the_first_of_a_month_nothing_of_it_can_be_audited(empty: Home, now: str) -> None:
    """Not until a day of it is over in the zone."""
    month = Month(dt.date(2027, 1, 1))
    with pytest.raises(UsageError, match="2027-01"):
        stages.audit(settings_in("en"), empty, month, clock=lambda: _utc(now))


@pytest.mark.parametrize(
    "last",
    [
        "2028-02-29",
        *(pytest.param(day, marks=pytest.mark.further) for day in ("2028-02-28", "2026-12-31")),
    ],
)
def test_the_last_day_of_a_month_is_in_its_audit(tmp_path: Path, last: str) -> None:
    """Made in the morning after it: of 29 February too, and without it on that day."""
    settings, day = settings_in("en"), dt.date.fromisoformat(last)
    world = World(tmp_path, Home(tmp_path / "var"), settings)
    for stage in ("check", "detect", "report"):
        world.stage(stage, day)
    morning = _utc(f"{last}T20:00:00")  # five in Japan
    made = world.audit(Month.of(day), morning)
    assert made.is_over == (day == Month.of(day).last)
    text = made.page.read_text(encoding="utf-8")
    assert f"{day:%B} {day.year}" in text
    assert f"made {day + dt.timedelta(days=1)} 05:00".lower() in text.lower()
