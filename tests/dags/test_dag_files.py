"""What the DAG files declare, and that reading them is cheap."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dags.dag_deployment import SETTINGS, Deployment

pytestmark = pytest.mark.airflow

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))
HEAVY = ("polars", "duckdb", "pandas", "pyarrow", "numpy", "great_expectations", "geoip2")


_PARIS = """
  - id: "grocer-{franchise}"
    group: grocers
    domains: ["{franchise}.grocer.example"]
    logs: ["grocers/{franchise}/access.log*"]
"""


_SERVERS = """
lake:
  catalog: "postgres:dbname=mimamori host=db.example user=mimamori sslmode=verify-full"
  data: s3://mimamori/lake
  s3: {endpoint: s3.example, key_id_env: KEY_ID, secret_env: SECRET}
"""


@pytest.fixture(scope="module")
def places(deployments: Callable[..., Deployment]) -> dict[str, dict[str, Any]]:
    """What Airflow sees in the DAG files, by the name of what differs in their surroundings."""
    paris = SETTINGS.replace("Asia/Tokyo", "Europe/Paris").replace(
        "group: benry", "group: 加盟店 1"
    )
    longer = "limits: {stage_minutes: 240, days_per_night: 1}\n"
    surroundings = {
        "as shipped": (SETTINGS, {}),
        "elsewhere": (paris + _PARIS, {}),
        "longer": (SETTINGS + longer, {}),
        "wrong settings": ("sites: 1\n", {}),
        "no clock": (SETTINGS, {"MIMAMORI_SCHEDULE": "off"}),
        "on servers": (SETTINGS + _SERVERS, {}),
    }
    environments = [
        json.dumps({"MIMAMORI_CONFIG": str(deployments(settings).config)} | variables)
        for settings, variables in surroundings.values()
    ]
    found = deployments().airflow_process("facts", *environments)
    assert [one["errors"] for one in found] == [{}] * len(surroundings)
    return {name: one["dags"] for name, one in zip(surroundings, found, strict=True)}


@pytest.fixture(scope="module")
def facts(places: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The DAGs with settings much as they are shipped."""
    return places["as shipped"]


