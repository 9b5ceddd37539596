"""A site is judged against its own habits: what it normally brings on such a day."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.lake import open_writer
from pipelines.paths import EXPECTATIONS_DIR, Home
from pipelines.quality.rows import is_canonical_ip, make_rows
from pipelines.quality.suites import load_suites
from pipelines.settings.model import Settings

SUITE = next(suite for suite in load_suites(EXPECTATIONS_DIR) if suite.name == "site_day")
MONDAY = dt.date(2025, 12, 8)
SETTINGS = Settings.model_validate(
    {
        "sites": [
            {
                "id": "shop-{number}",
                "group": "benry",
                "domains": ["shop-{number}.example"],
                "logs": ["{number}/*.log"],
            }
        ]
    }
)
COUNTS = (
    "rejects",
    "ip_missing",
    "agent_missing",
    "status_missing",
    "request_missing",
    "domain_foreign",
)
Profile = dict[str, Any]


def day_of(log_date: dt.date, records: int = 100, **figures: int) -> Profile:
    """A row of lake.site_day: by default an ordinary day of a shop with users."""
    return {
        "log_date": log_date,
        "site_id": "shop-1",
        "lines": records + figures.get("rejects", 0),
        "records": records,
        "users": 5 if records else 0,
        "hours_with_records": 12 if records else 0,
    } | figures


def days_before(day: dt.date, count: int) -> list[dt.date]:
    """The `count` days before a day."""
    return [day - dt.timedelta(days=n) for n in range(count, 0, -1)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One lake for all tests of this file."""
    with open_writer(Home(tmp_path_factory.mktemp("habits")), "Asia/Tokyo") as con:
        yield con


@pytest.fixture
def judged(lake) -> Callable[[Iterable[Profile], dt.date], Profile]:
    """Give the rows of lake.site_day; get the row that is judged of the site and day."""

    def judge(profiles: Iterable[Profile], day: dt.date) -> Profile:
        zeros = dict.fromkeys(COUNTS, 0)
        rows = pl.DataFrame([zeros | profile for profile in profiles])
        lake.register("rows", rows)
        lake.execute("delete from lake.site_day")
        lake.execute("insert into lake.site_day by name select * from rows")
        table = make_rows(lake, SETTINGS, SUITE, [day], dt.datetime.now(dt.UTC))
        cursor = lake.execute(f"select * from {table}")
        names = [column[0] for column in cursor.description]
        (values,) = cursor.fetchall()
        lake.execute(f"drop table {table}")
        return dict(zip(names, values, strict=True))

    return judge


def test_a_site_with_two_weeks_of_records_is_missed(judged):
    """The first day without a record is judged, and fails the limit of one."""
    past = [day_of(day) for day in days_before(MONDAY, 14)]
    assert judged([*past, day_of(MONDAY, 0)], MONDAY)["records_where_usual"] == 0


def test_a_new_site_is_not_judged_for_silence(judged):
    """With less than two weeks nobody knows its closing day."""
    past = [day_of(day) for day in days_before(MONDAY, 13)]
    row = judged([*past, day_of(MONDAY, 0)], MONDAY)
    assert row["records_where_usual"] is None


def test_days_before_the_first_record_are_no_history(judged):
    """Rows of zeros from before a site went live count neither for nor against it."""
    past = [day_of(day, 0) for day in days_before(MONDAY, 28)[:20]]
    past += [day_of(day) for day in days_before(MONDAY, 8)]
    assert judged([*past, day_of(MONDAY, 0)], MONDAY)["records_where_usual"] is None


def test_a_closing_day_is_no_silence(judged):
    """A shop that never has records on Sundays is not missed on a Sunday, but on the Monday."""
    sunday = MONDAY - dt.timedelta(days=1)
    past = [day_of(day, 0 if day.weekday() == 6 else 100) for day in days_before(sunday, 28)]
    rows = [*past, day_of(sunday, 0), day_of(MONDAY, 0)]
    assert judged(rows, sunday)["records_where_usual"] is None


def test_the_day_after_a_closing_day_is_judged(judged):
    """The closing day before does not excuse it."""
    past = [day_of(day, 0 if day.weekday() == 6 else 100) for day in days_before(MONDAY, 28)]
    assert judged([*past, day_of(MONDAY, 0)], MONDAY)["records_where_usual"] == 0


def test_a_public_holiday_counts_as_a_sunday(judged):
    """24 November 2025 is a Monday, and a holiday in Japan."""
    holiday = dt.date(2025, 11, 24)
    past = [day_of(day, 0 if day.weekday() == 6 else 100) for day in days_before(holiday, 20)]
    assert judged([*past, day_of(holiday, 0)], holiday)["records_where_usual"] is None


