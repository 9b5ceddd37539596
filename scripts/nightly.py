"""`make nightly`: one night's run through Airflow itself, from the landing folder to the report.

The ingest DAGs are triggered, as the clock would at 02:00; `nightly_report` is started by
their assets, as every night. Why a short-lived Airflow and not its test runner:
docs/decisions/0003-nightly-through-airflow.md.
"""

import argparse
import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

from airflow_api import AirflowApi, Run, Task
from local_airflow import LocalAirflow, running

from pipelines.airflow.deployment import REPORT_DAG, home, ingest_dag, ingest_names, settings
from pipelines.errors import MimamoriError
from pipelines.ingest.discover import known_sites
from pipelines.lake.keys import is_there
from pipelines.paths import Home
from pipelines.text.messages import message

_RETRY_SECONDS = 5  # somebody is waiting at the terminal
_POLL_SECONDS = 0.5
_POLLS_OF_TASKS = 8  # Airflow needs 0.1 s to tell of the tasks of a run, 0.02 s to tell of the run
_PARSE_SECONDS = 120
_REPORT_SECONDS = 60
_LOG_LINES = 40


def main() -> int:
    """Run the night and return the exit code."""
    parser = argparse.ArgumentParser(prog="make nightly", description=__doc__)
    parser.add_argument("--date", type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="Celery workers")
    asked = parser.parse_args()
    asked_day: dt.date | None = asked.date
    workers: int = asked.workers
    try:
        zone = settings().zone
        day = asked_day or dt.datetime.now(zone).date() - dt.timedelta(days=1)
        with (
            demo_logs(home(), asked_day) as logs_are_there,
            preparing_airflow(day, workers) as airflow,
        ):
            logs_are_there()
            counts = run_night(airflow, day, workers)
            airflow.end_idle_workers()
    except MimamoriError as error:
        print(f"make nightly: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(message("scripts.nightly.interrupted", at="make nightly"), file=sys.stderr)
        return 130
    return print_outcome(home(), day, counts)


@contextmanager
def demo_logs(home: Home, end: dt.date | None) -> Iterator[Callable[[], None]]:
    """Write the demo's logs, beside what is done inside, where there are neither logs nor a lake.

    Yields what waits until they are there.
    """
    with ExitStack() as stack:
        if home.logs.is_dir() and any(home.logs.iterdir()):
            yield lambda: None
        elif is_there(home):
            home.logs.mkdir(parents=True, exist_ok=True)
            print_progress(message("scripts.nightly.empty_with_lake", logs=home.logs))
            yield lambda: None
        else:
            print_progress(message("scripts.nightly.writing_demo", logs=home.logs))
            command = command_of("demo", *([] if end is None else ["--end", end.isoformat()]))
            process = stack.enter_context(subprocess.Popen(command))
            stack.callback(process.terminate)  # in vain where it has ended
            yield lambda: require_done(command, process.wait())


@contextmanager
def preparing_airflow(day: dt.date, workers: int) -> Iterator[LocalAirflow]:
    """Yield an Airflow for a night about `day`, and say which."""
    print_progress(message("scripts.nightly.preparing", day=day))
    with running(retry_seconds=_RETRY_SECONDS, scheduled=False, workers=workers) as airflow:
        whose = "" if airflow.started_here else f" ({message('scripts.nightly.running_already')})"
        print_progress(f"Airflow: {airflow.url}{whose}")
        # While the demo's logs are written; whoever did not wait for it, the first task does.
        threading.Thread(
            target=AirflowApi.prepare_for_tasks, args=(airflow.url,), daemon=True
        ).start()
        yield airflow


def run_night(airflow: LocalAirflow, day: dt.date, workers: int = 0) -> dict[str, int]:
    """Run the night's DAGs for `day` and return what was read, summed over the ingest DAGs.

    Each of several workers has a part of the sites.

    Raises:
        MimamoriError: a DAG failed; the message holds the log of each task that did.
    """
    api = airflow.api()
    ingest_dags = tuple(map(ingest_dag, ingest_names()))
    dags = (*ingest_dags, REPORT_DAG)
    wait_for_dags(airflow, api, dags)
    if airflow.started_here:
        end_leftovers(api, dags)
    ingests = [api.trigger(dag_id, day, shared_by(workers)) for dag_id in ingest_dags]
    try:
        wait_for(airflow, api, ingests)
        report = asset_triggered_report(airflow, api, ingests) or api.trigger(REPORT_DAG, day)
        wait_for(airflow, api, [report])
    except BaseException:
        if airflow.started_here:
            end_leftovers(api, dags)
        raise
    return totals(api, ingests)


def shared_by(workers: int) -> dict[str, int]:
    """Return the parameters by which an ingest has a task for each of so many workers."""
    if not workers:
        return {}
    sites = sum(1 for _ in known_sites(settings(), home().logs))
    return {"sites_per_batch": max(1, -(-sites // workers))}


def wait_for_dags(airflow: LocalAirflow, api: AirflowApi, dags: Iterable[str]) -> None:
    """Return when Airflow has read the DAGs."""
    deadline = time.monotonic() + _PARSE_SECONDS
    while not all(map(api.knows, dags)):
        airflow.require_alive()
        if errors := api.import_errors():
            raise MimamoriError("Airflow cannot read the DAGs:\n" + "\n".join(errors))
        if time.monotonic() > deadline:
            raise MimamoriError(f"Airflow had not read the DAGs after {_PARSE_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def end_leftovers(api: AirflowApi, dags: Iterable[str]) -> None:
    """End the runs that a killed Airflow left unfinished: nobody works on them any more."""
    for dag_id in dags:
        for run in api.runs(dag_id):
            if not run.finished:
                api.fail(run)


def wait_for(airflow: LocalAirflow, api: AirflowApi, runs: list[Run]) -> None:
    """Return when all `runs` have succeeded; print each task as it ends.

    Raises:
        MimamoriError: one of them failed.
    """
    started, shown = time.monotonic(), set()
    for poll in count():
        before, runs = runs, [api.refreshed(run) for run in runs]
        for former, run in zip(before, runs, strict=True):
            has_ended = run.finished and not former.finished
            if not has_ended and (run.finished or poll % _POLLS_OF_TASKS):
                continue
            for task in api.tasks(run):
                key = (run.dag_id, task.task_id, task.map_index, task.try_number, task.state)
                if key not in shown and task.state in ("success", "failed", "up_for_retry"):
                    shown.add(key)
                    print_progress(f"{run.dag_id:<15}{label(task):<15}{task.state}", since=started)
        if all(run.finished for run in runs):
            break
        airflow.require_alive()
        time.sleep(_POLL_SECONDS)
    if failed := [run for run in runs if run.state != "success"]:
        raise MimamoriError("\n".join(reason(api, run) for run in failed))


def asset_triggered_report(
    airflow: LocalAirflow, api: AirflowApi, ingests: list[Run]
) -> Run | None:
    """Return the report's run that the assets of `ingests` started.

    None when there is none after a while: it was one that had been waiting for only some of
    them, left by a night that was broken off.
    """
    wanted = {(run.dag_id, run.run_id) for run in ingests}
    deadline = time.monotonic() + _REPORT_SECONDS
    while time.monotonic() < deadline:
        for run in api.runs(REPORT_DAG):
            if wanted <= api.sources(run):
                return run
        airflow.require_alive()
        time.sleep(_POLL_SECONDS)
    return None


def reason(api: AirflowApi, run: Run) -> str:
    """Return why a run failed: the end of the log of each task that did."""
    parts = [f"DAG {run.dag_id} failed"]
    for task in api.tasks(run):
        if task.state == "failed":
            parts.append(f"--- {run.dag_id} {label(task)} (log, {task.try_number}) ---")
            parts += api.log(run, task)[-_LOG_LINES:]
    return "\n".join(parts)


def totals(api: AirflowApi, ingests: list[Run]) -> dict[str, int]:
    """Return the counts of lines read, summed over the runs."""
    found = [api.result(run, "announce") for run in ingests]
    return {name: sum(counts[name] for counts in found) for name in found[0]}


def print_outcome(home: Home, day: dt.date, counts: dict[str, int]) -> int:
    """Print what was read, the day's findings and the report's path; return the exit code."""
    print()
    if counts["lines"]:
        print(
            message(
                "scripts.nightly.new_lines",
                lines=counts["lines"],
                files=counts["files"],
                rejects=counts["rejects"],
            )
        )
    else:
        print(message("scripts.nightly.nothing_new"))
    if counts["failures"]:
        print(message("scripts.nightly.unreadable", failures=counts["failures"]))
    print(flush=True)
    mimamori("findings", "list", "--date", day.isoformat())
    page = home.reports / day.isoformat() / "index.html"
    if not page.is_file():
        print(f"make nightly: {page} was not written", file=sys.stderr)
        return 1
    print(f"\n{message('scripts.nightly.report', page=page.absolute())}")
    return 0


def mimamori(*arguments: str) -> None:
    """Run the command `mimamori` as a person would, its output going to the terminal."""
    command = command_of(*arguments)
    require_done(command, subprocess.run(command, check=False).returncode)


def command_of(*arguments: str) -> list[str]:
    """Return how the command `mimamori` is run with some arguments."""
    return [sys.executable, "-m", "pipelines", *arguments]


def require_done(command: list[str], code: int) -> None:
    """Raise MimamoriError unless a command has ended well."""
    if code:
        raise MimamoriError(f"'mimamori {' '.join(command[3:])}' ended with {code}")


def label(task: Task) -> str:
    """Return a task's name, with its number where it is one of many."""
    return task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]"


def print_progress(text: str, since: float | None = None) -> None:
    """Print a line of progress at once, with the seconds since `since`."""
    clock = "" if since is None else f"{time.monotonic() - since:6.1f} s  "
    print(f"{clock}{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
