"""The DAGs run by Airflow's own test runner, from log files in the landing folder to the report."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.dags.dag_deployment import Deployment, access_line

pytestmark = pytest.mark.airflow

DAY = "2026-11-20"
SHOPS = ("001", "002", "003", "004", "005")


def office_hours(day: int) -> list[str]:
    """One request an hour by a member of staff, from nine to five."""
    return [
        access_line(f"{day}/Nov/2026:{hour:02}:15:00 +0900", f"/customers/{hour}", "st-101")
        for hour in range(9, 18)
    ]


@pytest.fixture(scope="module")
def night(deployments: Callable[..., Deployment]) -> tuple[Deployment, dict[str, Any]]:
    """Two main sites and no shop; then five shops too, and the rest; at last wrong settings."""
    deployment = deployments()
    date = json.dumps({"date": DAY})
    for day in (19, 20):
        deployment.land("portal", f"access.log.{day}", office_hours(day))
    deployment.land("wiki", "access.log", ["192.0.2.7 - - [20/Nov/2026:10:00:00 +0900] x"])
    outcomes = dict(zip(["no shops"], deployment.run_dags(f"ingest_benry:{date}"), strict=True))

    for shop in SHOPS:
        for day in (19, 20):
            deployment.land(f"benry/{shop}", f"access.log.{day}", office_hours(day)[:4])
    done = deployment.run_dags(
        f"ingest_main:{date}",
        "ingest_benry:" + json.dumps({"date": DAY, "sites_per_batch": 2}),
        f"nightly_report:{date}",
        f"ingest_main:{date}",
        "upkeep:",
    )
    outcomes |= zip(("main", "benry", "report", "again", "upkeep"), done, strict=True)

    deployment.config.write_text("sites: 1\n", encoding="utf-8")
    outcomes |= zip(["wrong settings"], deployment.run_dags("ingest_main:"), strict=True)
    return deployment, outcomes


def states(outcome: dict[str, Any], task_id: str) -> list[str]:
    """The states of a task, one for each time that it is mapped."""
    return [task["state"] for task in outcome["tasks"] if task["id"] == task_id]


def test_every_dag_succeeds(night: tuple[Deployment, dict[str, Any]]) -> None:
    """All four DAGs run to their end, but for the one that had wrong settings."""
    _, outcomes = night
    failed = [name for name, outcome in outcomes.items() if not outcome["succeeded"]]
    assert failed == ["wrong settings"]


def test_sites_are_read_in_batches(night: tuple[Deployment, dict[str, Any]]) -> None:
    """Five shops at two a batch are three tasks."""
    _, outcomes = night
    assert states(outcomes["benry"], "ingest") == ["success"] * 3
    assert states(outcomes["main"], "ingest") == ["success"]


def test_the_lake_holds_every_line_once(night: tuple[Deployment, dict[str, Any]]) -> None:
    """Records of all sites, also of a group that is neither main nor benry; rejects beside them."""
    deployment, _ = night
    rows = deployment.query(
        "select site_group, count(*) as records from lake.access_log group by all order by all"
    )
    assert rows == [("benry", 40), ("main", 18)]
    assert deployment.query("select site_id from lake.reject") == [("wiki",)]


def test_counts_are_summed_over_batches(night: tuple[Deployment, dict[str, Any]]) -> None:
    """The last ingest task returns what the whole group brought."""
    _, outcomes = night
    benry = outcomes["benry"]["results"]["announce"]
    assert (benry["files"], benry["lines"], benry["records"]) == (10, 40, 40)
    main = outcomes["main"]["results"]["announce"]
    assert (main["files"], main["lines"], main["rejects"]) == (3, 19, 1)


def test_nothing_is_read_twice(night: tuple[Deployment, dict[str, Any]]) -> None:
    """The second night reads no line, and still says that the group is through with the day."""
    _, outcomes = night
    assert outcomes["again"]["results"]["announce"]["lines"] == 0
    assert outcomes["again"]["assets"] == [["mimamori_main_logs", DAY]]


def test_the_day_travels_with_the_assets(night: tuple[Deployment, dict[str, Any]]) -> None:
    """Both groups' events carry the day as partition key."""
    _, outcomes = night
    assert outcomes["main"]["assets"] == [["mimamori_main_logs", DAY]]
    assert outcomes["benry"]["assets"] == [["mimamori_benry_logs", DAY]]


def test_earlier_days_that_changed_are_reported_too(
    night: tuple[Deployment, dict[str, Any]],
) -> None:
    """The day asked for and the day before, whose lines were new, each have a report."""
    deployment, outcomes = night
    assert outcomes["report"]["results"]["due_days"] == ["2026-11-19", DAY]
    for day in ("2026-11-19", DAY):
        folder = deployment.home / "reports" / day
        assert "<html" in (folder / "index.html").read_text(encoding="utf-8")
        assert isinstance(json.loads((folder / "findings.json").read_text("utf-8")), list)


def test_checks_are_counted(night: tuple[Deployment, dict[str, Any]]) -> None:
    """A failed check is a figure in the result, not a failed task."""
    _, outcomes = night
    checks = outcomes["report"]["results"]["check"]
    assert checks["passed"] + checks["failed"] > 0
    assert states(outcomes["report"], "check") == ["success"]


def test_upkeep_merges_files(night: tuple[Deployment, dict[str, Any]]) -> None:
    """Afterwards the lake has no more data files than before."""
    _, outcomes = night
    files = outcomes["upkeep"]["results"]["upkeep"]
    assert 0 < files["files_after"] <= files["files_before"]


def test_a_group_without_sites_is_through_with_the_day(
    night: tuple[Deployment, dict[str, Any]],
) -> None:
    """Where no shop has sent anything, the report of the main sites does not wait for them."""
    _, outcomes = night
    assert outcomes["no shops"]["assets"] == [["mimamori_benry_logs", DAY]]
    assert outcomes["no shops"]["results"]["announce"]["files"] == 0


def test_wrong_settings_fail_at_once(night: tuple[Deployment, dict[str, Any]]) -> None:
    """A mistake that only a person can put right is named with its line, and not tried again."""
    deployment, outcomes = night
    (first,) = [task for task in outcomes["wrong settings"]["tasks"] if task["id"] == "list_sites"]
    assert (first["state"], first["tries"]) == ("failed", 1)
    assert f"{deployment.config}:1: sites" in deployment.output
