"""Which files that could not be read concern a day."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines import lake
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.report.unreadable import unreadable_of
from pipelines.settings.load import load

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 18)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake."""
    with lake.open_writer(Home(tmp_path_factory.mktemp("home")), "Asia/Tokyo") as con:
        yield con


@pytest.fixture
def con(opened: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """What a test writes is gone after it."""
    opened.execute("begin transaction")
    yield opened
    opened.execute("rollback")


def _night(days_later: int, minute: int) -> dt.datetime:
    on = DAY + dt.timedelta(days=days_later)
    return dt.datetime.combine(on, dt.time(2, minute), ZONE)


def _stage(con: duckdb.DuckDBPyConnection, name: str, days_later: int, minute: int) -> None:
    at = _night(days_later, minute)
    row = [name, DAY, at, at + dt.timedelta(minutes=9), "done", "", "settings"]
    con.execute("insert into lake.stage_run values (?, ?, ?, ?, ?, ?, ?, null)", row)


def _reading(
    con: duckdb.DuckDBPyConnection, site: str, path: str, days_later: int, problem: str | None
) -> None:
    con.execute(
        "insert into lake.ledger by name select ? as site_id, ? as path, ? as read_at,"
        " ? as status, ? as message",
        [
            *(site, path, _night(days_later, 5)),
            *(("unreadable", problem) if problem else ("read", None)),
        ],
    )


def _found(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {one.path for one in unreadable_of(con, load(DEFAULT_SETTINGS), DAY, "en")}


def _reported(con: duckdb.DuckDBPyConnection) -> None:
    _stage(con, "ingest", 1, 0)
    _stage(con, "report", 1, 20)


@pytest.mark.parametrize(
    ("path", "readings", "counts"),
    [
        ("gone.log", {1: "denied"}, True),
        ("still.log", {1: "denied", 2: "denied", 6: "denied"}, True),
        ("mended.log", {1: "denied", 2: None}, False),
        ("relapsed.log", {1: "denied", 2: None, 3: "denied"}, True),
        ("later.log", {2: "denied"}, False),
        ("before.log", {-1: "denied"}, False),
    ],
)
def test_failures_of_later_nights_concern_no_reported_day(
    con: duckdb.DuckDBPyConnection, path: str, readings: dict[int, str | None], *, counts: bool
) -> None:
    """One of its own night does, until the file was read; one that went away unread still does."""
    _reported(con)
    for days_later, problem in readings.items():
        _reading(con, "main", path, days_later, problem)
    assert _found(con) == ({path} if counts else set())


def test_a_day_not_reported_after_an_ingest_may_have_lines_in_any_file(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Nights that did not run are made up for by a later one, and what fails then counts."""
    _stage(con, "report", 1, 20)
    _stage(con, "ingest", 4, 0)
    _reading(con, "main", "a.log", 4, "denied")
    assert _found(con) == {"a.log"}
    _stage(con, "report", 4, 20)
    _reading(con, "main", "b.log", 5, "denied")
    assert _found(con) == {"a.log"}


def test_late_lines_bring_the_failures_of_their_site_and_night(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """What comes beside late lines may hold some too, also where no path tells its site."""
    _reported(con)
    con.execute(
        "insert into lake.ledger_day by name select 'late' as site_id, ? as log_date,"
        " ? as read_at, 7 as records",
        [DAY, _night(5, 3)],
    )
    for site, path, days_later in (
        ("late", "late/5.log", 5),
        ("late", "late/6.log", 6),
        ("other", "other/5.log", 5),
        ("shop-{franchise}", "shop", 5),
    ):
        _reading(con, site, path, days_later, "denied")
    assert _found(con) == {"late/5.log", "shop"}


def test_a_folder_is_mended_when_a_file_below_it_is_read(con: duckdb.DuckDBPyConnection) -> None:
    """It has no reading of its own then."""
    _reported(con)
    _reading(con, "shop-1", "shop/1", 1, "denied")
    _reading(con, "shop-2", "shop/2", 1, "denied")
    _reading(con, "shop-1", "shop/1/old/a.log", 2, None)
    _reading(con, "shop-1", "shop/11/a.log", 2, None)
    assert _found(con) == {"shop/2"}
