"""Which sites are expected on a day, and whether a silent one rests by its own rhythm."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.sites.state import SiteState, is_expected, site_statuses

SUNDAY = dt.date(2026, 11, 22)
HOLIDAY = dt.date(2026, 11, 23)  # a Monday
SETTINGS = Settings.model_validate(
    {"sites": [{"id": "shop", "group": "g", "domains": ["s.example"], "logs": ["s/*.log"]}]}
)
Ask = Callable[..., tuple[SiteState, bool]]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One lake for all tests of this file."""
    with lake.open_writer(Home(tmp_path_factory.mktemp("state")), "Asia/Tokyo") as opened:
        yield opened


@pytest.fixture
def ask(con: duckdb.DuckDBPyConnection) -> Ask:
    """Give the days with lines of one site; get its state on a day, and whether it rests."""

    def state(
        days: Iterable[dt.date],
        on: dt.date,
        *,
        closed_on: dt.date | None = None,
        first_read_on: dt.date | None = None,
        is_known: bool = True,
    ) -> tuple[SiteState, bool]:
        for table in ("site", "site_day", "site_closure"):
            con.execute(f"delete from lake.{table}")
        if is_known:
            con.execute(
                "insert into lake.site by name select 'shop' as site_id,"
                " ?::date::timestamptz + interval 2 hour as first_read_at",
                [first_read_on],
            )
        rows = pl.DataFrame({"log_date": list(days)}, schema={"log_date": pl.Date})
        with lake.registered(con, rows=rows):
            con.execute(
                "insert into lake.site_day by name select log_date, 'shop' as site_id, 9 as lines,"
                " 9 as records from rows"
            )
        if closed_on is not None:
            con.execute(
                "insert into lake.site_closure by name select 'shop' as site_id, ? as closed_on,"
                " now() as decided_at",
                [closed_on],
            )
        found = site_statuses(con, SETTINGS, on)
        assert len(found) == 1
        return found[0].state, found[0].is_resting

    return state


def days_before(on: dt.date, count: int, without: Iterable[int] = ()) -> list[dt.date]:
    """The `count` days before `on` but those of these ISO weekdays."""
    days = [on - dt.timedelta(days=n) for n in range(count, 0, -1)]
    return [day for day in days if day.isoweekday() not in set(without)]


def back(on: dt.date, days: int) -> dt.date:
    """The day so many days before."""
    return on - dt.timedelta(days=days)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_site_that_sent_lines_is_missing_on_its_first_day_without(ask: Ask, count: int) -> None:
    """One day with a line is enough to be expected from then on."""
    assert ask(days_before(SUNDAY, count), SUNDAY) == ("missing", False)


@pytest.mark.parametrize("silent", [2, 10, 80, 400])
def test_a_site_stays_missing_however_long(ask: Ask, silent: int) -> None:
    """Nothing but lines or a closure ends it."""
    assert ask(days_before(back(SUNDAY, silent), 60), SUNDAY) == ("missing", False)


def test_a_site_that_never_sent_a_line_is_told_apart(ask: Ask) -> None:
    """It is expected as long as the settings name it."""
    assert ask([], SUNDAY) == ("never", False)
    assert is_expected("never", is_resting=False)


def test_a_shop_that_rests_on_sundays_is_not_missing(ask: Ask) -> None:
    """Four Sundays of five weeks without a line are its rhythm; three are too few to know."""
    assert ask(days_before(SUNDAY, 33, without=[7]), SUNDAY) == ("in", True)
    assert ask(days_before(SUNDAY, 26, without=[7]), SUNDAY) == ("missing", False)
    assert not is_expected("in", is_resting=True)


def test_sundays_now_and_then_are_no_rhythm(ask: Ask) -> None:
    """A shop that rests on every second Sunday is told: it may as well have been cut off."""
    every_second = [day for day in days_before(SUNDAY, 56) if day.toordinal() % 14 != 0]
    assert ask(every_second, SUNDAY) == ("missing", False)


def test_a_day_of_rest_ends_no_outage(ask: Ask) -> None:
    """Silent since Friday: the Sunday after it is no day of rest."""
    days = [day for day in days_before(SUNDAY, 50, without=[7]) if day < back(SUNDAY, 2)]
    assert ask(days, SUNDAY) == ("missing", False)