def test_a_site_without_rhythm_is_not_judged(judged):
    """Records every other day say nothing about today."""
    past = [day_of(day, 100 * (n % 2)) for n, day in enumerate(days_before(MONDAY, 28))]
    assert judged([*past, day_of(MONDAY, 0)], MONDAY)["records_where_usual"] is None


@pytest.mark.parametrize(("silent_days", "expected"), [(1, 0), (20, 0), (59, 0), (60, None)])
def test_a_long_silence_does_not_become_a_habit(judged, silent_days, expected):
    """The habit is that of the days before it fell silent; after two months it has ended."""
    last = MONDAY - dt.timedelta(days=silent_days)
    past = [day_of(day) for day in days_before(last, 28)]
    past += [day_of(day, 0) for day in days_before(MONDAY, silent_days)]
    assert judged([*past, day_of(MONDAY, 0)], MONDAY)["records_where_usual"] == expected


def test_a_site_is_missed_until_it_is_closed(judged, lake):
    """Whether the settings still have it or not, somebody has to say that nothing comes."""
    rows = [day_of(day) for day in days_before(MONDAY, 28)] + [day_of(MONDAY, 0)]
    gone = [row | {"site_id": "old-1"} for row in rows]
    assert judged(gone, MONDAY)["records_where_usual"] == 0
    lake.execute(
        "insert into lake.site_closure by name select 'old-1' as site_id, ? as closed_on,"
        " now() as decided_at",
        [MONDAY],
    )
    assert judged(gone, MONDAY)["records_where_usual"] is None
    assert judged(gone, MONDAY - dt.timedelta(days=1))["records_where_usual"] == 100


def test_users_are_expected_where_the_weekday_has_them(judged):
    """A staff site without users at weekends is judged on a Monday."""
    past = [day_of(day, users=0 if day.weekday() >= 5 else 5) for day in days_before(MONDAY, 28)]
    assert judged([*past, day_of(MONDAY, users=0)], MONDAY)["users_where_usual"] == 0


def test_users_are_not_expected_at_a_weekend_without_them(judged):
    """A Saturday like all Saturdays is no loss of the user name."""
    saturday = MONDAY - dt.timedelta(days=2)
    past = [day_of(day, users=0 if day.weekday() >= 5 else 5) for day in days_before(saturday, 28)]
    assert judged([*past, day_of(saturday, users=0)], saturday)["users_where_usual"] is None


def test_hours_are_compared_with_the_quietest_such_weekday(judged):
    """Three of eight hours, where the other weekdays have twelve."""
    past = [
        day_of(day, hours_with_records=8 if day.weekday() == 0 else 12)
        for day in days_before(MONDAY, 28)
    ]
    row = judged([*past, day_of(MONDAY, hours_with_records=3)], MONDAY)
    assert (row["hours_usual"], row["hours_share"]) == (8, 0.375)


def test_a_format_without_agents_is_not_judged_for_them(judged):
    """All missing, as ever: the format does not carry it."""
    past = [day_of(day, agent_missing=100) for day in days_before(MONDAY, 28)]
    row = judged([*past, day_of(MONDAY, agent_missing=100)], MONDAY)
    assert row["agent_missing_share"] is None


def test_agents_that_vanish_are_a_share_of_one(judged):
    """A format that carried the agent until yesterday is judged."""
    past = [day_of(day, agent_missing=3) for day in days_before(MONDAY, 28)]
    assert judged([*past, day_of(MONDAY, agent_missing=100)], MONDAY)["agent_missing_share"] == 1


@pytest.mark.parametrize(
    ("records", "rejects", "share"),
    [(100, 0, 0.0), (90, 10, 0.1), (91, 9, None), (0, 4, 1.0), (0, 0, None)],
)
def test_shares_of_few_lines_are_not_judged_unless_all_are_meant(judged, records, rejects, share):
    """Nine rejects may be one odd visitor; four of four are a wrong format."""
    row = judged([day_of(MONDAY, records, rejects=rejects)], MONDAY)
    assert row["reject_share"] == share


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.0.2.1", True),
        ("192.0.2.01", False),
        ("2001:db8::1", True),
        ("2001:DB8::1", False),
        ("2001:db8:0:0::1", False),
        ("::ffff:192.0.2.1", False),
        ("::ffff:c000:201", False),
        ("host.example", False),
        ("", False),
    ],
)
def test_canonical_addresses_are_told_from_others(text, canonical):
    """RFC 5952 for IPv6; an IPv4-mapped address is written as IPv4."""
    assert is_canonical_ip(text) is canonical
