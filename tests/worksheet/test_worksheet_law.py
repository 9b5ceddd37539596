"""Thresholds and periods are dated data, and the dates of the clocks are right."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from pipelines.errors import MimamoriError
from pipelines.worksheet.law import deadlines, law_on

_TOKYO = ZoneInfo("Asia/Tokyo")
_DAY = dt.date(2026, 11, 19)


def test_clocks_run_in_japan_time_and_take_the_earliest_count() -> None:
    """Known on Friday 20 November at 02:00: day 1 is the 20th, and nothing is put off."""
    known = dt.datetime(2026, 11, 19, 17, 0, tzinfo=dt.UTC)
    ends = {one.period.id: one.ends_at for one in deadlines(law_on(_DAY).periods, known)}
    assert [f"{end:%m-%d %H:%M}" for end in ends["preliminary"]] == ["11-22 23:59", "11-24 23:59"]
    assert ends["final"] == (dt.datetime(2026, 12, 19, 23, 59, tzinfo=_TOKYO),)
    assert ends["final_improper"] == (dt.datetime(2027, 1, 18, 23, 59, tzinfo=_TOKYO),)
    assert ends["gdpr"] == (dt.datetime(2026, 11, 23, 2, 0, tzinfo=_TOKYO),)


@pytest.mark.parametrize(
    ("known", "ends"),
    [
        # 23:55 of 31 December in Japan, and in UTC, which is the morning of 1 January in Japan.
        ("2026-12-31T14:55", ("2027-01-02", "2027-01-04", "2027-01-29", "2027-02-28")),
        ("2026-12-31T23:55", ("2027-01-03", "2027-01-05", "2027-01-30", "2027-03-01")),
        ("2028-02-27T23:55", ("2028-03-01", "2028-03-03", "2028-03-28", "2028-04-27")),
        ("2028-02-29T14:55", ("2028-03-02", "2028-03-04", "2028-03-29", "2028-04-28")),
        ("2028-02-29T23:55", ("2028-03-03", "2028-03-05", "2028-03-30", "2028-04-29")),
    ],
)
def test_days_are_counted_over_the_turn_of_a_month(known: str, ends: tuple[str, ...]) -> None:
    """Each day once, 29 February too where there is one; the first is that of Japan."""
    at = dt.datetime.fromisoformat(f"{known}:00+00:00")
    found = deadlines(law_on(at.date()).periods, at)
    days = [str(end.date()) for one in found if one.period.hours is None for end in one.ends_at]
    assert days == list(ends)
    (gdpr,) = (one.ends_at for one in found if one.period.hours is not None)
    assert gdpr == (at + dt.timedelta(hours=72),)


def test_thresholds_hold_on_their_days_only() -> None:
    """More than 1,000 people since April 2022; a day before any row is an error that says so."""
    many = next(one for one in law_on(_DAY).triggers if one.id == "many_people")
    assert many.more_than_people == 1000
    assert not many.holds_on(dt.date(2022, 3, 31))
    with pytest.raises(MimamoriError, match=r"law\.yaml: "):
        law_on(dt.date(2001, 1, 1))


def test_every_row_has_its_source_in_both_languages() -> None:
    """A number without a source is no fact."""
    law = law_on(_DAY)
    for row in (*law.triggers, *law.periods, law.eea, law.bytes_per_person):
        assert row.source_in("ja") != row.source_in("en")
    assert len(law.eea.countries) == 30
    assert "NO" in law.eea.countries
