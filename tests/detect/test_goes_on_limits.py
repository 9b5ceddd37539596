"""How much, how often, how long ago: where what was told ends and what is news begins."""

import datetime as dt
from typing import Any

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.goes_on import (
    Before,
    _habit_days,
    _is_at_hours,
    _months,
    share_known,
    told_of,
)
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


def _before(days_ago: int = 1, **values: Any) -> Before:
    base: dict[str, Any] = {
        "on": DAY - dt.timedelta(days=days_ago),
        "severity": Severity.HIGH,
        "is_told": True,
        "is_taken_up": False,
        "events": 60,
        "subjects": 60,
        "is_settled": False,
        "first_seen": at("09:00"),
        "last_seen": at("17:00"),
        "evidence": {"data_level": 3},
    }
    return Before(**{**base, **values})


def _days_ago(*before: Before, detector: str = "bulk-record-access", **values: Any) -> int | None:
    """How many days ago the same was told; None where it is news."""
    found = make(detector, **values)
    told = told_of(load_catalogue()[detector], _SETTINGS, DAY, found, before, lambda *_: True)
    return None if told is None else (DAY - told.on).days


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
    assert bool(_habit_days(DAY, _ago(*days))) is is_habit


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
    assert len(_months(DAY, [dt.date.fromisoformat(one) for one in dates])) == months


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
    assert len(_months(dt.date.fromisoformat(day), days)) == months


def test_two_months_are_a_habit_and_one_is_none() -> None:
    """Two of the last three."""
    two = {dt.date(2026, 10, 19), dt.date(2026, 8, 19)}
    assert _habit_days(DAY, {*two, dt.date(2026, 10, 22)}) == two
    assert not _habit_days(DAY, [dt.date(2026, 10, 19), dt.date(2026, 10, 20)])


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        (("10:00", "11:00"), True),
        (("09:00", "12:00"), True),
        (("08:59", "11:00"), False),
        (("10:00", "12:01"), False),
        (("08:59", "12:01"), False),
        (("10:30", "10:40"), True),
    ],
)
def test_an_hour_earlier_or_later_is_the_same_time(now: tuple[str, str], is_same: bool) -> None:
    """A minute more is not; minutes are local, in the zone of the settings."""
    finding = make(first_seen=at(now[0]), last_seen=at(now[1]))
    yesterday = DAY - dt.timedelta(days=1)
    before = _before(first_seen=at("10:00", yesterday), last_seen=at("11:00", yesterday))
    assert _is_at_hours(_SETTINGS, finding, before) is is_same
    hours: dict[str, Any] = {"first_seen": at(now[0]), "last_seen": at(now[1])}
    assert (_days_ago(before, detector=_HOURS, **hours) is not None) is is_same
    elsewhere = {name: value.astimezone(dt.UTC) for name, value in hours.items()}
    assert (_days_ago(before, detector=_HOURS, **elsewhere) is not None) is is_same
    assert _days_ago(before, **hours) == 1


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((1,), 1),
        ((2,), None),  # Tuesday, and nothing on Wednesday
        ((2, 1), 1),
        ((3, 2, 1), 1),
        ((6, 3, 2, 1), 1),
        ((6, 3, 1), 1),
        ((28,), None),
    ],
)
def test_a_working_day_without_it_ends_it(days: tuple[int, ...], told: int | None) -> None:
    """A weekend does not."""
    assert _days_ago(*map(_before, days)) == told


def test_it_goes_on_from_the_day_when_it_was_told() -> None:
    """Over days on which it was for the record: the weekend before them does not end it."""
    unchanged = [_before(days, is_told=False) for days in (3, 2, 1)]
    assert _days_ago(_before(6), *unchanged) == 6
    assert _days_ago(_before(6), *unchanged[:1], *unchanged[2:]) is None
    assert _days_ago(*unchanged) is None


@pytest.mark.parametrize(
    ("days", "settled", "known", "now", "told"),
    [
        (28, True, ["192.0.2.1"], ["192.0.2.1"], 28),
        (28, False, ["192.0.2.1"], ["192.0.2.1"], None),
        (29, True, ["192.0.2.1"], ["192.0.2.1"], None),
        (28, True, ["192.0.2.1", "192.0.2.2"], ["192.0.2.2"], 28),
        (28, True, ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], None),
        (1, False, ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], 1),
        (5, True, ["192.0.2.1"], ["192.0.2.2"], None),
        (28, True, None, ["192.0.2.2"], None),
        (28, True, ["192.0.2.1"], [], None),
        (1, True, ["192.0.2.1"], None, 1),
    ],
)
def test_addresses_that_somebody_called_harmless_are_no_new_place_for_four_weeks(
    days: int, settled: bool, known: list[str] | None, now: list[str] | None, told: int | None
) -> None:
    """Others are, and so is what names none."""
    before = _before(days, is_settled=settled, evidence={"addresses": known})
    assert _days_ago(before, detector=_PLACE, evidence={"addresses": now}) == told
    if days > 1:
        assert _days_ago(before, evidence={"addresses": now}) is None


