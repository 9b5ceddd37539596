"""Limits of time: what does not end by itself is ended, with a message and nothing half-written."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from pipelines import lake, time_limit
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.errors import TimeLimitError
from pipelines.ingest import run, store
from pipelines.night import stage_runs, stages
from pipelines.paths import Home
from pipelines.settings.limits import Limits
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.time_limit import (
    own_cursor,
    query_limit,
    seconds_for_bytes,
    seconds_for_days,
    stage_limit,
)

_ENDLESS = (
    "select count(*) from range(1000000000) a, range(1000000000) b where a.range % 7 = b.range % 5"
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interruptions follow one another at once."""
    monkeypatch.setattr(time_limit, "_AGAIN_SECONDS", 0.1)


def _compute() -> None:
    while True:
        sum(range(1000))


def _run_without_end(con: duckdb.DuckDBPyConnection, *_: object) -> None:
    con.execute(_ENDLESS)


def _wait() -> None:
    threading.Event().wait()


def _wait_for_a_thread() -> None:
    thread = threading.Thread(target=_wait, daemon=True)
    thread.start()
    thread.join()


@pytest.mark.parametrize("work", [_compute, _wait, _wait_for_a_thread])
def test_stage_that_does_not_end_is_ended(work: Callable[[], None]) -> None:
    """Whatever it is waiting for; the message names the stage and the setting."""
    with (
        pytest.raises(TimeLimitError, match=r"^detect: .*limits\.stage_minutes"),
        stage_limit(0.2, "detect"),
    ):
        work()


def test_stage_whose_query_does_not_end_is_ended() -> None:
    """Nothing of the query goes on behind it."""
    with duckdb.connect() as con:
        with pytest.raises(TimeLimitError, match=r"^detect: "), stage_limit(0.2, "detect", con):
            con.execute(_ENDLESS)
        assert con.execute("select 42").fetchall() == [(42,)]


def _query_again_and_again(con: duckdb.DuckDBPyConnection) -> None:
    while True:
        with suppress(duckdb.Error):
            con.execute(_ENDLESS)


def test_stage_that_waits_for_the_query_of_a_thread_is_ended() -> None:
    """The thread's own cursor is interrupted, and its connection can be used afterwards."""

    def run() -> None:
        with own_cursor(con) as cursor:
            _run_without_end(cursor)

    with duckdb.connect() as con:
        with (
            pytest.raises(TimeLimitError, match=r"^detect: "),
            stage_limit(0.2, "detect", con),
            ThreadPoolExecutor(1) as pool,
        ):
            pool.submit(run).result()
        assert con.execute("select 1").fetchone() == (1,)


def test_stage_that_takes_an_interrupted_query_lightly_is_ended_too() -> None:
    """Code that goes on without what failed is interrupted itself."""
    with (
        duckdb.connect() as con,
        pytest.raises(TimeLimitError, match=r"^detect: "),
        stage_limit(0.2, "detect", con),
    ):
        _query_again_and_again(con)


def test_stage_in_time_leaves_everything_as_it_was() -> None:
    """Its result, its errors, and no thread."""
    threads = threading.active_count()
    with stage_limit(60, "detect"):
        pass
    with pytest.raises(ZeroDivisionError), stage_limit(60, "detect"):
        _ = 1 / 0
    assert threading.active_count() == threads


def test_inner_limit_does_not_take_the_outer_ones_word() -> None:
    """The limit that was passed is named."""
    with (
        pytest.raises(TimeLimitError, match=r"^outer: "),
        stage_limit(0.2, "outer"),
        stage_limit(60, "inner"),
    ):
        _compute()


_STUBBORN = """
import time
from pipelines import time_limit
time_limit._AGAIN_SECONDS = 0.01
with time_limit.stage_limit(0.1, "ingest"):
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass
"""


def test_process_that_cannot_be_interrupted_is_ended() -> None:
    """As one that waits in the operating system: exit code 1 and the message."""
    done = subprocess.run(
        [sys.executable, "-c", _STUBBORN], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "mimamori: ingest: " in done.stderr
    assert "Traceback" not in done.stderr


def test_query_that_does_not_end_is_interrupted() -> None:
    """The connection can be used again; another error stays what it is."""
    with duckdb.connect() as con:
        with (
            pytest.raises(TimeLimitError, match=r"^request-flood: "),
            query_limit(con, 0.2, "request-flood"),
        ):
            con.execute(_ENDLESS)
        with pytest.raises(duckdb.ParserException), query_limit(con, 60, "x"):
            con.execute("selec")
        with query_limit(con, 60, "x"):
            assert con.execute("select 42").fetchall() == [(42,)]


def test_time_fits_the_volume() -> None:
    """More days and more bytes have more time."""
    limits = Limits(stage_minutes=60)
    assert [seconds_for_days(limits, days) for days in (0, 1, 2, 5)] == [3600, 3600, 4500, 7200]
    assert seconds_for_bytes(limits, 1_000_000_000) == 3600 + 2000


_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*"], format: combined}
"""
_LINE = '192.0.2.1 - - [19/Nov/2026:09:{}:00 +0900] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'
_DAY = dt.date(2026, 11, 19)


@pytest.fixture
def world(tmp_path: Path) -> tuple[Settings, Home]:
    """Settings of one site, and a file of it that nobody has read."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    home = Home(tmp_path / "var")
    (home.logs / "main").mkdir(parents=True)
    lines = "".join(_LINE.format(f"{minute:02}") for minute in range(60))
    (home.logs / "main" / "access.log").write_text(lines)
    return load(path), home


@pytest.mark.further
def test_ingest_that_does_not_end_leaves_nothing_half_written(
    world: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with the message, the lake proves well, and the next run reads everything."""
    settings, home = world
    with monkeypatch.context() as patch:
        patch.setattr(run, "seconds_for_bytes", lambda _limits, _bytes: 2)
        patch.setattr(
            store, "insert_frame", _run_without_end
        )  # rows are on their way into the lake
        with pytest.raises(TimeLimitError, match=r"^ingest: "):
            stages.ingest(settings, home)
    with lake.open_reader(home, "UTC") as con:
        assert con.execute("select count(*) from lake.ledger").fetchone() == (0,)
        assert {one.status for one in check_proofs(con)} == {Status.OK}
    assert stages.ingest(settings, home).records == 60


@pytest.mark.further
def test_stage_that_took_too_long_is_on_record_with_its_reason(
    world: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of the day can say why nothing was found; a second try goes well."""
    settings, home = world
    stages.ingest(settings, home)
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.night.detection.detect_days", _run_without_end)
        patch.setattr(stage_runs, "seconds_for_days", lambda _limits, _days: 0.5)
        with pytest.raises(TimeLimitError, match=r"^detect: "):
            stages.detect(settings, home, [_DAY])
    with lake.open_reader(home, "UTC") as con:
        ((status, message),) = con.execute(
            "select status, message from lake.stage_run where stage = 'detect'"
        ).fetchall()
    assert status == "failed"
    assert "took longer than" in message
