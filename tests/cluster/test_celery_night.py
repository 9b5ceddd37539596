"""Nights whose tasks are run by Celery workers: the same findings to the byte, whatever fails."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import redis

from pipelines.lake.postgres import connected
from pipelines.paths import PROJECT_ROOT
from tests.cluster.celery_nights import (
    WORKERS,
    Night,
    Nights,
    by_one_machine,
    prepared_database,
)
from tests.cluster.conftest import SECRETS, Servers, cluster_of
from tests.cluster.faults import Gate, ShakyStorage, namespace, own_catalog
from tests.fetch.servers import valkey_server

pytestmark = [
    pytest.mark.servers,
    pytest.mark.airflow,
    pytest.mark.full,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("secrets"),
]

_PARTITION_SECONDS = 60
_OUTSIDE, _WITHIN = "10.213.78.1", "10.213.78.2"


@pytest.fixture(scope="module")
def nights(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """What all nights share, with a Valkey."""
    with valkey_server(servers.folder) as broker:
        prepared = prepared_database(servers, tmp_path_factory.mktemp("airflow"))
        embedded = by_one_machine(tmp_path_factory.mktemp("embedded"))
        yield Nights(servers, broker, prepared, embedded)


def test_without_a_fault(nights: Nights, servers: Servers, tmp_path: Path) -> None:
    """All four workers have run tasks, one at a time each; the scheduler ran none."""
    with nights.begun(tmp_path, servers.new_place()) as night:
        pass
    logs = [night.log_of(number + 1) for number in range(WORKERS)]
    assert all("succeeded in" in log for log in logs), logs
    nights.require_same(night)
    nights.require_whole(night)


def test_workers_whose_tasks_are_killed(nights: Nights, servers: Servers, tmp_path: Path) -> None:
    """While they read files: Airflow has the tasks done again."""
    with nights.begun(tmp_path, servers.new_place()) as night:
        night.await_claimant()
        for task in _below_workers(night):
            with suppress(psutil.NoSuchProcess):
                task.kill()
    assert "up_for_retry" in night.said
    nights.require_same(night)
    nights.require_whole(night)


def _workers(night: Night) -> list[psutil.Process]:
    """The main processes of Celery's workers."""
    found = []
    for process in psutil.Process(night.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            title = " ".join(process.cmdline())
            if "worker-" in title and "MainProcess" in title:
                found.append(process)
    return found


def _below_workers(night: Night) -> list[psutil.Process]:
    """The processes below Celery's workers, which run the tasks; the workers themselves stay."""
    return [below for worker in _workers(night) for below in worker.children(recursive=True)]


def test_a_catalog_that_is_restarted(nights: Nights, servers: Servers, tmp_path: Path) -> None:
    """While workers read files: what fails is done again."""
    with own_catalog(servers) as (own, restart):
        with nights.begun(tmp_path, own.new_place()) as night:
            night.await_claimant()
            restart()
        assert "up_for_retry" in night.said
        nights.require_same(night)
        nights.require_whole(night)


def test_a_storage_that_refuses_and_cuts_answers_short(
    nights: Nights, servers: Servers, tmp_path: Path
) -> None:
    """One request in twenty is refused, one answer in twenty ends early."""
    lake = servers.new_place()
    with ShakyStorage.before(servers.s3) as storage:
        shaky = lake.replace(f":{servers.s3}", f":{storage.server_address[1]}")
        with nights.begun(tmp_path, shaky) as night:
            pass
        assert storage.refused > 5
        assert storage.cut > 0
        nights.require_same(night)
        nights.require_whole(night)


def test_two_workers_that_are_given_one_file(
    nights: Nights, servers: Servers, tmp_path: Path
) -> None:
    """A broker that delivers each task twice, and an ingest of all sites beside the workers."""
    is_over = threading.Event()
    delivering = threading.Thread(target=_deliver_again, args=(nights.broker, is_over))
    with nights.begun(tmp_path, servers.new_place()) as night:
        delivering.start()
        night.await_claimant()
        command = [sys.executable, "-m", "pipelines", "--config", str(night.config)]
        beside = subprocess.run(
            [*command, "--home", str(night.home.root), "ingest"],
            cwd=PROJECT_ROOT, env={**os.environ, **SECRETS}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        night.ended()
        is_over.set()
        delivering.join()
    assert beside.returncode == 0, beside.stderr
    logs = [night.log_of(number + 1) for number in range(WORKERS)]
    assert any("Task already running elsewhere" in log for log in logs), logs
    nights.require_same(night)
    nights.require_whole(night)


def _deliver_again(broker: int, is_over: threading.Event) -> None:
    """Put what was delivered into the queue once more, as Celery does when an answer is late."""
    client = redis.Redis(port=broker)
    done: set[bytes | str] = set()
    while not is_over.wait(0.05):
        for tag, delivered in client.hgetall("unacked").items():
            if tag not in done:
                done.add(tag)
                message, _, queue = json.loads(delivered)
                client.rpush(queue, json.dumps(message))
    client.close()


def test_a_slow_worker_that_comes_back(nights: Nights, servers: Servers, tmp_path: Path) -> None:
    """It was stopped until another one took over its sites; then it goes on where it stood."""
    with nights.begun(tmp_path, servers.new_place()) as night:
        stopped, name = night.awaited(lambda: _stopped_reader(night))
        try:
            night.awaited(lambda: None if name in night.claimants().values() else True)
        finally:
            for process in stopped:
                process.send_signal(signal.SIGCONT)
    assert "up_for_retry" in night.said
    nights.require_same(night)
    nights.require_whole(night)


def _stopped_reader(night: Night) -> tuple[list[psutil.Process], str] | None:
    """Stop a worker that reads files, but not one that writes at this moment: all would wait."""
    reader, name = night.await_claimant()
    try:
        (worker,) = set(_workers(night)) & set(reader.parents())
        family = [worker, *worker.children(recursive=True)]
    except (psutil.NoSuchProcess, ValueError):  # it has just ended
        return None
    for process in family:
        process.send_signal(signal.SIGSTOP)
    if name in night.claimants().values() and not _holds_lock(night, reader.pid):
        return family, name
    for process in family:
        process.send_signal(signal.SIGCONT)
    return None


def _holds_lock(night: Night, pid: int) -> bool:
    with connected(cluster_of(night.home)) as con:
        row = con.execute(
            "select count(*) from pg_locks as held"
            " inner join pg_stat_activity as activity on activity.pid = held.pid"
            " where held.locktype = 'advisory' and activity.application_name like %s",
            [f"mimamori %-{pid}"],
        ).fetchone()
    return row != (0,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network namespace")
def test_workers_whose_network_is_gone_for_a_minute(
    nights: Nights, servers: Servers, tmp_path: Path
) -> None:
    """Two of four, from database, storage, broker and Airflow at once, while they read files."""
    lake = servers.new_place()
    with (
        namespace("mmcelery", _WITHIN, _OUTSIDE) as device,
        Gate.before(servers.postgres, _OUTSIDE) as database,
        Gate.before(servers.s3, _OUTSIDE) as storage,
        Gate.before(nights.broker, _OUTSIDE) as broker,
        nights.begun(tmp_path, lake, workers=WORKERS - 2) as night,
    ):
        environment = night.awaited(lambda: _of_services(night))
        port = int(environment["AIRFLOW__API__PORT"])
        with Gate.before(port, _OUTSIDE) as api:
            gates = {servers.postgres: database, servers.s3: storage, nights.broker: broker}
            # No task is there before they are: the others would take all that read files.
            night.process.send_signal(signal.SIGSTOP)
            workers = [
                _worker_within("mmcelery", number, night, environment, {**gates, port: api})
                for number in (3, 4)
            ]
            try:
                night.awaited(lambda: all(" ready." in night.log_of(n) for n in (3, 4)) or None)
                night.process.send_signal(signal.SIGCONT)
                night.await_claimant(within=[worker.pid for worker in workers])
                subprocess.run(["ip", "link", "set", device, "down"], check=True)
                time.sleep(_PARTITION_SECONDS)
                subprocess.run(["ip", "link", "set", device, "up"], check=True)
                night.ended()
            finally:
                night.process.send_signal(signal.SIGCONT)
                for worker in workers:
                    for process in [*psutil.Process(worker.pid).children(recursive=True), worker]:
                        with suppress(psutil.NoSuchProcess):
                            process.kill()
                    worker.wait()
    nights.require_same(night)
    nights.require_whole(night)


def _of_services(night: Night) -> dict[str, str] | None:
    """What Airflow's services have in their environment, once their settings are written."""
    if not (night.folder / "airflow.cfg").is_file():
        return None
    for process in psutil.Process(night.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if "airflow_services.py" in " ".join(process.cmdline()):
                return dict(process.environ())
    return None


def _worker_within(
    namespace: str, number: int, night: Night, environment: dict[str, str], gates: dict[int, Gate]
) -> "subprocess.Popen[bytes]":
    """Start a worker in a network of its own, which reaches all servers by gates."""

    def by_gates(text: str) -> str:
        for port, gate in gates.items():
            for at in ("127.0.0.1:{}", "host=127.0.0.1 port={}"):
                there = at.format(gate.port).replace("127.0.0.1", _OUTSIDE)
                text = text.replace(at.format(port), there)
        return text

    within = night.config.with_name("within.yaml")
    text = by_gates(night.config.read_text())
    within.write_text(text.replace("lake:\n", "lake:\n  in_clear: true\n"))
    own = {name: by_gates(value) for name, value in environment.items()}
    own |= {"MIMAMORI_CONFIG": str(within), "NO_PROXY": f"{own['NO_PROXY']},{_OUTSIDE}"}
    celery = ["-m", "airflow", "celery", "worker", "--concurrency", "1", "--skip-serve-logs"]
    celery += ["--celery-hostname", f"worker-{number}@localhost"]
    path = night.folder / f"worker-{number}.log"
    path.touch(mode=0o600)
    with path.open("wb") as log:
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, *celery],
            env=own, cwd=night.folder, stdout=log, stderr=log, umask=0o077,
        )  # fmt: skip
