"""A whole Airflow on this machine, for as long as a `with` block lasts.

Everything it writes lies below `airflow/` of the working folder, and it listens on 127.0.0.1 only.
`make nightly` uses it for one night's run, `make airflow` until it is interrupted. Scheduler,
DAG processor and API server are three processes of their own, forked from one that is started here
(`airflow_services`) and stopped by its process id on every way out; a lock keeps two schedulers
from sharing one SQLite database.
With Celery workers, which are services too, the database and the broker are servers that the
environment names.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

import psutil
from airflow_api import AirflowApi

from pipelines.airflow.deployment import LAKE_WRITER, home, settings_path
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import DAGS_DIR
from pipelines.private_files import keep_private
from pipelines.text.messages import message

SERVICES = ("api-server", "dag-processor", "scheduler")
_WORKER = "worker"  # and its number: a service of Celery
_EXECUTOR_WORKER = "LocalExecutor"  # in the titles of their processes
USER = "admin"

_ONE_NIGHT = {
    "MIMAMORI_SCHEDULE": "off",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",  # files of DAGs stay as they are
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",  # somebody waits for the next task
}
_BROKER = "AIRFLOW__CELERY__BROKER_URL"
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_DATABASE_ASYNC = f"{_DATABASE}_ASYNC"
_RESULTS = "AIRFLOW__CELERY__RESULT_BACKEND"
_TASKS_AT_ONCE = 4
_PR_SET_PDEATHSIG = 1  # prctl(2)
_START_SECONDS = 120
_STOP_SECONDS = 10
_LOG_LINES = 31  # what has ended, and how its own log ends
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class LocalAirflow:
    """An Airflow that answers: its address, its folder, and its services when started here."""

    url: str
    folder: Path
    services: subprocess.Popen[bytes] | None

    @property
    def started_here(self) -> bool:
        """This process started it, and stops it."""
        return self.services is not None

    def api(self) -> AirflowApi:
        """Return a client that is logged in with the generated password."""
        return AirflowApi(self.url, USER, self.password())

    def require_alive(self) -> None:
        """Raise MimamoriError, with the end of its log, when a service has ended by itself."""
        if self.services is not None and self.services.poll() is not None:
            log = _log(self.folder).read_text(encoding="utf-8", errors="replace")
            raise MimamoriError("\n".join(log.splitlines()[-_LOG_LINES:]))

    def end_idle_workers(self) -> None:
        """End the workers of the scheduler's own executor that have no task any more.

        Some wait 5 s for a task that has ended, and the scheduler, when it is stopped, for them.
        """
        if self.services is None:
            return
        for process in _with_descendants(self.services.pid):
            with suppress(psutil.Error):
                is_worker = _EXECUTOR_WORKER in " ".join(process.cmdline())
                if is_worker and not any(map(_alive, process.children())):
                    process.kill()

    @property
    def password_file(self) -> Path:
        """Where Airflow keeps the generated password."""
        return self.folder / "simple_auth_manager_passwords.json.generated"

    def password(self) -> str:
        """Return the password of the user `admin`, generated at the first start."""
        return str(json.loads(self.password_file.read_text(encoding="utf-8"))[USER])


@contextmanager
def running(
    *,
    port: int = 0,
    services: Sequence[str] = SERVICES,
    retry_seconds: int = 300,
    scheduled: bool = True,
    workers: int = 0,
) -> Iterator[LocalAirflow]:
    """Yield an Airflow with this project's DAGs: the one that is running already, or a new one.

    `port` 0 takes any free port. `retry_seconds` is the delay before a failed task is tried again.
    Not `scheduled`, the clock starts no run, neither now nor for the night that has just passed.
    With `workers` so many Celery workers run the tasks, each one at a time, not the scheduler.

    Raises:
        MimamoriError: a service ended by itself or did not answer in time; its log is shown.
        UsageError: the port is taken by another program, or workers have no broker or database.
    """
    keep_private()
    folder = home().airflow.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        lock = stack.enter_context((folder / "running.lock").open("a+", encoding="utf-8"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield _already_running(lock, folder)
            return
        port = _bindable(port)
        url = f"http://127.0.0.1:{port}"
        environment = {**os.environ, **_environment(folder, port, retry_seconds)}
        if not scheduled:
            environment |= _ONE_NIGHT
        if workers:
            environment |= _celery(workers)
            services = (*services, *(f"{_WORKER}-{number + 1}" for number in range(workers)))
        stack.enter_context(_stopped_by_signals())
        process = _start(services, folder, environment, lock)
        stack.callback(_stop, process)
        airflow = LocalAirflow(url, folder, process)
        _wait_until_ready(airflow)
        airflow.api().set_pool(LAKE_WRITER, slots=1)
        lock.truncate(0)
        lock.write(url)
        lock.flush()
        yield airflow


def _environment(folder: Path, port: int, retry_seconds: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        "MIMAMORI_HOME": str(folder.parent),
        "MIMAMORI_CONFIG": str(settings_path().absolute()),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS_DIR),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": str(_TASKS_AT_ONCE),
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": str(retry_seconds),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        # Airflow gives the logs of tasks modes of its own, whatever the umask.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
    }


def _celery(workers: int) -> dict[str, str]:
    for name in (_BROKER, _DATABASE):
        if not os.environ.get(name):
            raise UsageError(message("scripts.local_airflow.not_set", at=name))
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        # psycopg serves both; else Airflow looks for another driver, of which it needs no more.
        _DATABASE_ASYNC: os.environ.get(_DATABASE_ASYNC) or os.environ[_DATABASE],
        _RESULTS: os.environ.get(_RESULTS) or os.environ[_BROKER],
        "AIRFLOW__CORE__PARALLELISM": str(max(workers, _TASKS_AT_ONCE)),
    }


def _start(
    services: Sequence[str], folder: Path, environment: Mapping[str, str], lock: IO[str]
) -> subprocess.Popen[bytes]:
    with _log(folder).open("wb") as output:
        return subprocess.Popen(
            [sys.executable, Path(__file__).with_name("airflow_services.py"), *services],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - this program has no threads
            start_new_session=True,  # Ctrl-C reaches this process only, which stops it in order
            pass_fds=(lock.fileno(),),  # the lock is held for as long as any of them lives
        )


def _die_with_parent() -> None:
    """Have Linux end this process when the one that started it is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_ready(airflow: LocalAirflow) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not (airflow.password_file.exists() and AirflowApi.healthy(airflow.url)):
        airflow.require_alive()
        if time.monotonic() > deadline:
            raise MimamoriError(
                f"Airflow did not answer within {_START_SECONDS} s; see {airflow.folder}/*.log"
            )
        time.sleep(_POLL_SECONDS)


def _stop(services: subprocess.Popen[bytes]) -> None:
    """End the services and whatever they have started, gently first."""
    family = _with_descendants(services.pid) if services.poll() is None else []
    services.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    while any(map(_alive, family)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        services.poll()
    for member in filter(_alive, family):
        with suppress(psutil.NoSuchProcess):
            member.kill()
    services.wait()


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)  # where nobody reaps orphans
    except psutil.NoSuchProcess:
        return False


def _with_descendants(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Leave in order on Ctrl-C, also where a shell had it ignored, and on a supervisor's stop."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = {name: signal.signal(name, leave) for name in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _already_running(lock: IO[str], folder: Path) -> LocalAirflow:
    lock.seek(0)
    url = lock.read().strip()
    if not url or not AirflowApi.healthy(url):
        raise MimamoriError(
            f"{folder}: another Airflow is starting or stopping there; try again in a minute"
        )
    return LocalAirflow(url, folder, None)


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UsageError(
                f"port {port} is taken by another program; choose one: make airflow PORT=8081"
            ) from None
        return int(probe.getsockname()[1])


def _log(folder: Path) -> Path:
    """What the services have to say of themselves; each has a log of its own beside it."""
    return folder / "services.log"
