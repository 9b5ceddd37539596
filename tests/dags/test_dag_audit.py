"""The monthly audit run by Airflow."""

import json

import pytest

from tests.dags.conftest import DAY, Night

pytestmark = [pytest.mark.airflow, pytest.mark.further]


def test_the_month_asked_for_is_audited(night: Night) -> None:
    """Its verdicts are the task's result, its page lies beside the day's and in their list."""
    assert night.outcomes["audit"]["succeeded"]
    verdicts = night.result("audit", "audit")
    assert sorted(verdicts) == [str(measure) for measure in range(1, 8)]
    assert verdicts["7"] == "not_provable"
    reports = night.deployment.home / "reports"
    data = json.loads((reports / "audit" / "2026-11" / "audit.json").read_text(encoding="utf-8"))
    assert {str(one["measure"]): one["standing"] for one in data["verdicts"]} == verdicts
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert "audit/2026-11/index.html" in index
    assert f"{DAY}/index.html" in index


def test_a_month_without_data_fails_and_says_so(night: Night) -> None:
    """Tried again, as logs may still come; no page is written."""
    assert not night.outcomes["audit of nothing"]["succeeded"]
    assert "the lake has nothing of that month" in night.deployment.output
    assert not (night.deployment.home / "reports" / "audit" / "2024-02").exists()
