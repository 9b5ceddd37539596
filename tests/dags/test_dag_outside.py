"""What Airflow tells others of a night by its own settings: measurements, and where data flows."""

import json

import pytest

from pipelines.airflow.lineage import FLOWS
from tests.dags.conftest import Night

pytestmark = [pytest.mark.airflow, pytest.mark.further]


def test_statsd_is_told_how_tasks_went(night: Night) -> None:
    """Each DAG and task by its name, and none by the name of a site or a person."""
    told = "\n".join(sorted(night.measured))
    assert "airflow.ti.finish" in told, told
    for dag, task in (("ingest_main", "ingest"), ("nightly_report", "report")):
        assert any(dag in name and task in name for name in night.measured), told
    for value in ("portal", "wiki", "st-101"):
        assert value not in told


def test_lineage_says_what_each_task_read_and_wrote(night: Night) -> None:
    """By the names of tables and folders, in events of the task's own run."""
    events = [json.loads(line) for line in night.lineage.read_text("utf-8").splitlines()]
    flows = {
        event["job"]["name"].rpartition(".")[2]: (
            {one["name"] for one in event.get("inputs", [])},
            {one["name"] for one in event.get("outputs", [])},
        )
        for event in events
        if event["eventType"] == "RUNNING"
    }
    assert flows == {name: (set(reads), set(writes)) for name, (reads, writes) in FLOWS.items()}
    runs = {event["run"]["runId"] for event in events if event["eventType"] == "COMPLETE"}
    assert runs >= {event["run"]["runId"] for event in events if event["eventType"] == "RUNNING"}
    text = night.lineage.read_text("utf-8")
    for value in ("st-101", "192.0.2.7", "/customers/"):
        assert value not in text
