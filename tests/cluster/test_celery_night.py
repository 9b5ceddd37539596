"""A night whose tasks are run by Celery workers: the same findings, to the byte."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Status
from pipelines.lake.postgres import connected
from pipelines.night.stages import system_clock
from pipelines.paths import DEFAULT_SETTINGS, PROJECT_ROOT, Home
from tests.cluster.conftest import SECRETS, Servers, cluster_of, placed
from tests.fetch.servers import POSTGRES_ENTRY, valkey_server

pytestmark = [pytest.mark.servers, pytest.mark.airflow, pytest.mark.full]

_DAY = "2026-11-20"
_WORKERS = 4
_NIGHTLY = (str(PROJECT_ROOT / "scripts" / "nightly.py"), "--date", _DAY)


@dataclass(frozen=True)
class Nights:
    """Two working folders after the same nights, and what Airflow's program said of the second."""

    embedded: Home
    shared: Home
    config: Path
    said: str


def _mimamori(config: Path, home: Home, *arguments: str) -> None:
    command = [sys.executable, "-m", "pipelines", "--config", str(config), "--home", str(home.root)]
    done = subprocess.run(
        [*command, *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def broker(servers: Servers) -> Iterator[str]:
    """The address of a Valkey."""
    with valkey_server(servers.folder) as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two days of the demo, by `mimamori run` in a working folder."""
    folder = tmp_path_factory.mktemp("embedded")
    config, home = folder / "mimamori.yaml", Home(folder / "var")
    config.write_text(DEFAULT_SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    made = ("demo", "--days", "2", "--end", _DAY, "--sites", "9", "--lines-per-day", "5000")
    _mimamori(config, home, *made)
    _mimamori(config, home, "run", "--date", _DAY)
    return home


@pytest.fixture(scope="module")
def nights(
    servers: Servers, broker: str, embedded: Home, tmp_path_factory: pytest.TempPathFactory
) -> Nights:
    """The same days by four workers, on servers."""
    return _by_workers(servers, broker, embedded, tmp_path_factory.mktemp("celery"))


def _by_workers(
    servers: Servers,
    broker: str,
    embedded: Home,
    folder: Path,
    meanwhile: Callable[["subprocess.Popen[str]", Home], None] = lambda *_: None,
) -> Nights:
    config, shared = folder / "mimamori.yaml", Home(folder / "var")
    text = DEFAULT_SETTINGS.read_text(encoding="utf-8")
    config.write_text(text.replace("lake: {}\n", servers.new_place()), encoding="utf-8")
    shared.root.mkdir(mode=0o700)
    shutil.copytree(embedded.logs, shared.logs)
    shutil.copytree(embedded.context, shared.context)
    # Hashes of sessions are made with it; a lake that has begun has its own.
    shared.keys.mkdir(mode=0o700)
    shutil.copy(embedded.pseudonym_key, shared.pseudonym_key)
    number = next(servers.numbers)
    with servers.connect() as con:
        con.execute(f"create database airflow{number}")
    address = f"mimamori:{POSTGRES_ENTRY}@127.0.0.1:{servers.postgres}/airflow{number}"
    night = subprocess.Popen(
        [sys.executable, *_NIGHTLY, "--workers", str(_WORKERS)],
        env={
            **SECRETS,
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "person"),
            "MIMAMORI_HOME": str(shared.root),
            "MIMAMORI_CONFIG": str(config),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg://{address}",
            "AIRFLOW__CELERY__BROKER_URL": broker,
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "PYTHONUTF8": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        meanwhile(night, placed(shared, config))
    finally:
        said, _ = night.communicate(timeout=900)
    assert night.returncode == 0, said
    return Nights(embedded, shared, config, said)


@pytest.mark.timeout(1200)
def test_findings_are_those_of_one_machine(nights: Nights) -> None:
    """`findings.json` of both days, byte for byte."""
    _require_same(nights)


def _require_same(nights: Nights) -> None:
    assert not nights.shared.examined.exists()
    for day in ("2026-11-19", _DAY):
        found = (nights.shared.reports / day / "findings.json").read_bytes()
        assert len(found) > 1000
        assert found == (nights.embedded.reports / day / "findings.json").read_bytes()


def test_tasks_were_run_by_the_workers(nights: Nights) -> None:
    """All four of them, one task at a time each; the scheduler ran none."""
    logs = [
        (nights.shared.root / "airflow" / f"worker-{number + 1}.log").read_text(errors="replace")
        for number in range(_WORKERS)
    ]
    assert all("succeeded in" in log for log in logs), logs


@pytest.mark.usefixtures("secrets")
def test_nothing_is_lost_or_doubled(nights: Nights) -> None:
    """The ledger's proofs hold, and `doctor --deep` reads every data file."""
    _require_whole(nights)


def _require_whole(nights: Nights) -> None:
    own = Home(nights.shared.root)
    outcomes = list(examine(nights.config, own, None, deep=True, clock=system_clock))
    assert {"ledger-sums", "rows", "data-files"} <= {one.check for one in outcomes}
    wrong = [one for one in outcomes if one.status is Status.WRONG]
    assert wrong == []


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("secrets")
def test_workers_whose_tasks_are_killed(
    servers: Servers, broker: str, embedded: Home, tmp_path: Path
) -> None:
    """While they read files: Airflow has the tasks done again, and the findings are the same."""
    killed: list[int] = []

    def kill(night: "subprocess.Popen[str]", home: Home) -> None:
        while night.poll() is None and not killed:
            time.sleep(0.1)
            if _claims(home):
                for process in _of_workers(night.pid):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                        killed.append(process.pid)

    nights = _by_workers(servers, broker, embedded, tmp_path, kill)
    assert killed
    assert "up_for_retry" in nights.said
    _require_same(nights)
    _require_whole(nights)


def _claims(home: Home) -> int:
    """How many sites workers have claimed by now."""
    with connected(cluster_of(home)) as con:
        if con.execute("select to_regclass('mimamori_claim') is null").fetchone() == (True,):
            return 0
        row = con.execute("select count(*) from mimamori_claim").fetchone()
    return int(row[0]) if row else 0


def _of_workers(night: int) -> list[psutil.Process]:
    """The processes below Celery's workers, which run the tasks; the workers themselves stay."""
    return [
        below
        for process in psutil.Process(night).children(recursive=True)
        if "worker-" in " ".join(process.cmdline()) and "MainProcess" in " ".join(process.cmdline())
        for below in process.children(recursive=True)
    ]
