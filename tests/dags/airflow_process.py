"""Runs in a process of its own, so that each test has an Airflow with nothing but its own state.

`airflow_process.py facts OUT` writes what the DAG files declare, `airflow_process.py run OUT
DAG:CONF ...` runs DAGs one after another with Airflow's own test runner and writes what happened.
"""

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.models.asset import AssetEvent
from airflow.sdk import DAG, DagRunState
from airflow.settings import Session
from airflow.utils.db import initdb
from sqlalchemy import select

DAGS = Path(__file__).resolve().parents[2] / "dags"


def main() -> None:
    """Do what the first argument says and write the outcome to the second."""
    command, out, *runs = sys.argv[1:]
    bag = DagBag(str(DAGS))
    if command == "facts":
        outcome: Any = {
            "errors": bag.import_errors,
            "dags": {i: facts(d) for i, d in bag.dags.items()},
        }
    else:
        initdb()
        outcome = [run(bag, *spec.split(":", 1)) for spec in runs]
    Path(out).write_text(json.dumps(outcome, default=str), encoding="utf-8")


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
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                "mapped": task.is_mapped,
                "outlets": [asset.name for asset in task.outlets],
                "upstream": sorted(task.upstream_task_ids),
            }
            for task in dag.tasks
        },
    }


def run(bag: DagBag, dag_id: str, conf: str) -> dict[str, Any]:
    """Run a DAG with `conf` (JSON, or nothing) and return how it went."""
    done = bag.dags[dag_id].test(run_conf=json.loads(conf or "{}"))
    assert Session is not None, "initdb opened no session"
    with Session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == done.run_id))
        assets = [[event.name, event.partition_key] for event in events]
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
        "assets": assets,
    }


if __name__ == "__main__":
    main()