@pytest.fixture(scope="module")
def elsewhere(places: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The DAGs of a house in Paris with two franchises, neither of them called `benry`."""
    return places["elsewhere"]


@pytest.fixture(scope="module")
def loads(deployments: Callable[..., Deployment]) -> dict[Path, list[str]]:
    """The modules that each DAG file imports."""
    found = deployments().airflow_process("loads", *map(str, FILES))
    return dict(zip(FILES, found, strict=True))


def test_an_erasure_waits_for_an_approval(facts: dict[str, Any]) -> None:
    """What was asked is let go of whatever the answer; a clock starts no erasure."""
    tasks = facts["erasure"]["tasks"]
    assert tasks["approve"]["upstream"] == ["held"]
    assert tasks["erase"]["upstream"] == ["approve"]
    assert tasks["let_go"]["upstream"] == ["erase"]
    assert tasks["let_go"]["trigger"] == "all_done_setup_success"
    assert "NullTimetable" in facts["erasure"]["schedule"]


def test_every_dag_lies_in_the_file_it_is_named_after(facts: dict[str, Any]) -> None:
    """But for the franchise groups, whose names the settings give."""
    assert set(facts) == {path.stem for path in FILES} - {"ingest_franchise"} | {"ingest_benry"}
    for dag_id, dag in facts.items():
        name = "ingest_franchise" if dag_id == "ingest_benry" else dag_id
        assert Path(dag["file"]).stem == name


def test_every_franchise_group_of_the_settings_has_its_dag(elsewhere: dict[str, Any]) -> None:
    """Named after the group, in letters that Airflow takes; the report waits for all of them."""
    escaped = "_E5_8A_A0_E7_9B_9F_E5_BA_97_201"
    names = {"main", "grocers", escaped}
    assert {dag_id for dag_id in elsewhere if dag_id.startswith("ingest_")} == {
        f"ingest_{name}" for name in names
    }
    schedule = elsewhere["nightly_report"]["schedule"]
    for name in names:
        outlets = elsewhere[f"ingest_{name}"]["tasks"]["announce"]["outlets"]
        assert outlets == [f"mimamori_{name}_logs"]
        assert outlets[0] in schedule
    assert "benry" not in schedule


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_short(path: Path) -> None:
    """A DAG file holds schedule and calls, at most 80 lines of them."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reading_a_dag_file_loads_nothing_heavy(path: Path, loads: dict[Path, list[str]]) -> None:
    """Beyond Airflow itself only small modules are imported before a task runs."""
    loaded = {name.partition(".")[0] for name in loads[path]}
    assert "pipelines" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_ingest_runs_at_two_in_the_configured_zone(
    facts: dict[str, Any], elsewhere: dict[str, Any]
) -> None:
    """02:00 in the settings' zone, each run keyed by the day before."""
    for dag_id in ("ingest_main", "ingest_benry"):
        assert "0 2 * * *" in facts[dag_id]["schedule"]
        assert "Asia/Tokyo" in facts[dag_id]["schedule"]
    assert "Europe/Paris" in elsewhere["ingest_main"]["schedule"]


def test_every_task_has_a_limit_of_time(
    facts: dict[str, Any], places: dict[str, dict[str, Any]]
) -> None:
    """What a stage may take on most days, by the settings; less for what only looks things up."""
    limits = {
        f"{dag_id}.{name}": task["timeout"]
        for dag_id, dag in facts.items()
        for name, task in dag["tasks"].items()
    }
    # Somebody who is asked is waited for by the operator's own limit.
    assert [name for name, limit in limits.items() if not limit] == ["erasure.approve"]
    assert limits["ingest_benry.ingest"] == (120 + 59 * 30 + 30) * 60
    assert limits["nightly_report.detect"] == limits["upkeep.upkeep"] == (120 + 59 * 30 + 30) * 60
    assert limits["ingest_main.list_sites"] == limits["nightly_report.due_days"] == 30 * 60
    assert places["longer"]["nightly_report"]["tasks"]["report"]["timeout"] == (240 + 30) * 60


def test_the_audit_is_made_on_the_first_days_of_a_month(facts: dict[str, Any]) -> None:
    """At 05:00 in the settings' zone, after the night; a month can be given by hand."""
    assert "0 5 1-3 * *" in facts["monthly_audit"]["schedule"]
    assert "Asia/Tokyo" in facts["monthly_audit"]["schedule"]
    assert facts["monthly_audit"]["params"] == ["month"]


def test_wrong_settings_do_not_hide_the_dags(places: dict[str, dict[str, Any]]) -> None:
    """The DAGs stay readable, so that their tasks can say what is wrong."""
    assert "Asia/Tokyo" in places["wrong settings"]["ingest_main"]["schedule"]


def test_the_clock_can_be_kept_from_starting_runs(places: dict[str, dict[str, Any]]) -> None:
    """With MIMAMORI_SCHEDULE=off a run begins only when somebody, or an asset, triggers it."""
    dags = places["no clock"]
    schedules = {dag_id: dag["schedule"].partition("(")[0] for dag_id, dag in dags.items()}
    assert "PartitionedAtRuntime" in schedules["ingest_main"]
    assert "PartitionedAtRuntime" in schedules["ingest_benry"]
    assert "NullTimetable" in schedules["upkeep"]
    assert "NullTimetable" in schedules["monthly_audit"]
    assert schedules["nightly_report"] == "PartitionedAssetTimetable"


def test_the_report_waits_for_both_groups_of_one_day(facts: dict[str, Any]) -> None:
    """`nightly_report` is scheduled on both assets together, by partition."""
    schedule = facts["nightly_report"]["schedule"]
    assert schedule.startswith("PartitionedAssetTimetable")
    assert "AssetAll" in schedule
    assert "mimamori_main_logs" in schedule
    assert "mimamori_benry_logs" in schedule


def test_every_dag_runs_alone_and_never_makes_up_for_missed_nights(facts: dict[str, Any]) -> None:
    """One run at a time; a machine that was off reads everything in the next night anyway."""
    for dag in facts.values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False


def test_every_task_is_tried_three_times(facts: dict[str, Any]) -> None:
    """Two retries each; delivery six, further and further apart."""
    tries = {
        (name == "deliver", task["retries"], task["backoff"])
        for dag in facts.values()
        for name, task in dag["tasks"].items()
        if name != "approve"  # it waits for an answer, and asks once
    }
    assert tries == {(False, 2, 0), (True, 6, 2.0)}


def test_failures_and_late_nights_are_told(facts: dict[str, Any]) -> None:
    """Every DAG tells when a run fails; those of a night have a deadline beside."""
    assert all(dag["tells_failure"] for dag in facts.values())
    assert {dag_id for dag_id, dag in facts.items() if dag["deadlines"] == ["report_by"]} == {
        "ingest_main",
        "ingest_benry",
        "nightly_report",
    }
    assert {task["owner"] for dag in facts.values() for task in dag["tasks"].values()} == {
        "mimamori"
    }


def test_tasks_that_write_share_one_slot(facts: dict[str, Any]) -> None:
    """Every task that writes to the lake is in the pool of its one writer."""
    pooled = {
        (dag_id, task_id)
        for dag_id, dag in facts.items()
        for task_id, task in dag["tasks"].items()
        if task["pool"] == "lake_writer"
    }
    assert pooled == {
        ("ingest_main", "ingest"),
        ("ingest_benry", "ingest"),
        ("nightly_report", "check"),
        ("nightly_report", "detect"),
        ("nightly_report", "report"),
        ("nightly_report", "retention"),
        ("upkeep", "upkeep"),
        ("monthly_audit", "audit"),
        ("erasure", "erase"),
    }


def test_ingest_is_mapped_over_batches_and_announces_its_asset(facts: dict[str, Any]) -> None:
    """After the fetch, one task for each batch of sites, then one that updates the asset."""
    for dag_id, asset in (
        ("ingest_main", "mimamori_main_logs"),
        ("ingest_benry", "mimamori_benry_logs"),
    ):
        tasks = facts[dag_id]["tasks"]
        assert tasks["fetch"]["upstream"] == []
        assert tasks["list_sites"]["upstream"] == ["fetch"]
        assert tasks["list_sites"]["trigger"] == "all_done"  # what is there is read anyway
        assert tasks["ingest"]["mapped"]
        assert tasks["ingest"]["upstream"] == ["list_sites"]
        assert tasks["announce"]["upstream"] == ["ingest"]
        assert tasks["announce"]["outlets"] == [asset]


def test_report_stages_follow_each_other(facts: dict[str, Any]) -> None:
    """check, detect, report in this order over the days that are due; then what both end with."""
    tasks = facts["nightly_report"]["tasks"]
    assert tasks["check"]["upstream"] == ["due_days"]
    assert tasks["detect"]["upstream"] == ["check", "due_days"]
    assert tasks["report"]["upstream"] == ["detect", "due_days"]
    assert tasks["deliver"]["upstream"] == ["due_days", "report"]
    assert tasks["retention"]["upstream"] == ["report"]


def test_detection_is_shared_out_where_the_lake_bears_several(
    places: dict[str, dict[str, Any]],
) -> None:
    """Over mapped tasks that hold no slot of the one writer, as ingest; nobody is asked for it."""
    dags = places["on servers"]
    tasks = dags["nightly_report"]["tasks"]
    assert tasks["share_out"]["upstream"] == ["check", "due_days"]
    assert tasks["examine"]["upstream"] == ["share_out"]
    assert tasks["detect"]["upstream"] == ["due_days", "examine", "share_out"]
    assert tasks["report"]["upstream"] == ["detect", "due_days"]
    assert [name for name, task in tasks.items() if task["mapped"]] == ["examine"]
    assert tasks["examine"]["pool"] == "default_pool"
    assert dags["ingest_main"]["tasks"]["ingest"]["pool"] == "default_pool"
    for name in ("check", "share_out", "detect", "report"):
        assert tasks[name]["pool"] == "lake_writer"


def test_a_dag_can_be_handed_from_process_to_process(facts: dict[str, Any]) -> None:
    """Airflow encodes what it has read of a file, which takes plain texts and no message."""
    assert all(dag["handed_on"] > 0 for dag in facts.values())


def test_dags_explain_themselves_in_both_languages(facts: dict[str, Any]) -> None:
    """Airflow's page shows a text in Japanese and in English, and a tag to find the DAGs by."""
    for dag in facts.values():
        assert any("ぁ" <= letter <= "ん" for letter in dag["doc"])
        assert ". " in dag["doc"]
        assert "mimamori" in dag["tags"]
