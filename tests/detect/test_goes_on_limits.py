"""How much, how often, how long ago: where what was told ends and what is news begins."""

import datetime as dt
from typing import Any

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.goes_on import _Before, _is_at_hours, _is_habit, _months, _told
from pipelines.findings import Severity
from pipelines.settings.model import Settings
from tests.detect.given_findings import DAY, at, make

_SETTINGS = Settings.model_validate(
    {
        "timezone": "Asia/Tokyo",
        "sites": [
            {"id": "site", "group": "main", "domains": ["site.example"], "logs": ["site/*.log"]}
        ],
    }
)
_PLACE = "new-location-access"
_HOURS = "off-hours-access"


def _ago(*days: int) -> set[dt.date]:
    return {DAY - dt.timedelta(days=one) for one in days}


def _before(days_ago: int = 1, **values: Any) -> _Before:
    base: dict[str, Any] = {
        "on": DAY - dt.timedelta(days=days_ago),
        "severity": Severity.HIGH,
        "is_told": True,
        "is_taken_up": False,
        "events": 60,
        "subjects": 60,
        "minutes": (9 * 60, 17 * 60),
        "evidence": {"data_level": 3},
    }
    return _Before(**{**base, **values})


def _days_ago(*before: _Before, detector: str = "bulk-record-access", **values: Any) -> int | None:
    """How many days ago the same was told; None where it is news."""
    found = make(detector, **values)
    on = _told(load_catalogue()[detector], _SETTINGS, DAY, found, before)
    return None if on is None else (DAY - on).days


@pytest.mark.parametrize(
    ("days", "is_habit"),
    [
        ((), False),
        ((7, 14), False),
        ((7, 14, 21), True),
        ((7, 14, 28), True),
        ((7, 21, 28), True),
        ((14, 21, 28), True),
        ((14, 21, 35), False),
        ((0, 7, 14), False),
        ((6, 13, 20), False),
        ((8, 15, 22), False),
    ],
)
def test_three_of_the_last_four_weeks_are_a_habit(days: tuple[int, ...], is_habit: bool) -> None:
    """On the same weekday; the week before those four tells nothing."""
    assert _is_habit(DAY, _ago(*days)) is is_habit


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        ([], 0),
        (["2026-11-19"], 0),
        (["2026-10-19"], 1),
        (["2026-10-18"], 1),
        (["2026-10-20"], 1),
        (["2026-10-17"], 0),
        (["2026-10-21"], 0),
        (["2026-10-19", "2026-10-20"], 1),
        (["2026-10-19", "2026-09-19"], 2),
        (["2026-10-19", "2026-09-19", "2026-08-19"], 3),
        (["2026-08-19"], 1),
        (["2026-07-19"], 0),
    ],
)
def test_months_count_in_which_it_came_about_the_same_day(dates: list[str], months: int) -> None:
    """One of the last three; a day earlier or later is the same."""
    assert _months(DAY, [dt.date.fromisoformat(one) for one in dates]) == months


@pytest.mark.parametrize(
    ("day", "dates", "months"),
    [
        ("2026-01-15", ["2025-12-15", "2025-11-15", "2025-10-15"], 3),
        ("2026-02-15", ["2026-01-15", "2025-12-15", "2025-11-15"], 3),
        ("2026-12-15", ["2026-11-15", "2026-10-15", "2026-09-15"], 3),
        ("2026-03-31", ["2026-02-28"], 1),
        ("2026-03-31", ["2026-02-27", "2026-01-31"], 2),
        ("2026-03-31", ["2026-02-26"], 0),
    ],
)
def test_months_go_on_over_the_turn_of_the_year(day: str, dates: list[str], months: int) -> None:
    """And end where they end."""
    days = [dt.date.fromisoformat(one) for one in dates]
    assert _months(dt.date.fromisoformat(day), days) == months


def test_two_months_are_a_habit_and_one_is_none() -> None:
    """Two of the last three."""
    assert _is_habit(DAY, [dt.date(2026, 10, 19), dt.date(2026, 8, 19)])
    assert not _is_habit(DAY, [dt.date(2026, 10, 19), dt.date(2026, 10, 20)])


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        ((600, 660), True),
        ((540, 720), True),
        ((539, 660), False),
        ((600, 721), False),
        ((539, 721), False),
        ((630, 640), True),
    ],
)
def test_an_hour_earlier_or_later_is_the_same_time(now: tuple[int, int], is_same: bool) -> None:
    """A minute more is not."""
    assert _is_at_hours(now, (600, 660)) is is_same


def test_minutes_of_the_day_are_local() -> None:
    """From the first to the last request, in the zone of the settings."""
    spans: dict[str, Any] = {"first_seen": at("21:30"), "last_seen": at("22:10")}
    same, earlier, later = (21 * 60 + 30, 22 * 60 + 10), (22 * 60 + 31, 23 * 60), (0, 21 * 60 + 9)
    found = [
        _days_ago(_before(minutes=minutes), detector=_HOURS, **spans)
        for minutes in (same, earlier, later)
    ]
    assert found == [1, None, None]
    assert _days_ago(_before(minutes=earlier), **spans) == 1


