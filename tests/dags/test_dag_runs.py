"""The DAGs run by Airflow's own test runner, from log files in the landing folder to the report."""

import datetime as dt
import json

import pytest

from pipelines.airflow.deadline import due_at
from tests.dags.conftest import DAY, Night

pytestmark = [pytest.mark.airflow, pytest.mark.further]


def test_every_dag_succeeds(night: Night) -> None:
    """All run to their end, but for an audit of nothing and a run with wrong settings."""
    failed = [name for name, outcome in night.outcomes.items() if not outcome["succeeded"]]
    assert failed == ["audit of nothing", "wrong settings"]


def test_logs_are_fetched_before_they_are_read(night: Night) -> None:
    """A source that is not there fails its task alone, tried as often as others; the day knows."""
    assert night.result("main", "fetch")["files"] == 1
    assert night.result("again", "fetch")["files"] == 0
    assert night.states("no shops", "fetch") == ["failed"]
    assert night.states("no shops", "list_sites") == ["success"]
    folder = night.deployment.home / "reports" / DAY
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["troubles"]["sources_failed"] == 1
    assert "grocer-{shop}" in (folder / "index.html").read_text(encoding="utf-8")


def test_sites_are_read_in_batches(night: Night) -> None:
    """Five shops at two a batch are three tasks."""
    assert night.states("benry", "ingest") == ["success"] * 3
    assert night.states("main", "ingest") == ["success"]


def test_the_lake_holds_every_line_once(night: Night) -> None:
    """Records of all sites, also of a group that is neither main nor benry; rejects beside them."""
    rows = night.deployment.query(
        "select site_group, count(*) as records from lake.access_log group by all order by all"
    )
    assert rows == [("benry", 40), ("intranet", 9), ("main", 18)]
    assert night.deployment.query("select site_id from lake.reject") == [("wiki",)]


def test_counts_are_summed_over_batches(night: Night) -> None:
    """The last ingest task returns what the whole group brought."""
    benry = night.result("benry", "announce")
    assert (benry["files"], benry["lines"], benry["records"]) == (10, 40, 40)
    main = night.result("main", "announce")
    assert (main["files"], main["lines"], main["rejects"]) == (3, 28, 1)


def test_nothing_is_read_twice(night: Night) -> None:
    """The second night reads no line, and still says that the group is through with the day."""
    assert night.result("again", "announce")["lines"] == 0
    assert night.outcomes["again"]["assets"] == [["mimamori_main_logs", DAY]]


def test_events_say_what_came_and_which_snapshot_has_it(night: Night) -> None:
    """Whoever is scheduled on an asset sees lines and rejects, and can read the lake as it was."""
    facts = night.outcomes["main"]["extra"]["mimamori_main_logs"]
    assert (facts["lines"], facts["rejects"], facts["failures"]) == (28, 1, 0)
    later = night.outcomes["benry"]["extra"]["mimamori_benry_logs"]
    assert 0 < facts["snapshot"] < later["snapshot"]
    report = night.outcomes["report"]
    assert report["assets"] == [["mimamori_reports", "2026-11-19"], ["mimamori_reports", DAY]]
    assert report["extra"]["mimamori_reports"] == {"pages": 2}


def test_airflow_knows_when_a_night_is_due(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the plugin's own reference, from the run in its database; other DAGs have no deadline."""
    monkeypatch.setenv("MIMAMORI_CONFIG", str(night.deployment.config))
    monkeypatch.setenv("MIMAMORI_HOME", str(night.deployment.home))
    for name in ("main", "report"):
        run_after = dt.datetime.fromisoformat(night.outcomes[name]["run_after"])
        due = due_at(None, run_after)
        assert night.outcomes[name]["due"] == [None if due is None else str(due)]
    assert night.outcomes["upkeep"]["due"] == []


def test_the_day_travels_with_the_assets(night: Night) -> None:
    """Both groups' events carry the day as partition key."""
    assert night.outcomes["main"]["assets"] == [["mimamori_main_logs", DAY]]
    assert night.outcomes["benry"]["assets"] == [["mimamori_benry_logs", DAY]]


def test_earlier_days_that_changed_are_reported_too(
    night: Night,
) -> None:
    """The day asked for and the day before, whose lines were new, each have a report."""
    assert night.result("report", "due_days") == ["2026-11-19", DAY]
    for day in ("2026-11-19", DAY):
        folder = night.deployment.home / "reports" / day
        assert "<html" in (folder / "index.html").read_text(encoding="utf-8")
        assert isinstance(json.loads((folder / "findings.json").read_text("utf-8")), list)


def test_checks_are_counted(night: Night) -> None:
    """A failed check is a figure in the result, not a failed task."""
    checks = night.result("report", "check")
    assert checks["passed"] + checks["failed"] > 0
    assert night.states("report", "check") == ["success"]


def test_upkeep_merges_files(night: Night) -> None:
    """Afterwards the lake has no more data files than before."""
    files = night.result("upkeep", "upkeep")
    assert 0 < files["files_after"] <= files["files_before"]


def test_a_group_without_sites_is_through_with_the_day(
    night: Night,
) -> None:
    """Where no shop has sent anything, the report of the main sites does not wait for them."""
    assert night.outcomes["no shops"]["assets"] == [["mimamori_grocers_logs", DAY]]
    assert night.result("no shops", "announce")["files"] == 0


def test_a_person_is_erased_after_somebody_else_approved(night: Night) -> None:
    """In the name of whoever did; nothing of it in Airflow, and what was asked is gone."""
    assert night.outcomes["erasure"]["succeeded"]
    assert night.result("erasure", "held")["rows"] > 0
    assert night.result("erasure", "erase")["rows"] > 0
    query = "select author, second, outcome from lake.subject_request where act = 'erase'"
    assert night.deployment.query(query) == [("taro", "hanako (airflow/hanako)", "done")]
    left = "select count(*) from lake.request where user_id = 'st-101'"
    assert night.deployment.query(left) == [(0,)]
    assert list((night.deployment.home / "proposals").iterdir()) == []


def test_wrong_settings_fail_at_once(night: Night) -> None:
    """A mistake that only a person can put right is named with its line, and not tried again."""
    (first,) = [
        task for task in night.outcomes["wrong settings"]["tasks"] if task["id"] == "list_sites"
    ]
    assert (first["state"], first["tries"]) == ("failed", 1)
    assert f"{night.deployment.root / 'wrong.yaml'}:1: sites" in night.deployment.output
