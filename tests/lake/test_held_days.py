"""Days of facts in memory: the same rows all the while, and only those of the day are read."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.paths import Home
from tests.lake_requests import insert_requests

_FIRST = dt.date(2026, 4, 1)
_DAYS = [_FIRST + dt.timedelta(days=n) for n in range(4)]
_LARGE = _DAYS[3]
_WAYS = ("= $day", "between $day and $day", "in ($day)", "< $day", "between $day - 1 and $day + 1")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake of four days, held in memory."""
    home = Home(tmp_path)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        insert_requests(
            con,
            [
                {
                    "site_id": "site",
                    "line_no": number,
                    "log_date": _DAYS[number % 4],
                    "time": dt.datetime.combine(_DAYS[number % 4], dt.time(9), dt.UTC),
                }
                for number in range(40)
            ],
        )
        con.execute(
            "insert into lake.site_day by name select ? as log_date, 'site' as site_id,"
            " 100001 as records",
            [_LARGE],
        )
        with lake.held_in_memory(con, home, len(_DAYS), ["request_profile"]):
            yield con


def _rows(con: duckdb.DuckDBPyConnection, way: str, day: dt.date) -> list[tuple[object, ...]]:
    query = f"select log_date, line_no from lake.request where log_date {way} order by all"
    return con.execute(query, {"day": day}).fetchall()


def _reads_disk(con: duckdb.DuckDBPyConnection, way: str, day: dt.date) -> bool:
    query = f"explain select line_no from lake.request where log_date {way}"
    return "DUCKLAKE_SCAN" in str(con.execute(query, {"day": day}).fetchall())


@pytest.mark.parametrize("held", [[0], [3], [1, 2], [0, 2], [0, 1, 2, 3]])
def test_the_rows_of_all_days_stand(con: duckdb.DuckDBPyConnection, held: list[int]) -> None:
    """Held or not, and after the days were let go; a day that is held is read in memory."""
    asked = [(way, day) for way in _WAYS for day in _DAYS]
    rows = [_rows(con, *one) for one in asked]
    assert all(len(_rows(con, "= $day", day)) == 10 for day in _DAYS)
    for number in held:
        lake.hold_day(con, _DAYS[number])
    assert lake.held_days(con) == [_DAYS[number] for number in held]
    assert [_rows(con, *one) for one in asked] == rows
    for number, day in enumerate(_DAYS):
        assert _reads_disk(con, "= $day", day) == (number not in held)
        assert _reads_disk(con, "between $day and $day", day) == (number not in held)
    lake.release_days(con, [_DAYS[number] for number in held])
    assert lake.held_days(con) == []
    assert [_rows(con, *one) for one in asked] == rows


def test_a_day_is_held_for_a_while_by_any_connection(con: duckdb.DuckDBPyConnection) -> None:
    """Two at once, each until its own block ends."""
    with con.cursor() as one, con.cursor() as other:
        with lake.held_day(one, _DAYS[0]):
            with lake.held_day(other, _DAYS[2]):
                assert lake.held_days(con) == [_DAYS[0], _DAYS[2]]
            assert lake.held_days(con) == [_DAYS[0]]
        assert lake.held_days(con) == []


def test_what_is_large_is_read_of_the_disk(con: duckdb.DuckDBPyConnection) -> None:
    """One of a hundred thousand requests is not yet."""
    with lake.held_day(con, _LARGE):
        assert lake.held_days(con) == []
    assert not lake.is_small_day(con, _LARGE)
    con.execute(f"update {lake.store_of(con)}.site_day set records = 50000")
    con.execute(f"insert into {lake.store_of(con)}.site_day from lake.site_day")
    with lake.held_day(con, _LARGE):
        assert lake.held_days(con) == [_LARGE]


def test_without_a_held_lake_nothing_is_done(tmp_path: Path) -> None:
    """The lake has its own table all the while."""
    with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con, lake.held_day(con, _FIRST):
        assert con.execute("select count(*) from lake.request_fact").fetchone() == (0,)


def test_without_a_request_nothing_is_done(tmp_path: Path) -> None:
    """A lake that has none yet holds them as a table without rows."""
    home = Home(tmp_path)
    with (
        lake.open_writer(home, "Asia/Tokyo") as con,
        lake.held_in_memory(con, home, 1, []),
        lake.held_day(con, _FIRST),
    ):
        assert lake.held_days(con) == []
        assert con.execute("select count(*) from lake.request").fetchone() == (0,)