@pytest.mark.parametrize(
    ("first_seen", "told"), [("00:00", 1), ("00:01", 1), ("00:02", None), ("09:00", None)]
)
def test_a_silence_goes_on_without_an_interruption(first_seen: str, told: int | None) -> None:
    """It begins where the last one ended, which may have been midnight."""
    before = _before(evidence={}, last_seen=at("00:00"))
    found = _days_ago(before, detector="log-gap", evidence={}, first_seen=at(first_seen))
    assert found == told


def test_the_share_of_people_known_is_that_of_those_compared() -> None:
    """Samples are compared as far as both go."""
    assert share_known([], [1]) == 0.0
    assert share_known([1, 2, 3, 4], [2, 4, 6]) == 0.5
    everybody, sample = range(0, 1024, 2), range(256)
    assert share_known(sample, everybody[:256]) == 0.5
    assert share_known(everybody[:256], sample) == 1.0
    assert share_known([*range(10), 1000], sample) == 1.0
    assert share_known([*range(10), 1000], range(255)) == pytest.approx(10 / 11)


_WEEKLY = (7, 14, 21)


@pytest.mark.parametrize(
    ("events", "subjects", "told"),
    [(119, 60, 7), (120, 60, None), (60, 119, 7), (60, 120, None), (1, 1, 7)],
)
def test_a_habit_excuses_what_is_of_like_size(events: int, subjects: int, told: int | None) -> None:
    """Less than twice the most of those days; and of what was told, so that nothing creeps up."""
    size: dict[str, Any] = {"event_count": events, "subject_count": subjects}
    assert _days_ago(*map(_before, _WEEKLY), **size) == told
    doubled = [_before(days, is_told=False, events=200, subjects=200) for days in _WEEKLY]
    assert _days_ago(*doubled, _before(35), **size) == (35 if told else None)
    once = _before(5, events=900, subjects=900)
    assert (_days_ago(*map(_before, _WEEKLY), once, **size) is not None) is (told is not None)


@pytest.mark.parametrize(("minutes", "told"), [(119, 7), (120, None), (900, None)])
def test_a_weekly_gap_excuses_no_longer_one(minutes: int, told: int | None) -> None:
    """What has no events is as large as what was observed."""
    weekly = [
        _before(
            days, events=0, subjects=0, evidence={"observed": 60},
            last_seen=at("17:00", DAY - dt.timedelta(days=days)),
        )
        for days in _WEEKLY
    ]  # fmt: skip
    gap: dict[str, Any] = {"event_count": 0, "subject_count": 0, "evidence": {"observed": minutes}}
    assert _days_ago(*weekly, detector="log-gap", first_seen=at("09:00"), **gap) == told


@pytest.mark.parametrize(
    ("detector", "values", "is_excused"),
    [
        ("impossible-travel", {}, True),
        ("bulk-record-access", {"actor_kind": "site"}, True),
        ("bulk-record-access", {"actor_kind": "ip"}, False),
        ("brute-force", {}, False),
        ("sql-injection", {}, False),
    ],
)
def test_people_and_sites_have_habits(
    detector: str, values: dict[str, Any], is_excused: bool
) -> None:
    """Whatever the detector; what comes from outside has none until somebody has taken it up."""
    weekly = [_before(days, evidence={}) for days in _WEEKLY]
    found = _days_ago(*weekly, detector=detector, evidence={}, **values)
    assert (found is not None) is is_excused
    taken_up = [_before(days, evidence={}, is_taken_up=True) for days in _WEEKLY]
    found = _days_ago(*taken_up, detector=detector, evidence={}, **values)
    is_from_outside = detector in {"brute-force", "sql-injection"}
    assert (found is not None) is not is_from_outside


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
    """Of several."""
    assert _days_ago(_before(3), _before(2), _before(1)) == 1
    assert _days_ago(_before(3), _before(2), _before(1, is_told=False)) == 2
    assert _days_ago() is None
