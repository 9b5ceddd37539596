"""When a disk is full, by what a day adds and by when as much leaves as is added."""

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.lake.growth import Growth, disk_full_at, full_at, growth_of
from pipelines.paths import Cluster, Home
from tests.lake.given_bucket import BUCKET
from tests.lake_requests import insert_requests

_NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("growth", "free", "days"),
    [
        (Growth(10, 0, 5), 50, 5),
        (Growth(10, 0, 5), 51, None),
        (Growth(10, 0, 5), 20, 2),
        (Growth(10, 0, 5), 0, 0),
        (Growth(0, 0, 5), 50, None),
        (Growth(0, 10, 0), 50, 5),
        (Growth(10, 10, 5), 40, 2),
        (Growth(10, 10, 5), 100, 5),
        # Five days of both take 100; from then on only what is delivered adds.
        (Growth(10, 10, 5), 110, 6),
        (Growth(10, 40, 0), 80, 2),
        (Growth(1, 0.5, 0), 1, 2),
        (Growth(0.5, 0, 5), 1, 2),
        (Growth(0, 0, 0), 0, None),
    ],
)
def test_days_until_it_is_full(growth: Growth, free: int, days: float | None) -> None:
    """The lake grows until its first day leaves; delivered logs that stay never end."""
    assert growth.full_in_days(free) == days


@pytest.mark.parametrize(
    ("growth", "free", "days"),
    [
        (Growth(0, 1, 0), 36_500, 36_500),
        (Growth(0, 1, 0), 36_501, None),
        (Growth(10, 0, 5), 25, 2.5),
        (Growth(10, 0, 5), 51, None),
        (Growth(0, math.ulp(0), 0), 10**18, None),
    ],
)
def test_the_instant_at_which_it_is_full(growth: Growth, free: int, days: float | None) -> None:
    """None where it is more than a century away."""
    expected = None if days is None else _NOW + dt.timedelta(days=days)
    assert full_at(growth, free, _NOW) == expected


def test_a_lake_on_servers_takes_no_room_here(tmp_path: Path) -> None:
    """Only what is delivered does; within the working folder both."""
    within, on_servers = Home(tmp_path), Home(tmp_path, cluster=Cluster("", None, BUCKET))
    of_lake, delivered = Growth(1e30, 0, 1), Growth(0, 1e30, 0)
    assert disk_full_at(of_lake, on_servers, _NOW) is None
    for growth, home in ((of_lake, within), (delivered, within), (delivered, on_servers)):
        at = disk_full_at(growth, home, _NOW)
        assert at is not None
        assert at - _NOW < dt.timedelta(days=1)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake without a row."""
    with lake.open_writer(Home(tmp_path), "UTC") as con:
        yield con


def _day(ago: int) -> dt.date:
    return _NOW.date() - dt.timedelta(days=ago)


def _insert(con: duckdb.DuckDBPyConnection, *ago: int) -> None:
    insert_requests(
        con,
        [
            {
                "event_id": number + 100,
                "site_id": "site",
                "line_no": 1,
                "log_date": _day(number),
                "time": _NOW - dt.timedelta(days=number),
            }
            for number in ago
        ],
    )


def _bytes(con: duckdb.DuckDBPyConnection, condition: str = "true") -> float:
    (found,) = con.execute(
        "select sum(file.file_size_bytes) from __ducklake_metadata_lake.ducklake_data_file as file"
        " inner join __ducklake_metadata_lake.ducklake_file_partition_value as parted"
        " using (data_file_id) inner join __ducklake_metadata_lake.ducklake_table as own"
        " on own.table_id = file.table_id where table_name = 'request_fact'"
        f" and partition_key_index = 0 and {condition}"
    ).fetchone() or (0,)
    return float(found)


def _total(con: duckdb.DuckDBPyConnection) -> float:
    query = "select sum(file_size_bytes) from ducklake_table_info('lake')"
    (found,) = con.execute(query).fetchone() or (0,)
    return float(found)


def test_growth_is_that_of_the_last_four_weeks(con: duckdb.DuckDBPyConnection) -> None:
    """Of one day nothing is said; days to come are none; older ones say only how long it holds."""
    assert growth_of(con, _NOW, 100, None) is None
    _insert(con, 1)
    assert growth_of(con, _NOW, 100, None) is None
    _insert(con, 0)
    total = _total(con)
    two = growth_of(con, _NOW, 100, None)
    assert two is not None
    assert two.lake_bytes == pytest.approx(total / 2)
    assert (two.landing_bytes, two.lake_days) == (0.0, 98.0)
    full = growth_of(con, _NOW, 2, None)
    over = growth_of(con, _NOW, 1, None)
    assert full is not None
    assert over is not None
    assert (full.lake_days, over.lake_days) == (0.0, 0.0)
    _insert(con, -3, 27, 28)
    total = _total(con)
    month = growth_of(con, _NOW, 100, None)
    assert month is not None
    recent = _bytes(con, f"partition_value::date > '{_day(28)}'")
    # Files of days to come take room, and tell nothing of how much a day adds.
    recent -= _bytes(con, f"partition_value::date = '{_day(-3)}'")
    assert month.lake_days == 100 - 29
    assert month.lake_bytes == pytest.approx(recent / 28 * (total / _bytes(con)))


_Read = tuple[str, str, int, float]
_DELIVERED: list[tuple[list[_Read], int | None, float]] = [
    # Read once, with the first night: it came in as many days as the lake holds, at most 28.
    ([("a", "read", 2800, 1)], None, 100.0),
    ([("a", "read", 2800, 1)], 30, 0.0),
    ([("a", "read", 2700, 27.999), ("b", "put_aside", 100, 1)], None, 100.0),
    ([("a", "read", 2800, 1), ("a", "read", 1400, 2)], None, 100.0),
    ([("a", "read", 2800, 1), ("b", "unreadable", 999, 1)], None, 100.0),
    ([("a", "read", 2800, 1), ("b", "read", 999, 28)], None, 100.0),
    ([("b", "read", 999, 28)], None, 0.0),
    ([], None, 0.0),
]


def test_delivered_logs_count_where_they_stay(con: duckdb.DuckDBPyConnection) -> None:
    """Each file once, of the last four weeks, as large as it was at most."""
    _insert(con, *range(30))
    for read, landing_days, landing in _DELIVERED:
        con.execute("delete from lake.ledger")
        for path, status, size, ago in read:
            con.execute(
                "insert into lake.ledger by name select ? as path, ? as status, ? as disk_bytes,"
                " ? as read_at",
                [path, status, size, _NOW - dt.timedelta(days=ago)],
            )
        found = growth_of(con, _NOW, 100, landing_days)
        assert found is not None
        assert found.landing_bytes == pytest.approx(landing), read
