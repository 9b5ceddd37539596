"""What `make nightly` asks of Airflow's REST API, in a person's words: trigger, wait, why failed.

The API is used instead of the `airflow` command because each call of the command takes seconds.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from pipelines.errors import MimamoriError

UNFINISHED = ("queued", "running")

_TIMEOUT_SECONDS = 30.0
_TIMES = 4  # what only reads may be asked again: a busy machine lets an answer wait for minutes


@dataclass(frozen=True)
class Run:
    """A run of a DAG."""

    dag_id: str
    run_id: str
    state: str
    started: bool

    @property
    def finished(self) -> bool:
        """Nothing of it will run any more."""
        return self.state not in UNFINISHED


@dataclass(frozen=True)
class Task:
    """A task of a run, one of many where it is mapped (`map_index` -1 where it is not)."""

    task_id: str
    map_index: int
    state: str | None
    try_number: int


class AirflowApi:
    """A client of one Airflow, logged in."""

    def __init__(self, url: str, user: str, password: str) -> None:
        """Log in at `url`.

        Raises:
            MimamoriError: Airflow does not answer, or not as expected.
        """
        # trust_env: a proxy of the environment has no business with an address on this machine
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        token = self._call("POST", "/auth/token", {"username": user, "password": password})
        self._client.headers["Authorization"] = f"Bearer {token['access_token']}"

    @staticmethod
    def healthy(url: str) -> bool:
        """Tell whether an Airflow at `url` answers, its scheduler and DAG processor alive."""
        try:
            answer = httpx.get(f"{url}/api/v2/monitor/health", trust_env=False)
        except httpx.TransportError:
            return False
        if answer.status_code != httpx.codes.OK:
            return False
        parts = answer.json()
        return all(
            (parts.get(name) or {}).get("status") == "healthy"
            for name in ("metadatabase", "scheduler", "dag_processor")
        )

    @staticmethod
    def prepare_for_tasks(url: str) -> None:
        """Have Airflow prepare what tasks speak to, which it else does at a task's first call."""
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/execution/health", trust_env=False, timeout=60)

    def set_pool(self, name: str, slots: int) -> None:
        """Make the pool, or set its size."""
        body = {"name": name, "slots": slots, "description": "", "include_deferred": False}
        answer = self._send("POST", "/api/v2/pools", body)
        if answer.status_code == httpx.codes.CONFLICT:
            self._call("PATCH", f"/api/v2/pools/{name}", body)
        else:
            _checked(answer)

    def knows(self, dag_id: str) -> bool:
        """Tell whether Airflow has read the DAG and may run it."""
        answer = self._send("GET", f"/api/v2/dags/{dag_id}")
        return answer.status_code == httpx.codes.OK and not answer.json()["is_stale"]

    def import_errors(self) -> list[str]:
        """Return why DAG files could not be read, a text for each."""
        found = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in found]

    def trigger(
        self, dag_id: str, day: dt.date, parameters: Mapping[str, Any] | None = None
    ) -> Run:
        """Start a run about `day`, with some of the DAG's parameters as given."""
        body = {
            "logical_date": None,
            "partition_key": day.isoformat(),
            "conf": dict(parameters or {}),
        }
        return _run(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body))

    def refreshed(self, run: Run) -> Run:
        """Return the run as it is now."""
        return _run(self._call("GET", _path(run)))

    def runs(self, dag_id: str) -> list[Run]:
        """Return the latest runs of the DAG, newest first."""
        found = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?order_by=-run_after&limit=50")
        return [_run(run) for run in found["dag_runs"]]

    def sources(self, run: Run) -> set[tuple[str, str]]:
        """Return the (DAG id, run id) pairs whose asset events started the run.

        None of a run that has not started: there Airflow 3.3.2 answers 500.
        """
        if not run.started:
            return set()
        found = self._call("GET", f"{_path(run)}/upstreamAssetEvents")["asset_events"]
        return {(event["source_dag_id"], event["source_run_id"]) for event in found}

    def fail(self, run: Run) -> None:
        """End a run: its tasks are stopped and marked as failed."""
        self._call("PATCH", _path(run), {"state": "failed"})

    def tasks(self, run: Run) -> list[Task]:
        """Return the tasks of the run."""
        found = self._call("GET", f"{_path(run)}/taskInstances")["task_instances"]
        return [
            Task(task["task_id"], task["map_index"], task["state"], task["try_number"])
            for task in found
        ]

    def result(self, run: Run, task_id: str) -> Any:
        """Return what the task returned; None when it has returned nothing."""
        answer = self._send(
            "GET", f"{_path(run)}/taskInstances/{task_id}/xcomEntries/return_value?stringify=false"
        )
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return _checked(answer)["value"]

    def log(self, run: Run, task: Task) -> list[str]:
        """Return the log of the task's last try, line by line."""
        entries = self._call(
            "GET",
            f"{_path(run)}/taskInstances/{task.task_id}/logs/{task.try_number}"
            f"?map_index={task.map_index}&full_content=true",
        )["content"]
        return list(_log_lines(entries))

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        left = _TIMES if method == "GET" else 1
        while True:
            left -= 1
            try:
                return self._client.request(method, path, json=body)
            except httpx.TransportError as error:
                if left and isinstance(error, httpx.TimeoutException):
                    continue
                raise MimamoriError(
                    f"Airflow at {self._client.base_url} does not answer: {error}"
                ) from None

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return _checked(self._send(method, path, body))


def _checked(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise MimamoriError(
            f"Airflow refused {answer.request.method} {answer.request.url.path}: "
            f"{answer.status_code} {answer.text}"
        )
    return answer.json()


def _path(run: Run) -> str:
    return f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}"


def _run(found: Mapping[str, Any]) -> Run:
    return Run(
        found["dag_id"], found["dag_run_id"], found["state"], found["start_date"] is not None
    )


def _log_lines(entries: Iterable[Any]) -> Iterable[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
            continue
        if not entry["event"].startswith("::"):  # marks of the web page's folding
            yield f"{entry.get('timestamp') or '':<29}{entry['event']}"
        for error in entry.get("error_detail") or ():
            yield f"    {error['exc_type']}: {error['exc_value']}"
