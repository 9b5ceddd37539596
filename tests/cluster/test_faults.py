"""Faults of servers and networks: nothing lost, nothing doubled, the same findings in the end."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Status
from pipelines.lake.postgres import connected
from pipelines.night.stages import system_clock
from pipelines.paths import PROJECT_ROOT, Home
from tests.cluster.conftest import SECRETS, Servers, cluster_of, placed
from tests.cluster.faults import Gate, ShakyStorage, namespace, own_catalog
from tests.cluster.test_several_writers import _SETTINGS, _write_logs

pytestmark = [
    pytest.mark.servers,
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("secrets"),
]

_DAY = "2026-11-19"
_NIGHT = ("run", "--date", _DAY)
_ATTACK = (
    '203.0.113.5 - - [19/Nov/2026:12:00:00 +0900] "GET /?q=1%27%20union%20select%201,2--'
    ' HTTP/1.1" 200 90 "-" "sqlmap/1.8"\n'
)
_ATTEMPT = '198.51.100.9 - - [19/Nov/2026:13:{:02}:00 +0900] "POST /login HTTP/1.1" 401 9 "-" "x"\n'
_PARTITION_SECONDS = 60


def _start(config: Path, home: Home, *command: str, within: str = "") -> "subprocess.Popen[str]":
    own = [sys.executable, "-m", "pipelines", "--config", str(config), "--home", str(home.root)]
    prefix = ["ip", "netns", "exec", within] if within else []
    return subprocess.Popen(
        [*prefix, *own, *command],
        cwd=PROJECT_ROOT,
        env={**os.environ, **SECRETS},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(config: Path, home: Home, *command: str) -> tuple[int, str]:
    process = _start(config, home, *command)
    _, said = process.communicate()
    return process.returncode, said


def _land(home: Home) -> None:
    _write_logs(home)
    log = home.logs / "000" / "attacks.log"
    log.write_text(_ATTACK + "".join(_ATTEMPT.format(minute) for minute in range(40)))


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A working folder with its lake after a night."""
    folder = tmp_path_factory.mktemp("own")
    config, home = folder / "mimamori.yaml", Home(folder / "var")
    config.write_text(_SETTINGS)
    _land(home)
    code, said = _run(config, home, *_NIGHT)
    assert code == 0, said
    return home


@pytest.fixture
def expected(embedded: Home) -> bytes:
    """`findings.json` of that night."""
    found = (embedded.reports / _DAY / "findings.json").read_bytes()
    assert b"sql-injection" in found
    return found


Made = tuple[Home, Path]
Make = Callable[..., Made]


@pytest.fixture
def make(servers: Servers, embedded: Home, tmp_path: Path) -> Make:
    """What makes a working folder with logs and settings, in which some words are replaced."""

    def made(on: Servers = servers, **words: str) -> Made:
        config = tmp_path / "mimamori.yaml"
        text = on.new_place()
        for before, after in words.items():
            assert getattr(on, before) is not None
            text = text.replace(f"{getattr(on, before)}", after)
        config.write_text(_SETTINGS + text)
        home = placed(Home(tmp_path / "var"), config)
        home.keys.mkdir(mode=0o700, parents=True)
        home.root.chmod(0o700)
        shutil.copy(embedded.pseudonym_key, home.pseudonym_key)  # ids are made with it
        _land(home)
        return home, config

    return made


def _require_whole(made: Made, expected: bytes) -> None:
    """The night's findings are there, the ledger's proofs hold, all data files can be read."""
    home, config = made
    assert (home.reports / _DAY / "findings.json").read_bytes() == expected
    outcomes = {
        one.check: one
        for one in examine(config, Home(home.root), None, deep=True, clock=system_clock)
    }
    for check in ("ledger-sums", "ledger-days", "rows", "line-numbers", "event-ids", "tails"):
        assert outcomes[check].status is Status.OK, outcomes[check]
    assert outcomes["content"].status is Status.OK
    assert outcomes["data-files"].status is not Status.WRONG, outcomes["data-files"]


