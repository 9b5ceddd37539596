"""Records of service histories give requests of a day their users, those of its neighbours too."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.paths import Home
from tests.lake_requests import insert_requests
from tests.memory_lake import insert

_DAY = dt.date(2026, 11, 19)
_MIDNIGHT = dt.datetime(2026, 11, 18, 15, tzinfo=dt.UTC)  # of that day in Japan


def _named(con: duckdb.DuckDBPyConnection, before: dt.timedelta) -> list[tuple[str]]:
    """Who a nameless request of the first half-minute was, by a record so long before midnight."""
    at = _MIDNIGHT - before
    request = {"event_id": 1, "time": _MIDNIGHT + dt.timedelta(seconds=30), "log_date": _DAY}
    insert_requests(con, [{**request, "site_id": "site", "session_id": "s-1", "status": 200}])
    insert(
        con, "service_record", record_id=1, log_date=_DAY - dt.timedelta(days=1), time=at,
        user_id="st-1", session_id="s-1", site_id="site",
    )  # fmt: skip
    refresh_aggregates(con, [_DAY])
    return con.execute("select user_id from lake.service_user").fetchall()


@pytest.mark.parametrize(("seconds", "users"), [(10, [("st-1",)]), (24 * 3600, [])])
def test_a_record_of_the_evening_before_names_a_request_after_midnight(
    tmp_path: Path, seconds: int, users: list[tuple[str]]
) -> None:
    """Where it is near enough."""
    with lake.open_writer(Home(tmp_path / "var"), "Asia/Tokyo") as con:
        assert _named(con, dt.timedelta(seconds=seconds)) == users
