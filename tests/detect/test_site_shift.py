"""Whether a day fits a site's rhythm only when it is moved (`sql/day/site_shift.sql`)."""

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import pytest

from pipelines.detect.aggregates import load_macros
from pipelines.detect.scripts import run_sql_file
from pipelines.paths import SQL_DIR

_DAY = dt.date(2026, 11, 19)
_FLAT = (
    3.2, 2.6, 2.3, 2.1, 1.7, 1.9, 2.9, 4.1, 6.5, 6.4, 7.9, 6.5,
    8.3, 6.9, 6.9, 7.5, 7.0, 5.7, 5.7, 7.2, 6.9, 6.3, 5.5, 4.3,
)  # fmt: skip
_STEEP = (6, 6, 4, 4, 3, 4, 7, 10, 19, 28, 27, 27, 27, 33, 30, 29, 17, 17, 15, 18, 23, 20, 14, 10)


def _shift(usual: Sequence[float], today: Mapping[int, int]) -> list[tuple[int]]:
    """The hours by which a day with so many addresses by hour seems to be moved, if it does."""
    with duckdb.connect() as con:
        load_macros(con)
        con.execute("create schema cached")
        con.execute(
            "create table site_rhythm as select 'a' as site_id, 'class' as kind,"
            " unnest(range(24)) as hour, unnest(?::double[]) as addresses, 15 as days",
            [list(usual)],
        )
        con.execute(
            "create table cached.site_hour as select 'a' as site_id, $date::date as log_date,"
            " $date::timestamp + to_hours(unnest($hours::int[])) as hour_at,"
            " unnest($addresses::int[]) as client_addresses",
            {"date": _DAY, "hours": list(today), "addresses": list(today.values())},
        )
        run_sql_file(con, {"date": _DAY}, SQL_DIR / "day" / "site_shift.sql")
        return con.execute("select hours from site_shift").fetchall()


def test_a_usual_day_is_not_moved() -> None:
    """It fits as it is."""
    assert _shift(_STEEP, dict(enumerate(_STEEP))) == []


@pytest.mark.parametrize("hours", [-9, -3, 3, 9, 12])
def test_a_clock_that_is_off_moves_the_day(hours: int) -> None:
    """Every hour has what another hour usually has."""
    moved = {(hour + hours) % 24: count for hour, count in enumerate(_STEEP)}
    assert _shift(_STEEP, moved) == [(hours,)]


def test_a_gap_in_the_middle_of_the_day_is_no_night() -> None:
    """The hours around it have what they always have, though all fits when moved by eleven."""
    before = {0: 3, 1: 2, 2: 2, 3: 4, 4: 2, 5: 2, 6: 3, 7: 4, 8: 7, 9: 12, 10: 8}
    after = {17: 2, 18: 3, 19: 8, 20: 10, 21: 9, 22: 6, 23: 9}
    assert _shift(_FLAT, before | after) == []
