"""Runs in a process of its own, so that each test has an Airflow with nothing but its own state.

`airflow_process.py facts OUT ENVIRONMENT ...` writes what the DAG files declare in each of these
environments, `airflow_process.py loads OUT FILE ...` which modules each DAG file imports beside
Airflow, and `airflow_process.py run OUT RUN ...` runs DAGs one after another with Airflow's own
test runner and writes what happened. ENVIRONMENT is variables in JSON, RUN a `Run` in JSON. To
import Airflow takes most of the time of each of these, hence many in one process.
"""

import json
import os
import runpy
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from airflow._shared.timezones.timezone import utcnow
from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.models.hitl import HITLDetail, HITLUser
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import handle_event_submit
from airflow.sdk import DAG, DagRunState
from airflow.sdk.definitions.deadline import DeadlineAlert
from airflow.serialization.decoders import decode_deadline_reference
from airflow.serialization.encoders import encode_deadline_reference
from airflow.serialization.serialized_objects import DagSerialization
from airflow.settings import Session
from airflow.triggers.base import TriggerEvent
from airflow.utils.db import initdb
from airflow.utils.state import TaskInstanceState
from sqlalchemy import select

DAGS = Path(__file__).resolve().parents[2] / "dags"


def main() -> None:
    """Do what the first argument says and write the outcome to the second."""
    command, out, *about = sys.argv[1:]
    if command == "facts":
        outcome: Any = [forked(declared, one) for one in about]
    elif command == "loads":
        outcome = [forked(loaded_by, one) for one in about]
    else:
        bag = DagBag(str(DAGS))
        initdb()
        outcome = [run(bag, **json.loads(one)) for one in about]
    Path(out).write_text(json.dumps(outcome, default=str), encoding="utf-8")


def forked(work: Callable[[str], Any], about: str) -> Any:
    """Return what `work` gives in a process that has imported Airflow and nothing of ours."""
    reads, writes = os.pipe()
    if os.fork() == 0:
        with open(writes, "w", encoding="utf-8") as answer:  # noqa: PTH123 - a file descriptor
            json.dump(work(about), answer, default=str)
        os._exit(0)
    os.close(writes)
    with open(reads, encoding="utf-8") as answer:  # noqa: PTH123
        outcome = json.load(answer)
    os.wait()
    return outcome


def loaded_by(path: str) -> list[str]:
    """Return the modules that a DAG file imports beside Airflow."""
    before = set(sys.modules)
    runpy.run_path(path)
    return sorted(set(sys.modules) - before)


def declared(environment: str) -> dict[str, Any]:
    """Return what Airflow sees in the DAG files with these variables, in JSON."""
    os.environ.update(json.loads(environment))
    bag = DagBag(str(DAGS))
    return {"errors": bag.import_errors, "dags": {i: facts(d) for i, d in bag.dags.items()}}


def facts(dag: DAG) -> dict[str, Any]:
    """Return what a DAG declares."""
    return {
        "schedule": repr(dag.timetable),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "file": dag.fileloc,
        "params": sorted(dag.params),
        "deadlines": [one.name for one in deadlines_of(dag)],
        "tells_failure": dag.has_on_failure_callback,
        "handed_on": len(msgspec.msgpack.encode(DagSerialization.to_dict(dag))),
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "backoff": task.retry_exponential_backoff,
                "owner": task.owner,
                "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                "mapped": task.is_mapped,
                "outlets": [asset.name for asset in task.outlets],
                "upstream": sorted(task.upstream_task_ids),
                "trigger": str(task.trigger_rule.value),
            }
            for task in dag.tasks
        },
    }


def deadlines_of(dag: DAG) -> list[DeadlineAlert]:
    """Return the alerts of a DAG, which Airflow keeps as a list."""
    assert isinstance(dag.deadline, list | None)
    return dag.deadline or []


def due_by(alert: DeadlineAlert, run: Any, session: Any) -> Any:
    """Return when a run is due by an alert, read back as the scheduler does."""
    reference = decode_deadline_reference(encode_deadline_reference(alert.reference))
    return reference.evaluate_with(
        session=session, interval=alert.interval, dag_id=run.dag_id, run_id=run.run_id
    )


def approve(approver: str) -> None:
    """Approve the next thing that a run asks, as Airflow does when its page is answered."""
    assert Session is not None, "initdb opened no session"
    for _ in range(600):
        with Session() as session:
            waits = TaskInstance.state == TaskInstanceState.AWAITING_INPUT
            asking = session.scalar(select(TaskInstance).where(waits))
            if asking is not None:
                detail = session.get(HITLDetail, asking.id)
                assert detail is not None
                detail.responded_by = HITLUser(id=approver, name=approver)
                detail.responded_at = utcnow()
                detail.chosen_options, detail.params_input = ["Approve"], {}
                event = TriggerEvent(detail.as_resume_event_payload())
                handle_event_submit(event, task_instance=asking, session=session)
                session.commit()
                return
        time.sleep(0.1)


def run(
    bag: DagBag,
    dag: str,
    conf: dict[str, Any],
    environment: dict[str, str],
    approver: str | None = None,
) -> dict[str, Any]:
    """Run a DAG and return how it went."""
    os.environ.update(environment)
    if approver is not None:
        threading.Thread(target=approve, args=[approver], daemon=True).start()
    # Airflow's test runner takes the alerts of a DAG for their ids in its database, and fails.
    deadlines = deadlines_of(bag.dags[dag])
    bag.dags[dag].deadline = None
    done = bag.dags[dag].test(run_conf=conf)
    assert Session is not None, "initdb opened no session"
    with Session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == done.run_id))
        found = list(events)
        assets = sorted([event.name, event.partition_key] for event in found)
        extra = {event.name: dict(event.extra) for event in found}
        due = [due_by(alert, done, session) for alert in deadlines]
    tasks = done.get_task_instances()
    return {
        "succeeded": done.state == DagRunState.SUCCESS,
        "tasks": [
            {"id": ti.task_id, "state": ti.state, "map_index": ti.map_index, "tries": ti.try_number}
            for ti in tasks
        ],
        "results": {
            ti.task_id: ti.xcom_pull(task_ids=ti.task_id) for ti in tasks if ti.map_index < 0
        },
        "due": due,
        "run_after": done.run_after,
        "assets": assets,
        "extra": extra,
    }


if __name__ == "__main__":
    main()
