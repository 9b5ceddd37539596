"""A night whose tasks are run by Celery workers: the same findings, to the byte."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Status
from pipelines.night.stages import system_clock
from pipelines.paths import DEFAULT_SETTINGS, PROJECT_ROOT, Home
from tests.cluster.conftest import SECRETS, Servers
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
def nights(servers: Servers, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Two days of the demo: by `mimamori run` in a working folder, by four workers on servers."""
    folder = tmp_path_factory.mktemp("celery")
    config, shared_config = folder / "mimamori.yaml", folder / "servers.yaml"
    text = DEFAULT_SETTINGS.read_text(encoding="utf-8")
    config.write_text(text, encoding="utf-8")
    shared_config.write_text(text.replace("lake: {}\n", servers.new_place()), encoding="utf-8")
    embedded, shared = Home(folder / "embedded"), Home(folder / "shared")
    made = ("demo", "--days", "2", "--end", _DAY, "--sites", "9", "--lines-per-day", "5000")
    _mimamori(config, embedded, *made)
    shared.root.mkdir(mode=0o700)
    shutil.copytree(embedded.logs, shared.logs)
    shutil.copytree(embedded.context, shared.context)
    _mimamori(config, embedded, "run", "--date", _DAY)
    # Hashes of sessions are made with it; a lake that has begun has its own.
    shared.keys.mkdir(mode=0o700)
    shutil.copy(embedded.pseudonym_key, shared.pseudonym_key)
    said = _nightly(servers, broker, shared, shared_config)
    return Nights(embedded, shared, shared_config, said)


def _nightly(servers: Servers, broker: str, home: Home, config: Path) -> str:
    with servers.connect() as con:
        con.execute("create database airflow")
    database = (
        f"postgresql+psycopg://mimamori:{POSTGRES_ENTRY}@127.0.0.1:{servers.postgres}/airflow"
    )
    done = subprocess.run(
        [sys.executable, *_NIGHTLY, "--workers", str(_WORKERS)],
        env={
            **SECRETS,
            "PATH": os.environ["PATH"],
            "HOME": str(home.root.parent / "person"),
            "MIMAMORI_HOME": str(home.root),
            "MIMAMORI_CONFIG": str(config),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__CELERY__BROKER_URL": broker,
            "PYTHONUTF8": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(1200)
def test_findings_are_those_of_one_machine(nights: Nights) -> None:
    """`findings.json` of both days, byte for byte."""
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
    own = Home(nights.shared.root)
    outcomes = list(examine(nights.config, own, None, deep=True, clock=system_clock))
    assert {"ledger-sums", "rows", "data-files"} <= {one.check for one in outcomes}
    wrong = [one for one in outcomes if one.status is Status.WRONG]
    assert wrong == []