def test_storage_that_refuses_and_cuts_answers_short(
    servers: Servers, make: Make, expected: bytes
) -> None:
    """One request in twenty is refused, one answer in twenty ends early: the night goes on."""
    with ShakyStorage.before(servers.s3) as storage:
        made = make(s3=str(storage.server_address[1]))
        for _ in range(3):  # what fails in spite of all retries is tried again, as Airflow does
            code, said = _run(made[1], made[0], *_NIGHT)
            if code == 0:
                break
            assert "lake.data" in said
        assert code == 0
        assert storage.refused > 5
        assert storage.cut > 0
        _require_whole(made, expected)


def test_a_lost_answer_to_a_commit_is_undone(servers: Servers, make: Make, expected: bytes) -> None:
    """The database has the commit, its files are gone: whoever writes next finds it by itself."""
    with Gate.before(servers.postgres) as gate:
        made = make(postgres=str(gate.port))
        home, config = made
        assert _run(config, home, "ingest", "--site", "shop-003")[0] == 0
        gate.loses_answer = True
        code, first = _run(config, home, *_NIGHT)
        assert code == 1
        assert gate.has_lost.is_set()
        code, second = _run(config, home, *_NIGHT)
        assert code == 0, second
        assert "its answer was lost and its data files are gone: it was undone" in first + second
        _require_whole(made, expected)


def test_a_lost_commit_that_cannot_be_undone_is_reported(servers: Servers, make: Make) -> None:
    """Where later commits rest on it: which files are gone, and what to do; nothing is changed."""
    home, config = make()
    assert _run(config, home, "ingest")[0] == 0
    with connected(cluster_of(home)) as con:
        con.execute("update mimamori_answered set snapshot_id = 0")
        rows = con.execute(
            "select path from ducklake_data_file order by begin_snapshot, data_file_id"
        ).fetchall()
    listed = servers.client().list_objects_v2(Bucket="lake")["Contents"]
    (key,) = [one["Key"] for one in listed if one["Key"].endswith(rows[0][0])]
    content = servers.client().get_object(Bucket="lake", Key=key)["Body"].read()
    servers.client().delete_object(Bucket="lake", Key=key)
    code, said = _run(config, home, "ingest")
    assert code == 1
    assert rows[0][0] in said
    assert "cannot be undone" in said
    servers.client().put_object(Bucket="lake", Key=key, Body=content)
    code, said = _run(config, home, "ingest")
    assert code == 0, said


def test_a_catalog_that_is_restarted_in_mid_night(
    servers: Servers, make: Make, expected: bytes
) -> None:
    """The night fails with a message that says what to do; done again, it is whole."""
    with own_catalog(servers) as (own, restart):
        made = make(own)
        home, config = made
        night = _start(config, home, *_NIGHT)
        _await_snapshot(night, home, 4)
        restart()
        _, said = night.communicate()
        assert night.returncode == 1
        assert "lake.catalog" in said
        code, said = _run(config, home, *_NIGHT)
        assert code == 0, said
        _require_whole(made, expected)


_SLOW = """
create function slow() returns trigger language plpgsql as $$
begin
    if new.snapshot_id >= {0} then perform pg_sleep(600); end if;
    return new;
end $$;
create trigger a_slow_commit after insert on ducklake_snapshot
for each row execute function slow();
"""
_SLEEPS = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"


