"""What a newcomer waits for: `make airflow` until its page answers, `make nightly` on a clone."""

import shutil
import socket
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import httpx

from bench.measure import Environment, Outcome, measured, measured_until
from bench.plan import Entry, Plan, Skipped, checked, require, require_lake
from pipelines.paths import PROJECT_ROOT

_START_SECONDS = 180.0
# Of `make bench` itself, whose make hands them on.
_OWN: Environment = dict.fromkeys(
    ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "PYTHONPATH", "MIMAMORI_HOME",
     "AIRFLOW_HOME", "VIRTUAL_ENV")
)  # fmt: skip
_ADDRESS = b"Airflow: http"


def entries(plan: Plan) -> list[Entry]:
    """Return the rows, the first start of Airflow before the second."""
    return [
        Entry("airflow", "make airflow to its page, a new working folder", 0,
              partial(_first_start, plan)),
        Entry("airflow-again", "make airflow to its page, started before", 0,
              partial(_next_start, plan), ("airflow",)),
        Entry("nightly", "make nightly on a fresh clone, packages in the cache", 0,
              partial(_nightly, plan)),
    ]  # fmt: skip


def _first_start(plan: Plan) -> Outcome:
    return _start(plan.emptied("airflow"))


def _next_start(plan: Plan) -> Outcome:
    return _start(require_lake(plan, "airflow"))


def _start(home: Path) -> Outcome:
    """Until the page answers and the terminal shows its address with the password to log in."""
    if find_spec("airflow") is None:
        raise Skipped("Airflow is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **_OWN,
        "MIMAMORI_HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
    }
    return require(
        measured_until(
            lambda shown: _ADDRESS in shown and _answers(f"http://127.0.0.1:{port}/"),
            ["make", "airflow", f"PORT={port}"],
            PROJECT_ROOT,
            environment,
            seconds=_START_SECONDS,
        ),
        "make airflow",
    )


def _answers(url: str) -> bool:
    try:
        answer = httpx.get(url, follow_redirects=True, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK and "<html" in answer.text.lower()


def _nightly(plan: Plan) -> Outcome:
    """The demo's 35 days, from `git clone` to the report; cloning itself is not measured."""
    if shutil.which("git") is None or not (PROJECT_ROOT / ".git").exists():
        raise Skipped("this is no clone, or there is no git")
    clone = plan.emptied("clone")
    checked(["git", "clone", "--quiet", PROJECT_ROOT, clone])
    # Once unmeasured, so that every package is in the cache.
    require(measured(["make", ".venv/.installed"], clone, _OWN), "make .venv/.installed")
    shutil.rmtree(clone / ".venv")
    outcome = measured(["make", "nightly"], clone, _OWN)
    require(outcome, "make nightly")
    shutil.rmtree(clone)
    return outcome