def test_a_public_holiday_may_be_like_a_sunday(ask: Ask) -> None:
    """Both were closed before; a Monday that is no holiday is not."""
    days = days_before(HOLIDAY, 60, without=[7])
    assert ask(days, HOLIDAY) == ("in", True)
    assert ask(days_before(back(HOLIDAY, 7), 60, without=[7]), back(HOLIDAY, 7)) == (
        "missing",
        False,
    )


def test_an_outage_becomes_no_rhythm(ask: Ask) -> None:
    """Back for three days after eight weeks of silence: the fourth is missed."""
    days = [*days_before(back(SUNDAY, 60), 30), *days_before(SUNDAY, 3)]
    assert ask(days, SUNDAY) == ("missing", False)


def test_a_site_with_few_lines_is_missed_when_it_is_silent_for_longer_than_before(
    ask: Ask,
) -> None:
    """Two days without a line are usual there, the third is not."""
    past = [day for day in days_before(SUNDAY, 56) if day.toordinal() % 6 not in {0, 1}]
    for silent, expected in ((1, ("in", True)), (2, ("in", True)), (3, ("missing", False))):
        last = max(day for day in past if (day.toordinal() + 1) % 6 == 0)
        days = [day for day in past if day <= last]
        assert ask(days, last + dt.timedelta(days=silent)) == expected


def test_a_closed_site_is_not_expected_and_its_lines_are_unlisted(ask: Ask) -> None:
    """Of the last day itself lines may come or not; a day before it they must."""
    days = days_before(SUNDAY, 40)
    last = back(SUNDAY, 1)
    assert ask(days, SUNDAY, closed_on=last) == ("closed", False)
    assert ask([*days, SUNDAY], SUNDAY, closed_on=last) == ("unlisted", False)
    assert ask(days, SUNDAY, closed_on=SUNDAY) == ("closed", False)
    assert ask([*days, SUNDAY], SUNDAY, closed_on=SUNDAY) == ("in", False)
    assert ask(days, SUNDAY, closed_on=SUNDAY + dt.timedelta(days=1)) == ("missing", False)


def test_lines_of_a_later_day_do_not_put_off_the_first(ask: Ask) -> None:
    """A new site with a clock that runs ahead is expected on the day before it was first read."""
    ahead = [SUNDAY + dt.timedelta(days=3)]
    assert ask(ahead, SUNDAY, first_read_on=SUNDAY + dt.timedelta(days=1)) == ("missing", False)


def test_a_site_is_not_expected_before_its_first_line(
    con: duckdb.DuckDBPyConnection, ask: Ask
) -> None:
    """A report of an old day does not miss the shops that opened later."""
    ask([SUNDAY], SUNDAY, first_read_on=SUNDAY + dt.timedelta(days=1))
    assert site_statuses(con, SETTINGS, back(SUNDAY, 2)) == []


def test_lines_that_were_read_count_before_the_aggregates_are_made(
    con: duckdb.DuckDBPyConnection, ask: Ask
) -> None:
    """`sites list` right after `ingest` tells the truth."""
    assert ask(days_before(SUNDAY, 10), SUNDAY) == ("missing", False)
    con.execute(
        "insert into lake.ledger_day by name select 1 as file_id, 'shop' as site_id,"
        " ?::date as log_date, 5 as records, 2 as rejects, now() as read_at",
        [SUNDAY],
    )
    (found,) = site_statuses(con, SETTINGS, SUNDAY)
    con.execute("delete from lake.ledger_day")
    assert (found.state, found.lines, found.files) == ("in", 7, 1)


def test_an_hour_that_always_has_records_makes_a_day_partial(
    con: duckdb.DuckDBPyConnection, ask: Ask
) -> None:
    """Ten o'clock has records on every Sunday but this one."""
    ask([*days_before(SUNDAY, 40), SUNDAY], SUNDAY)
    con.execute(
        """
        insert into lake.site_hour by name
        select
            log_date, 'shop' as site_id, 5 as records,
            log_date::timestamptz + to_hours(unnest([10, 11])) as hour_at
        from lake.site_day
        """
    )
    assert site_statuses(con, SETTINGS, SUNDAY)[0].state == "in"
    con.execute("delete from lake.site_hour where log_date = ? and hour(hour_at) = 10", [SUNDAY])
    (found,) = site_statuses(con, SETTINGS, SUNDAY)
    con.execute("delete from lake.site_hour")
    assert found.state == "partial"
