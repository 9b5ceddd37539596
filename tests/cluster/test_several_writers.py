"""Several workers read one landing folder: each file exactly once, however many grab it."""

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.errors import LakeBusyError
from pipelines.ingest import in_turns
from pipelines.lake import postgres_turns
from pipelines.lake.erasure import changing
from pipelines.lake.maintenance import maintain
from pipelines.lake.place import place_of
from pipelines.lake.postgres_turns import PostgresTurns
from pipelines.lake.turns import ClaimLostError, LakeChangedError
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.settings.load import load
from tests.cluster.conftest import Servers, cluster_of, placed
from tests.lake_requests import insert_requests

pytestmark = [pytest.mark.servers, pytest.mark.slow]

_SITES, _FILES, _LINES = 4, 2, 40
_NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
_SETTINGS = """
sites:
  - {id: "shop-{franchise}", group: shops, domains: ["{franchise}.example"],
     logs: ["{franchise}/*.log"], franchise: "{franchise}"}
"""
# A worker in a process of its own; it has one site at a time, and does what `BEFORE` says first.
_WORKER = """
import datetime as dt, json, sys, time
from pathlib import Path
from pipelines.ingest import in_turns
from pipelines.errors import LakeBusyError
from pipelines.lake import postgres_turns
from pipelines.lake.postgres_turns import PostgresTurns
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from tests.cluster.conftest import placed
in_turns._BYTES, in_turns._POLL_SECONDS = 1, 0.1
{before}
config = Path(sys.argv[1])
now = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
done = stages.ingest(load(config), placed(Home(Path(sys.argv[2])), config), clock=lambda: now)
print(json.dumps([done.files, done.lines, done.records]))
"""
# It seems to be gone between reading and writing: its claims are not prolonged.
_STOPPED = """
postgres_turns.LEASE_SECONDS = 1
PostgresTurns._watch = lambda self: None
own = PostgresTurns.writing
def late(self, names):
    print("has read", flush=True)
    sys.stdin.readline()
    PostgresTurns.writing = own
    return own(self, names)
PostgresTurns.writing = late
"""
_HELD = """
select count(*), sum(event_id::hugeint)::varchar, count(distinct event_id) from lake.access_log
"""


