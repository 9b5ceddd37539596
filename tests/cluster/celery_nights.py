"""Nights whose tasks are run by four Celery workers, each on a lake of its own on servers."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Status
from pipelines.lake.postgres import connected
from pipelines.night.stages import system_clock
from pipelines.paths import DEFAULT_SETTINGS, PROJECT_ROOT, Home
from tests.cluster.conftest import SECRETS, Servers, cluster_of, placed
from tests.fetch.servers import POSTGRES_ENTRY

Found = TypeVar("Found")

WORKERS = 4
DAYS = ("2026-11-19", "2026-11-20")
_NIGHTLY = (str(PROJECT_ROOT / "scripts" / "nightly.py"), "--date", DAYS[-1])
_WAIT_SECONDS = 300
_END_SECONDS = 900


@dataclass
class Night:
    """A night that runs, and what is known of it."""

    home: Home
    config: Path
    process: "subprocess.Popen[str]"
    environment: dict[str, str]
    said: str = ""

    @property
    def folder(self) -> Path:
        """Airflow's own folder."""
        return self.home.root / "airflow"

    def log_of(self, worker: int) -> str:
        """Return what a worker has logged."""
        return (self.folder / f"worker-{worker}.log").read_text(errors="replace")

    def claimants(self) -> dict[int, str]:
        """Return the processes that have claimed sites by now, and the name of each."""
        with connected(cluster_of(self.home)) as con:
            if con.execute("select to_regclass('mimamori_claim') is null").fetchone() == (True,):
                return {}
            rows = con.execute("select distinct worker from mimamori_claim").fetchall()
        return {int(worker.split("-")[1]): worker for (worker,) in rows}

    def await_claimant(self, within: Collection[int] = ()) -> tuple[psutil.Process, str]:
        """Return a process with claims, below one of `within` if there are any, and its name."""

        def found() -> tuple[psutil.Process, str] | None:
            for pid, name in self.claimants().items():
                try:
                    process = psutil.Process(pid)
                    if not within or {one.pid for one in process.parents()} & set(within):
                        return process, name
                except psutil.NoSuchProcess:
                    continue
            return None

        return self.awaited(found)

    def awaited(self, look: Callable[[], Found | None]) -> Found:
        """Return what `look` finds, once it does; the night must not end before."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if (found := look()) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"it did not come about: {self.ended()}")

    def ended(self) -> str:
        """Wait for its end; return what was said."""
        if not self.said:
            self.said, _ = self.process.communicate(timeout=_END_SECONDS)
        return self.said


@dataclass(frozen=True)
class Nights:
    """What all nights share: the servers, an up-to-date database of Airflow, and the days."""

    servers: Servers
    broker: int
    prepared: str
    embedded: Home

    @contextmanager
    def begun(self, folder: Path, lake: str, workers: int = WORKERS) -> Iterator[Night]:
        """Yield a night over the days; it has ended when the block has, and well."""
        config, home = folder / "mimamori.yaml", Home(folder / "var")
        text = DEFAULT_SETTINGS.read_text(encoding="utf-8")
        config.write_text(text.replace("lake: {}\n", lake), encoding="utf-8")
        home.root.mkdir(mode=0o700)
        shutil.copytree(self.embedded.logs, home.logs)
        shutil.copytree(self.embedded.context, home.context)
        # Hashes of sessions are made with it; a lake that has begun has its own.
        home.keys.mkdir(mode=0o700)
        shutil.copy(self.embedded.pseudonym_key, home.pseudonym_key)
        database = f"airflow{next(self.servers.numbers)}"
        with self.servers.connect() as con:
            con.execute(f"create database {database} template {self.prepared}")
        environment = {
            **SECRETS,
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "person"),
            "MIMAMORI_HOME": str(home.root),
            "MIMAMORI_CONFIG": str(config),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_database(self.servers, database),
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self.broker}/0",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "PYTHONUTF8": "1",
        }
        process = subprocess.Popen(
            [sys.executable, *_NIGHTLY, "--workers", str(workers)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        night = Night(placed(home, config), config, process, environment)
        try:
            yield night
        finally:
            try:
                said = night.ended()
            finally:
                process.terminate()  # in vain where it has ended
        assert process.returncode == 0, said

    def require_same(self, night: Night) -> None:
        """Findings of both days are those of one machine, byte for byte; nothing is left over."""
        assert not night.home.examined.exists()
        for day in DAYS:
            found = (night.home.reports / day / "findings.json").read_bytes()
            assert len(found) > 1000
            assert found == (self.embedded.reports / day / "findings.json").read_bytes()

    def require_whole(self, night: Night) -> None:
        """The ledger's proofs hold, and `doctor --deep` reads every data file."""
        own = Home(night.home.root)
        outcomes = list(examine(night.config, own, None, deep=True, clock=system_clock))
        assert {"ledger-sums", "rows", "data-files"} <= {one.check for one in outcomes}
        wrong = [one for one in outcomes if one.status is Status.WRONG]
        assert wrong == [], wrong
        assert not night.claimants()


def airflow_database(servers: Servers, name: str, host: str = "127.0.0.1", port: int = 0) -> str:
    """Return the address of a database of Airflow, by another way where one is given."""
    account = f"mimamori:{POSTGRES_ENTRY}"
    return f"postgresql+psycopg://{account}@{host}:{port or servers.postgres}/{name}"


def prepared_database(servers: Servers, folder: Path) -> str:
    """Return the name of a database that has Airflow's tables, to be copied."""
    name = "airflow_prepared"
    with servers.connect() as con:
        con.execute(f"create database {name}")
    address = airflow_database(servers, name)
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": address,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return name


def by_one_machine(folder: Path) -> Home:
    """Make two days of the demo, and their nights by `mimamori run` in a working folder."""
    config, home = folder / "mimamori.yaml", Home(folder / "var")
    config.write_text(DEFAULT_SETTINGS.read_text(encoding="utf-8"), encoding="utf-8")
    demo = ("demo", "--days", "2", "--end", DAYS[-1], "--sites", "9", "--lines-per-day", "5000")
    for arguments in (demo, ("run", "--date", DAYS[-1])):
        command = [sys.executable, "-m", "pipelines", "--config", str(config)]
        done = subprocess.run(
            [*command, "--home", str(home.root), *arguments],
            cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return home
