"""What Airflow measures goes to a collector of OpenTelemetry, by its own settings alone."""

import re
from collections.abc import Callable

import pytest

from pipelines.paths import PROJECT_ROOT
from tests.dags import otlp_server
from tests.dags.dag_deployment import Deployment, Run, access_line

pytestmark = [pytest.mark.airflow, pytest.mark.full]


def test_a_collector_gets_how_tasks_went(deployments: Callable[..., Deployment]) -> None:
    """By the variables that docs/operations.md has; nothing of a site or a person is in it."""
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text("utf-8")
    documented = dict(re.findall(r"^((?:AIRFLOW__METRICS__)?OTEL_\w+)=(\S+)", page, re.MULTILINE))
    assert {"AIRFLOW__METRICS__OTEL_ON", "OTEL_EXPORTER_OTLP_ENDPOINT"} <= documented.keys()
    deployment = deployments()
    line = access_line("20/Nov/2026:09:00:00 +0900", "/customers/7", "st-101")
    deployment.land("portal", "access.log", [line])
    with otlp_server.serving() as collected:
        deployment.environment |= documented
        deployment.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collected.endpoint
        (outcome,) = deployment.run_dag_after_dag([Run("ingest_main", {"date": "2026-11-20"})])
    assert outcome["succeeded"]
    assert "airflow.ti.finish" in collected.names, sorted(collected.names)
    assert "airflow.task.duration" in collected.names, sorted(collected.names)
    assert collected.services == {documented["OTEL_SERVICE_NAME"]}
    assert "ingest_main" in collected.text
    for value in ("portal", "st-101", "192.0.2.10"):
        assert value not in collected.text