@pytest.mark.parametrize(("days", "told"), [(1, 1), (3, 3), (4, 4), (5, None), (28, None)])
def test_a_pause_of_four_days_is_none(days: int, told: int | None) -> None:
    """A day more and it is news."""
    assert _days_ago(_before(days)) == told


@pytest.mark.parametrize(
    ("days", "known", "now", "told"),
    [
        (28, ["192.0.2.1"], ["192.0.2.1"], 28),
        (29, ["192.0.2.1"], ["192.0.2.1"], None),
        (28, ["192.0.2.1", "192.0.2.2"], ["192.0.2.2"], 28),
        (28, ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], None),
        (4, ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], 4),
        (5, ["192.0.2.1"], ["192.0.2.2"], None),
        (28, None, ["192.0.2.2"], None),
        (28, ["192.0.2.1"], [], None),
        (4, ["192.0.2.1"], None, 4),
    ],
)
def test_the_same_addresses_are_no_new_place_for_four_weeks(
    days: int, known: list[str] | None, now: list[str] | None, told: int | None
) -> None:
    """Others end after four days, and so does what names none."""
    before = _before(days, evidence={"addresses": known})
    assert _days_ago(before, detector=_PLACE, evidence={"addresses": now}) == told
    if days > 4:
        assert _days_ago(before, evidence={"addresses": now}) is None


@pytest.mark.parametrize(
    ("events", "subjects", "told"),
    [(90, 60, 1), (91, 60, None), (60, 90, 1), (60, 91, None), (90, 90, 1), (1, 1, 1)],
)
def test_half_as_much_again_is_the_same(events: int, subjects: int, told: int | None) -> None:
    """One more, of requests or of people, is news."""
    assert _days_ago(_before(), event_count=events, subject_count=subjects) == told


@pytest.mark.parametrize(
    ("known", "now", "told"),
    [
        ({"data_level": 2}, {"data_level": 2}, 1),
        ({"data_level": 2}, {"data_level": 3}, None),
        ({"data_level": 3}, {"data_level": 2}, 1),
        ({}, {"data_level": 1}, None),
        ({}, {"data_level": 0}, 1),
        ({"export_bytes": 1000}, {"export_bytes": 1500}, 1),
        ({"export_bytes": 1000}, {"export_bytes": 1501}, None),
        ({}, {"export_bytes": 1}, None),
        ({}, {"data_level": None}, 1),
        ({}, {"exports": 9000}, 1),
    ],
)
def test_data_of_a_higher_level_and_more_bytes_are_news(
    known: dict[str, Any], now: dict[str, Any], told: int | None
) -> None:
    """Other figures are counted otherwise."""
    assert _days_ago(_before(evidence=known), detector="mass-export", evidence=now) == told


@pytest.mark.parametrize(
    ("known", "now", "told"),
    [
        ({"countries": ["JP"]}, {"countries": ["JP"]}, 1),
        ({"countries": ["JP"]}, {"countries": ["SG"]}, None),
        ({}, {"countries": ["SG"]}, None),
        ({"countries": ["JP"]}, {}, 1),
        ({"unit": "requests"}, {"unit": "subjects"}, 1),
        ({"baseline": "own"}, {"baseline": "peers"}, 1),
        ({"reason": "some"}, {"reason": "other"}, None),
        ({"reason": "some", "unit": "requests"}, {"unit": "subjects", "reason": "other"}, None),
        ({"unknown": "some"}, {"unknown": "other"}, 1),
        ({"countries": ["JP"]}, {"unknown": 1, "countries": ["SG"]}, None),
    ],
)
def test_other_codes_and_countries_are_news(
    known: dict[str, Any], now: dict[str, Any], told: int | None
) -> None:
    """How something was counted is not what it was."""
    assert _days_ago(_before(evidence=known), evidence=now) == told


def test_only_what_was_told_as_gravely_counts() -> None:
    """What is critical only once somebody has taken it up."""
    critical: dict[str, Any] = {"severity": Severity.CRITICAL}
    assert _days_ago(_before(is_told=False)) is None
    assert _days_ago(_before(severity=Severity.MEDIUM)) is None
    assert _days_ago(_before(**critical)) == 1
    assert _days_ago(_before(**critical), **critical) is None
    assert _days_ago(_before(**critical, is_taken_up=True), **critical) == 1
    assert _days_ago(_before(is_taken_up=True)) == 1


def test_the_last_day_on_which_it_was_told_is_named() -> None:
    """Nearness may come of a day on which it was not told, and goes on from one that was."""
    assert _days_ago(_before(3), _before(2), _before(4)) == 2
    assert _days_ago(_before(9), _before(2, is_told=False)) == 9
    assert _days_ago() is None