def _worker(config: Path, home: Home, before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WORKER.format(before=before), str(config), str(home.root)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _write_logs(home: Home) -> None:
    for site in range(_SITES):
        folder = home.logs / f"{site:03}"
        folder.mkdir(parents=True)
        for number in range(_FILES):
            # Addresses and agents are shared by the sites, so that workers meet the same new ones.
            (folder / f"{number}.log").write_text(
                "".join(
                    f"192.0.2.{line % 20} - - [19/Nov/2026:{number:02}:{line:02}:{site:02} +0900]"
                    f' "GET /{site}/{line} HTTP/1.1" 200 9 "-" "Agent/{line % 7}"\n'
                    for line in range(_LINES)
                )
            )


@pytest.fixture
def config(servers: Servers, tmp_path: Path) -> Path:
    """Settings with a lake on servers, where none is yet."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS + servers.new_place())
    return path


@pytest.fixture
def home(config: Path, tmp_path: Path) -> Home:
    """A working folder with logs."""
    made = placed(Home(tmp_path / "var"), config)
    _write_logs(made)
    return made


def _expected(folder: Path) -> tuple[object, ...]:
    """What one writer makes of the same logs in its working folder."""
    config, home = folder / "own.yaml", Home(folder / "own")
    config.write_text(_SETTINGS)
    _write_logs(home)
    stages.ingest(load(config), home, clock=lambda: _NOW)
    with lake.open_reader(home, "Asia/Tokyo") as con:
        return con.execute(_HELD).fetchone() or ()


def _require_each_once(home: Home, expected: tuple[object, ...]) -> None:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        assert con.execute(_HELD).fetchone() == expected
        read = "select count(*), count(distinct path) from lake.ledger where status = 'read'"
        assert con.execute(read).fetchone() == (_SITES * _FILES, _SITES * _FILES)
        for table in ("client", "agent", "request_profile"):
            twice = f"select count(*) - count(distinct {table}_id) from lake.{table}"
            assert con.execute(twice).fetchone() == (0,), table
        # The snapshot on record is the one that brought the rows.
        rows = con.execute("select file_id, snapshot from lake.ledger").fetchall()
        for file_id, snapshot in rows[:4]:
            query = "select count(*) from lake.request_fact at (version => {}) where file_id = ?"
            for at, count in ((snapshot, _LINES), (snapshot - 1, 0)):
                assert con.execute(query.format(at), [file_id]).fetchone() == (count,)
        assert {one.status for one in check_proofs(con)} == {Status.OK}


@pytest.mark.further
def test_two_workers_read_each_file_once(home: Home, config: Path, tmp_path: Path) -> None:
    """The same rows and ids as of one; values that all of them meet are written once."""
    expected = _expected(tmp_path)
    with lake.open_writer(home, "Asia/Tokyo"):
        pass
    workers = [_worker(config, home) for _ in range(2)]
    ended = [worker.communicate(timeout=240) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], ended
    done = [json.loads(output) for output, _ in ended]
    assert [sum(column) for column in zip(*done, strict=True)] == [
        _SITES * _FILES,
        *[_SITES * _FILES * _LINES] * 2,
    ]
    _require_each_once(home, expected)


@pytest.mark.full
def test_a_worker_that_was_stopped_writes_nothing_twice(
    home: Home, config: Path, tmp_path: Path
) -> None:
    """Its site is taken over; when it goes on it finds its claim lost, and ends well."""
    expected = _expected(tmp_path)
    stopped = _worker(config, home, _STOPPED)
    assert stopped.stdout is not None
    assert stopped.stdout.readline() == "has read\n"
    other = _worker(config, home)
    output, errors = other.communicate(timeout=240)
    assert other.returncode == 0, errors
    assert json.loads(output)[0] == _SITES * _FILES
    output, errors = stopped.communicate("\n", timeout=240)
    assert stopped.returncode == 0, errors
    assert json.loads(output)[0] == 0
    assert "another worker took over" in errors
    _require_each_once(home, expected)


@pytest.mark.full
def test_a_worker_that_was_killed_is_replaced(home: Home, config: Path, tmp_path: Path) -> None:
    """What it had read and not written is read by another once its claim has run out."""
    expected = _expected(tmp_path)
    killed = _worker(config, home, _STOPPED)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "has read\n"
    killed.kill()
    killed.communicate()
    output, errors = _worker(config, home).communicate(timeout=240)
    assert json.loads(output)[0] == _SITES * _FILES, errors
    _require_each_once(home, expected)


@pytest.mark.further
def test_a_run_that_takes_no_claims_doubles_nothing(
    home: Home, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it read while a worker was parsing is not written again."""
    expected = _expected(tmp_path)
    own = PostgresTurns.writing

    def late(self: PostgresTurns, names: Collection[str]) -> AbstractContextManager[None]:
        monkeypatch.setattr(PostgresTurns, "writing", own)
        with lake.shared_lake() as opening:
            done = stages.ingest(load(config), home, clock=lambda: _NOW, opening=opening)
        assert done.files == _SITES * _FILES
        return own(self, names)

    monkeypatch.setattr(PostgresTurns, "writing", late)
    assert stages.ingest(load(config), home, clock=lambda: _NOW).files == 0
    _require_each_once(home, expected)


@pytest.mark.further
def test_what_rests_on_a_former_state_is_read_again(
    home: Home, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An erasure or new keys while a worker was parsing: it opens the lake and reads anew."""
    expected = _expected(tmp_path)
    own, calls = PostgresTurns.writing, []

    def late(self: PostgresTurns, names: Collection[str]) -> AbstractContextManager[None]:
        calls.append(self)
        if len(calls) == 1:
            with changing(home):
                pass
        return own(self, names)

    monkeypatch.setattr(PostgresTurns, "writing", late)
    done = stages.ingest(load(config), home, clock=lambda: _NOW)
    assert (done.files, done.lines) == (_SITES * _FILES, _SITES * _FILES * _LINES)
    assert len({id(one) for one in calls}) == 2
    _require_each_once(home, expected)


@pytest.mark.further
def test_values_that_others_commit_meanwhile_stand_once(
    home: Home, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have met the same new addresses and agents; the second to commit takes its own back."""
    expected = _expected(tmp_path)
    monkeypatch.setattr(in_turns, "_BYTES", 1)
    own = PostgresTurns.writing

    def late(self: PostgresTurns, names: Collection[str]) -> AbstractContextManager[None]:
        monkeypatch.setattr(PostgresTurns, "writing", own)
        others = [f"shop-{site:03}" for site in range(_SITES) if f"shop-{site:03}" not in names]
        done = stages.ingest(load(config), home, site_ids=others, clock=lambda: _NOW)
        assert done.files == len(others) * _FILES
        return own(self, names)

    monkeypatch.setattr(PostgresTurns, "writing", late)
    assert stages.ingest(load(config), home, clock=lambda: _NOW).files == _FILES
    _require_each_once(home, expected)


@pytest.mark.further
def test_an_erasure_does_not_wait_for_who_reads(
    home: Home, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for the lock with rows of its own gives them up: else deleted keys would stay."""
    expected = _expected(tmp_path)
    monkeypatch.setattr(postgres_turns, "_LOOK_SECONDS", 0.2)
    own, is_locked, cleared = PostgresTurns.writing, threading.Event(), list[bool]()

    def erase() -> None:
        place = place_of(home)
        with place.writers_lock(30), changing(home), place.catalog() as catalog:
            is_locked.set()
            cleared.append(catalog.clear_deleted())

    erasing = threading.Thread(target=erase)

    def late(self: PostgresTurns, names: Collection[str]) -> AbstractContextManager[None]:
        monkeypatch.setattr(PostgresTurns, "writing", own)
        erasing.start()
        is_locked.wait()
        return own(self, names)

    monkeypatch.setattr(PostgresTurns, "writing", late)
    done = stages.ingest(load(config), home, clock=lambda: _NOW)
    erasing.join()
    assert cleared == [True]
    assert done.files == _SITES * _FILES
    _require_each_once(home, expected)


@pytest.mark.further
def test_claims(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker has a name, until it gives it back or its time is over; not while it writes."""
    cluster = cluster_of(home)
    with PostgresTurns.begun(cluster, 30) as one, PostgresTurns.begun(cluster, 0) as other:
        assert one.take(["a", "b"]) == {"a", "b"}
        assert other.take(["b", "c"]) == {"c"}
        one.give_back(["b"])
        assert other.take(["b"]) == {"b"}
        monkeypatch.setattr(postgres_turns, "LEASE_SECONDS", 0)
        assert one.take(["a"]) == {"a"}  # for no time at all
        taken: list[set[str]] = []
        waits = threading.Thread(target=lambda: taken.append(other.take(["a"])))
        with one.writing(["a"]):
            waits.start()
            waits.join(0.5)
            assert taken == []
        waits.join()
        assert taken == [{"a"}]
        with pytest.raises(ClaimLostError), one.writing(["a"]):
            pass
        with one.alone(), pytest.raises(LakeBusyError), other.alone():
            pass


@pytest.mark.further
def test_what_a_worker_deletes_is_not_lost_where_earlier_states_go_meanwhile(home: Home) -> None:
    """DuckLake sees no conflict with a state that is gone: the turn is refused instead."""
    rows = [
        {"event_id": number, "log_date": _NOW.date(), "site_id": "shop-000", "time": _NOW}
        for number in range(4)
    ]
    with lake.open_writer(home, "UTC") as con:
        insert_requests(con, rows[:2])
    delete = "delete from lake.request_fact where event_id = 0"
    with lake.open_for_ingest(home, "UTC", lake.open_writer) as (con, turns):
        assert turns is not None
        with pytest.raises(LakeChangedError), lake.transaction(con):  # noqa: PT012
            con.execute("from lake.request_fact").fetchall()
            with lake.open_writer(home, "UTC") as other:
                insert_requests(other, rows[2:])
                maintain(other, home, dt.datetime.max.replace(tzinfo=dt.UTC))
            con.execute(delete)
            with turns.writing([]):
                pytest.fail("written")
    with lake.open_writer(home, "UTC") as con:
        con.execute(delete)
    with lake.open_reader(home, "UTC") as con:
        found = con.execute("select event_id from lake.request_fact order by all").fetchall()
        assert found == [(1,), (2,), (3,)]
