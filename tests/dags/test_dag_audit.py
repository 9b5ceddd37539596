"""The monthly audit run by Airflow, on a lake that a night without Airflow has made."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.dags.dag_deployment import Deployment, access_line

pytestmark = pytest.mark.airflow

DAY = "2025-03-20"


@pytest.fixture(scope="module")
def audited(deployments: Callable[..., Deployment]) -> tuple[Deployment, list[dict[str, Any]]]:
    """A month with a day of logs, and one without any."""
    deployment = deployments()
    lines = [
        access_line(f"20/Mar/2025:{hour:02}:15:00 +0900", f"/customers/{hour}", "st-101")
        for hour in range(9, 18)
    ]
    deployment.land("portal", "access.log", lines)
    deployment.process("-m", "pipelines", "run", "--date", DAY)
    runs = (f"monthly_audit:{json.dumps({'month': month})}" for month in ("2025-03", "2024-02"))
    return deployment, deployment.run_dags(*runs)


def test_the_month_asked_for_is_audited(
    audited: tuple[Deployment, list[dict[str, Any]]],
) -> None:
    """Its verdicts are the task's result, its page lies beside the day's and in their list."""
    deployment, (done, _) = audited
    assert done["succeeded"]
    verdicts = done["results"]["audit"]
    assert sorted(verdicts) == [str(measure) for measure in range(1, 8)]
    assert verdicts["7"] == "not_provable"
    reports = deployment.home / "reports"
    data = json.loads((reports / "audit" / "2025-03" / "audit.json").read_text(encoding="utf-8"))
    assert {str(one["measure"]): one["standing"] for one in data["verdicts"]} == verdicts
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert "audit/2025-03/index.html" in index
    assert f"{DAY}/index.html" in index


def test_a_month_without_data_fails_and_says_so(
    audited: tuple[Deployment, list[dict[str, Any]]],
) -> None:
    """Tried again, as logs may still come; no page is written."""
    deployment, (_, failed) = audited
    assert not failed["succeeded"]
    assert "the lake has nothing of that month" in deployment.output
    assert not (deployment.home / "reports" / "audit" / "2024-02").exists()
