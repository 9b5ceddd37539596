"""`make nightly` as a person runs it: a real scheduler, a report started by assets, exit codes."""

import fcntl
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.doctor.outcome import Status
from pipelines.doctor.permissions import check_permissions
from pipelines.paths import PROJECT_ROOT, Home
from tests.dags.dag_deployment import Deployment, access_line
from tests.keyring.key_forms import told_to_airflow

pytestmark = pytest.mark.airflow

DAY = "2026-11-20"


def make_nightly(deployment: Deployment) -> subprocess.CompletedProcess[str]:
    """Run the script behind `make nightly` with nothing in the environment but what it needs."""
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "scripts" / "nightly.py"), "--date", DAY],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(deployment.root / "person"),
            "MIMAMORI_HOME": str(deployment.home),
            "MIMAMORI_CONFIG": str(deployment.config),
            "PYTHONUTF8": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def nothing_runs_any_more(deployment: Deployment) -> bool:
    """Each service holds the lock for as long as it lives."""
    with (deployment.home / "airflow" / "running.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture(scope="module")
def deployment(deployments: Callable[..., Deployment]) -> Deployment:
    """One main site and one shop, each with a morning of requests."""
    made = deployments()
    for folder in ("portal", "benry/001"):
        lines = [
            access_line(f"20/Nov/2026:{hour:02}:15:00 +0900", f"/customers/{hour}", "st-101")
            for hour in range(9, 12)
        ]
        made.land(folder, "access.log", lines)
    return made


@pytest.fixture(scope="module")
def night(deployment: Deployment) -> subprocess.CompletedProcess[str]:
    """A night that goes well."""
    return make_nightly(deployment)


def test_it_ends_with_lines_read_and_the_report(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """Exit code 0, the number of new lines, and a path at which the report lies."""
    assert night.returncode == 0, night.stdout + night.stderr
    assert "new lines: 6 (2 files, 0 rejected)" in night.stdout
    page = Path(night.stdout.splitlines()[-1].rpartition(": ")[2])
    assert page == deployment.home / "reports" / DAY / "index.html"
    assert page.is_file()


def test_the_report_was_started_by_the_assets(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """The two ingest DAGs were triggered for the day; Airflow itself started the third."""
    del night
    with sqlite3.connect(deployment.home / "airflow" / "airflow.db") as con:
        runs = con.execute(
            "select dag_id, run_type, partition_key, state from dag_run order by dag_id"
        ).fetchall()
    con.close()
    assert runs == [
        ("ingest_benry", "manual", DAY, "success"),
        ("ingest_main", "manual", DAY, "success"),
        ("nightly_report", "asset_triggered", DAY, "success"),
    ]


def test_it_leaves_no_process_and_nothing_in_the_home_folder(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """Everything that Airflow wrote lies below the working folder."""
    del night
    assert nothing_runs_any_more(deployment)
    assert not (deployment.root / "person").exists()


def test_what_the_night_wrote_is_for_its_owner_alone(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """Database, password, logs of services and tasks, lake, keys and reports."""
    del night
    (outcome, *_) = check_permissions(Home(deployment.home))
    assert outcome.status is Status.OK, outcome.message


def test_airflow_is_told_no_key(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """Neither its database nor the logs of services and tasks hold one."""
    assert told_to_airflow(Home(deployment.home), night.stdout) == []


@pytest.mark.full
def test_a_failed_dag_is_a_failed_night(
    deployment: Deployment, night: subprocess.CompletedProcess[str]
) -> None:
    """Exit code 1, the log of the task that failed, and still no process left."""
    del night
    (deployment.home / "keys" / "catalog.sqlite").write_text("not a database", encoding="utf-8")
    failed = make_nightly(deployment)
    assert failed.returncode == 1
    assert "DAG ingest_main failed" in failed.stderr
    assert "--- ingest_main ingest[0] (log, 3) ---" in failed.stderr
    assert "not a database" in failed.stderr
    assert nothing_runs_any_more(deployment)


def test_wrong_settings_are_said_before_anything_starts(
    deployments: Callable[..., Deployment],
) -> None:
    """Exit code 2, the line of the mistake, and no Airflow."""
    wrong = deployments("sites: 1\n")
    refused = make_nightly(wrong)
    assert refused.returncode == 2
    assert f"{wrong.config}:1: sites" in refused.stderr
    assert not (wrong.home / "airflow").exists()
