"""Airflow's services, all forked from this process, which has imported for them what they share.

`local_airflow` starts it in Airflow's folder and stops it. Services that start one by one need 26 s
of CPU time until all answer, since each imports Airflow for itself; forked from here, 12 s. Tasks,
which Airflow forks from its scheduler, find the stages imported. When a service ends by itself the
others are stopped, and standard error tells which it was, with the end of its log.
"""

import ctypes
import gc
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import psutil

from pipelines.private_files import keep_private

_ALL_NEED = (
    "airflow.__main__",
    "airflow.cli.commands.dag_processor_command",
    "airflow.cli.commands.db_command",
    "airflow.cli.commands.scheduler_command",
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.task_runner",
)
_API_SERVER_NEEDS = (
    "airflow.api_fastapi.app",
    "airflow.api_fastapi.core_api.routes.public",
    "airflow.api_fastapi.core_api.routes.ui",
    "airflow.api_fastapi.execution_api.versions",
    "airflow.cli.commands.api_server_command",
)
# No module that reads the settings at its top: a task has them as they are when it begins.
_TASKS_NEED = (
    "holidays.countries",
    "pandas",  # DuckDB looks for its missing values
    "pipelines.ingest.run",
    "pipelines.night.detection",
    "pipelines.night.evidence",
    "pipelines.night.stages",
    "pipelines.report.build",
    "pipelines.retention.run",
)
_API_SERVER = "api-server"
_DATABASE = Path("airflow.db")
_OBJECTS_MADE = 100_000  # until garbage is looked for: starting leaves little, and costs 3 s less
_LOG_LINES = 30
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main(services: Sequence[str]) -> NoReturn:
    """Run the services until one of them ends or SIGTERM comes."""
    keep_private()
    gc.disable()  # what modules make when they are imported stays
    _import(_ALL_NEED)
    from airflow.configuration import write_default_airflow_configuration_if_needed  # noqa: PLC0415

    write_default_airflow_configuration_if_needed()  # with the keys that all services share
    running: dict[int, str] = {}
    signal.signal(signal.SIGTERM, _leave)
    code = 1
    try:
        run(services, running)
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop(running)
        _tidy_database()
        sys.stderr.flush()
        os._exit(code)  # taking all that is imported apart would take seconds


def run(services: Sequence[str], running: dict[int, str]) -> None:
    """Start the services, recorded in `running` by process id, and return when one has ended.

    The API server, which imports most, does so while the database is made.
    """
    reads, writes = os.pipe()
    if _API_SERVER in services:
        running[_forked(_API_SERVER, reads)] = _API_SERVER
    state = _state_of_database()
    migrated = Path("migrated")
    # What is up to date is known without asking Airflow, which takes seconds.
    if not (_DATABASE.exists() and migrated.exists() and migrated.read_text() == state):
        process = _forked("db migrate")
        running[process] = "db migrate"
        _, status = os.waitpid(process, 0)
        del running[process]
        if status:
            _tell("db migrate", status)
            return
        migrated.write_text(state)
    os.write(writes, b"\n")
    _import(_TASKS_NEED)
    for service in services:
        if service != _API_SERVER:
            running[_forked(service)] = service
    process, status = os.wait()
    _tell(running.pop(process), status)
    _end_session(process)


def stop(running: dict[int, str]) -> None:
    """End the services and return when they have ended."""
    for process in running:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
    for process in running:
        with suppress(ChildProcessError):
            os.waitpid(process, 0)
        _end_session(process)


def log_of(command: str) -> Path:
    """Return where a service, or what is done before them, writes its log, in Airflow's folder."""
    return Path(f"{command.replace(' ', '-')}.log")


def _forked(command: str, starts_on: int | None = None) -> int:
    """Run a command of Airflow in a process of its own; return its id.

    `starts_on` is read first: it imports what it needs, and waits.
    """
    gc.freeze()  # no collector writes to the pages that processes share
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        _become(command)
        if starts_on is not None:
            _import(_API_SERVER_NEEDS)
            gc.freeze()
            os.read(starts_on, 1)
        gc.set_threshold(_OBJECTS_MADE)
        gc.enable()
        code = _airflow(command)
    except BaseException:
        logging.getLogger(__name__).exception("%s", command)
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_session(leader: int) -> None:
    """End what a service has left behind: workers of a scheduler that was killed wait for ever."""
    for process in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(process) == leader:
                os.kill(process, signal.SIGKILL)


def _become(command: str) -> None:
    """Make this process one that ends with its parent and has a log of its own."""
    os.setsid()  # by which what it starts is known
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    log = os.open(log_of(command), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _airflow(command: str) -> int:
    """Do a command of Airflow; return its exit code."""
    from airflow.__main__ import main as airflow  # noqa: PLC0415
    from setproctitle import setproctitle  # noqa: PLC0415

    setproctitle(f"airflow {command}")
    sys.argv = ["airflow", *_arguments(command)]
    if command in {"scheduler", "triggerer"}:
        sys.argv.append("--skip-serve-logs")  # a port open to the network; logs are files here
    try:
        airflow()  # type: ignore[no-untyped-call]
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _arguments(command: str) -> list[str]:
    """Return the words of a command; a Celery worker, `worker-N`, has one task at a time."""
    if not command.startswith("worker-"):
        return command.split()
    name = ["--celery-hostname", f"{command}@localhost"]
    return ["celery", "worker", "--concurrency", "1", *name, "--skip-serve-logs"]


def _state_of_database() -> str:
    """Return what has to be the same for a database to be up to date."""
    database = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", _DATABASE.name)
    return f"{version('apache-airflow')} {database}"


def _import(names: Sequence[str]) -> None:
    for name in names:
        import_module(name)


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _tidy_database() -> None:
    """Have SQLite bring what it wrote ahead into the one file, as its last user does."""
    if _DATABASE.exists():
        # A damaged one is Airflow's to tell of.
        with suppress(sqlite3.Error), closing(sqlite3.connect(_DATABASE)) as con:
            con.execute("pragma wal_checkpoint(truncate)")


def _tell(command: str, status: int) -> None:
    """Say that a command has ended, and how its log ends."""
    code = os.waitstatus_to_exitcode(status)
    lines = log_of(command).read_text(encoding="utf-8", errors="replace").splitlines()
    print(
        f"'airflow {command}' ended by itself (code {code}):", *lines[-_LOG_LINES:], sep="\n",
        file=sys.stderr,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