@pytest.mark.parametrize("after", [1, 3, 6])
@pytest.mark.parametrize("act", ["restart", "stop"])
def test_a_catalog_that_is_restarted_in_mid_commit(
    servers: Servers, make: Make, expected: bytes, after: int, act: str
) -> None:
    """Whichever commit it is, and however long: a message, and nothing of it stays."""
    with own_catalog(servers) as (own, restart):
        made = make(own)
        home, config = made
        with lake.open_writer(home, "Asia/Tokyo"):
            pass
        with own.connect(own.database(home)) as con:
            ((last,),) = con.execute("select max(snapshot_id) from ducklake_snapshot").fetchall()
            con.execute(_SLOW.format(last + after))
            night = _start(config, home, *_NIGHT)
            while con.execute(_SLEEPS).fetchone() == (0,):
                assert night.poll() is None, night.communicate()
                time.sleep(0.05)
        restart(act, "immediate")
        _, said = night.communicate()
        if act == "stop":
            restart()
        assert night.returncode == 1, said
        assert "lake.catalog" in said
        assert "Traceback" not in said
        assert "LINE 1" not in said
        with own.connect(own.database(home)) as con:
            con.execute("drop trigger a_slow_commit on ducklake_snapshot")
        code, said = _run(config, home, *_NIGHT)
        assert code == 0, said
        _require_whole(made, expected)


def _await_snapshot(night: "subprocess.Popen[str]", home: Home, snapshot: int) -> None:
    """Return once the lake has so many snapshots: `night` has begun to write."""
    while night.poll() is None:
        with connected(cluster_of(home)) as con:
            row = con.execute("select to_regclass('ducklake_snapshot') is not null").fetchone()
            if row == (True,):
                last = con.execute("select max(snapshot_id) from ducklake_snapshot").fetchone()
                if last is not None and (last[0] or 0) >= snapshot:
                    return
        time.sleep(0.05)
    raise AssertionError(f"the night wrote nothing: {night.communicate()}")


def test_two_workers_that_are_given_one_file(make: Make, expected: bytes) -> None:
    """One of them reads it."""
    made = make()
    home, config = made
    for path in sorted(home.logs.rglob("*.log")):
        if path.name != "attacks.log":
            path.rename(path.with_suffix(".later"))
    workers = [_start(config, home, "ingest", "--json") for _ in range(2)]
    said = [worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    assert sorted('"files": 1' in out for out, _ in said) == [False, True]
    for path in sorted(home.logs.rglob("*.later")):
        path.rename(path.with_suffix(".log"))
    code, told = _run(config, home, *_NIGHT)
    assert code == 0, told
    _require_whole(made, expected)


def test_the_database_notices_a_worker_that_is_gone(make: Make) -> None:
    """Within a minute, not two hours: until then it holds the lock of the only writer."""
    home, _ = make()
    with connected(cluster_of(home)) as con:
        for name, value in (("idle", "30"), ("interval", "10"), ("count", "3")):
            assert con.execute(f"show tcp_keepalives_{name}").fetchone() == (value,)
        assert con.execute("show tcp_user_timeout").fetchone() == ("60000",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network namespace")
def test_a_worker_whose_network_is_gone_for_a_minute(
    servers: Servers, make: Make, expected: bytes
) -> None:
    """It goes on or fails; another one reads what it had begun, and no file is read twice."""
    outside = "10.213.77.1"
    with (
        namespace("mmfault", "10.213.77.2", outside) as device,
        Gate.before(servers.postgres, outside) as database,
        Gate.before(servers.s3, outside) as storage,
    ):
        made = make()
        home, config = made
        text = config.read_text()
        for port, gate in ((servers.postgres, database), (servers.s3, storage)):
            text = text.replace(f"host=127.0.0.1 port={port}", f"host={outside} port={gate.port}")
            text = text.replace(f"127.0.0.1:{port}", f"{outside}:{gate.port}")
        within = config.with_name("within.yaml")
        within.write_text(text.replace("lake:\n", "lake:\n  in_clear: true\n"))
        cut_off = _start(within, home, *_NIGHT, within="mmfault")
        _await_snapshot(cut_off, home, 3)
        subprocess.run(["ip", "link", "set", device, "down"], check=True)
        other = _start(config, home, "ingest")
        time.sleep(_PARTITION_SECONDS)
        subprocess.run(["ip", "link", "set", device, "up"], check=True)
        _, said = other.communicate()
        assert other.returncode == 0, said
        _, said = cut_off.communicate()
        assert cut_off.returncode in {0, 1}, said
        code, said = _run(config, home, *_NIGHT)
        assert code == 0, said
        _require_whole(made, expected)
