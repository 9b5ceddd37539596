"""Erasures that were broken off are completed by the run that next reads files, or told."""

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from pipelines import lake
from pipelines.lake.erasure import pending
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.model import Settings
from pipelines.subject.person import Person
from pipelines.subject.register import Asked, Request, begin_erasure, rows_are_erased
from pipelines.subject.run import erase_again
from pipelines.text.messages import message
from tests.memory_lake import insert

_NOW = dt.datetime(2026, 3, 10, 2, 30, tzinfo=dt.UTC)
_LATER = _NOW + dt.timedelta(days=1)


@pytest.fixture
def con(home: Home, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writer's connection."""
    with lake.open_writer(home, settings.timezone) as made:
        yield made


def _begun(con: duckdb.DuckDBPyConnection, home: Home) -> Request:
    person = Person("user", "sato", ("sato",))
    return begin_erasure(con, home, person, Asked("a letter", "officer"), _NOW)


def _told(con: duckdb.DuckDBPyConnection, home: Home) -> tuple[str, list[str]]:
    """How the request stands, and what the records tell of it."""
    (row,) = con.execute("select outcome from lake.subject_request").fetchall()
    return row[0], [one.what for one in Records(home).entries(Series.ERASURES)]


def test_what_had_only_bytes_left_is_done(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Nobody has to be found for that; its rows are those that were counted before."""
    rows_are_erased(con, _begun(con, home), 3)
    assert erase_again(con, home, _NOW, _LATER) == []
    assert _told(con, home) == ("done", ["subject erase begun", "subject erase"])
    assert [one.rows for one in Records(home).entries(Series.ERASURES)] == [None, 3]
    assert pending(home) is None


def test_whoever_still_stands_somewhere_is_erased_now(
    con: duckdb.DuckDBPyConnection, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """As the erasure would have done, with one line that tells it."""
    request = _begun(con, home)
    for user in ("sato", "satoko"):
        insert(con, "user_day", log_date=_NOW.date(), site_id="site", user_id=user)
    erase_again(con, home, _NOW, _LATER)
    assert caplog.messages == [message("subject.run.completed", request=request.request_id)]
    assert _told(con, home) == ("done", ["subject erase begun", "subject erase"])
    users = con.execute("select user_id from lake.user_day order by 1 desc").fetchall()
    assert [user for (user,) in users if not user.startswith("pn-")] == ["satoko"]
    assert len(users) == 2


def test_an_erasure_is_completed_whatever_becomes_of_those_before_it(
    con: duckdb.DuckDBPyConnection, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """One with bytes left, one of whom nothing is left, one that is held, and then one more."""
    begun = []
    for number, user in enumerate(("abe", "baba", "chiba", "sato")):
        person, at = Person("user", user, (user,)), _NOW + dt.timedelta(minutes=number)
        begun.append(begin_erasure(con, home, person, Asked("a letter", "officer"), at))
    rows_are_erased(con, begun[0], 3)
    for user in ("chiba", "sato"):
        insert(con, "user_day", log_date=_NOW.date(), site_id="site", user_id=user)
    insert(con, "legal_hold", hold_id="h-7", actor_kind="user", actor="chiba", created_at=_NOW)
    erase_again(con, home, _NOW, _LATER)
    outcomes = con.execute("select outcome from lake.subject_request order by made_at").fetchall()
    assert outcomes == [("done",), ("begun",), ("begun",), ("done",)]
    unknown, held, completed = caplog.messages
    assert unknown == message("subject.run.broken_off", request=begun[1].request_id)
    assert "h-7" in held
    assert completed == message("subject.run.completed", request=begun[3].request_id)


def test_of_whom_nothing_is_left_is_told_and_waits(
    con: duckdb.DuckDBPyConnection, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody knows whom it was about; whoever asks once more completes it."""
    request = _begun(con, home)
    insert(con, "user_day", log_date=_NOW.date(), site_id="site", user_id="satoko")
    erase_again(con, home, _NOW, _LATER)
    assert caplog.messages == [message("subject.run.broken_off", request=request.request_id)]
    assert _told(con, home) == ("begun", ["subject erase begun"])
