"""Which day a run is about, which sites it reads and in what batches, how errors reach Airflow."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk.exceptions import AirflowFailException

from pipelines.airflow import orchestration
from pipelines.airflow.deadline import due_at
from pipelines.airflow.deployment import ingest_names
from pipelines.airflow.erasure import approver
from pipelines.errors import LakeBusyError, TimeLimitError, UsageError
from pipelines.ingest.discover import SiteInstance
from pipelines.subject.people import required
from pipelines.subject.register import Asked
from tests.dags.dag_deployment import SETTINGS, Deployment, access_line

TOKYO = ZoneInfo("Asia/Tokyo")
TWO_AT_NIGHT = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)  # 02:00 of the 21st in Tokyo


def site(number: int) -> SiteInstance:
    """The site of one shop of many."""
    return SiteInstance(
        id=f"benry-{number:04}",
        template="benry-{franchise}",
        group="benry",
        franchise=f"{number:04}",
        domains=(f"{number:04}.benry.example",),
        format="combined",
        timezone="Asia/Tokyo",
        trusted_proxies=(),
        resource_set=None,
        resources=(),
        hours="business",
        trust="partner",
        session_cookie=None,
    )


def test_a_nightly_run_is_about_the_day_before_in_the_configured_zone() -> None:
    """At 02:00 in Tokyo yesterday is the day that has just ended there, not in UTC."""
    assert orchestration.day_of_run(None, None, TWO_AT_NIGHT, TOKYO) == dt.date(2026, 11, 20)
    assert orchestration.day_of_run(None, None, TWO_AT_NIGHT, dt.UTC) == dt.date(2026, 11, 19)


def test_the_partition_comes_before_the_date_asked_for() -> None:
    """A run that assets have started is about their day, whatever its parameters say."""
    day = orchestration.day_of_run("2026-10-01", "2026-10-02", TWO_AT_NIGHT, TOKYO)
    assert day == dt.date(2026, 10, 1)
    assert orchestration.day_of_run(None, "2026-10-02", TWO_AT_NIGHT, TOKYO) == dt.date(2026, 10, 2)


def test_a_partition_that_is_no_date_is_refused() -> None:
    """A partition key typed by hand is named in the message."""
    with pytest.raises(UsageError, match=r"'tomorrow' is not a date"):
        orchestration.day_of_run("tomorrow", None, TWO_AT_NIGHT, TOKYO)


def test_a_monthly_run_is_about_the_month_before_in_the_configured_zone() -> None:
    """At 05:00 on the first in Tokyo it is still the last day of the month before in UTC."""
    five = dt.datetime(2026, 11, 30, 20, tzinfo=dt.UTC)
    assert str(orchestration.month_of_run(None, five, TOKYO)) == "2026-11"
    assert str(orchestration.month_of_run(None, five, dt.UTC)) == "2026-10"
    new_year = dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC)
    assert str(orchestration.month_of_run("", new_year, TOKYO)) == "2026-12"
    for day, month in ((28, "2028-01"), (29, "2028-02")):  # 29 February and 1 March in Tokyo
        five = dt.datetime(2028, 2, day, 20, tzinfo=dt.UTC)
        assert str(orchestration.month_of_run(None, five, TOKYO)) == month
        assert orchestration.day_of_run(None, None, five, TOKYO) == dt.date(2028, 2, day)


def test_the_month_asked_for_comes_first() -> None:
    """A month typed by hand is the one, and what is none is named in the message."""
    assert str(orchestration.month_of_run("2026-02", TWO_AT_NIGHT, TOKYO)) == "2026-02"
    with pytest.raises(UsageError, match=r"'2026-2'.* no month"):
        orchestration.month_of_run("2026-2", TWO_AT_NIGHT, TOKYO)


@pytest.mark.parametrize(("sites", "tasks"), [(0, 0), (1, 1), (100, 1), (250, 3), (3_000, 30)])
def test_three_thousand_sites_are_thirty_tasks(sites: int, tasks: int) -> None:
    """A hundred sites a task, none left out and none twice."""
    batches = orchestration.site_batches([site(number) for number in range(sites)], 100)
    assert len(batches) == tasks
    assert [each for batch in batches for each in batch] == [site(n).id for n in range(sites)]


def test_batches_never_exceed_what_airflow_maps() -> None:
    """However small the batches asked for, they stay under Airflow's limit of 1,024."""
    batches = orchestration.site_batches([site(number) for number in range(2_500)], 1)
    assert len(batches) <= 1_000
    assert sum(map(len, batches)) == 2_500


def test_every_group_is_read_by_one_of_the_two_dags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shops by `ingest_benry`; any other group, whatever its name, by `ingest_main`."""
    deployment = Deployment(tmp_path)
    for number in range(250):
        line = access_line("20/Nov/2026:09:00:00 +0900", "/")
        deployment.land(f"benry/{number:03}", "access.log", [line])
    monkeypatch.setenv("MIMAMORI_HOME", str(deployment.home))
    monkeypatch.setenv("MIMAMORI_CONFIG", str(deployment.config))
    list_sites = orchestration.list_sites.function
    shops = list_sites(name="benry", params={"sites_per_batch": 100})
    assert [len(batch) for batch in shops] == [100, 100, 50]
    assert list_sites(name="main", params={"sites_per_batch": 100}) == [["portal", "wiki"]]


def test_another_franchise_is_read_by_the_dag_of_its_own_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its head office; a group without a shop, be it `benry`, is read by `ingest_main`."""
    settings = SETTINGS.replace("benry", "grocer").replace("group: intranet", "group: benry")
    settings += """
  - {id: head, group: grocer, domains: [head.grocer.example], logs: ["head/access.log*"]}
"""
    deployment = Deployment(tmp_path, settings)
    deployment.land("grocer/7", "access.log", [access_line("20/Nov/2026:09:00:00 +0900", "/")])
    monkeypatch.setenv("MIMAMORI_HOME", str(deployment.home))
    monkeypatch.setenv("MIMAMORI_CONFIG", str(deployment.config))
    read = {
        name: orchestration.list_sites.function(name=name, params={"sites_per_batch": 100})
        for name in ingest_names()
    }
    assert {name: [sorted(batch) for batch in batches] for name, batches in read.items()} == {
        "main": [["portal", "wiki"]],
        "grocer": [["grocer-7", "head"]],
    }


@pytest.mark.parametrize(
    ("franchise", "group", "names"),
    [
        ("", "shops", ("main",)),
        ('franchise: "7"', "shops", ("main", "shops")),
        ('franchise: "7"', "main", ("main",)),
        ('franchise: "7"', "~a/b", ("main", "_7Ea_2Fb")),
        ('franchise: "7"', "s" * 300, ("main", "s" * 200)),
    ],
)
def test_ingests_are_named_after_franchise_groups(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    franchise: str,
    group: str,
    names: tuple[str, ...],
) -> None:
    """None without a franchise; a shop in the group `main` stays with the others."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(
        f"sites: [{{id: a, group: {group!r}, domains: [a.example], logs: [a/*], {franchise}}}]\n"
    )
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    assert ingest_names() == names


def test_wrong_settings_leave_the_shipped_ingests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their tasks say then what is wrong."""
    monkeypatch.setenv("MIMAMORI_CONFIG", str(tmp_path / "missing.yaml"))
    assert ingest_names() == ("main", "benry")


def test_only_mistakes_of_people_fail_without_retry() -> None:
    """Wrong settings stay wrong; a lake that is busy may be free in five minutes."""
    with pytest.raises(AirflowFailException, match="line 3"), orchestration.clear_failures():
        raise UsageError("line 3")
    with pytest.raises(AirflowFailException, match="too long"), orchestration.clear_failures():
        raise TimeLimitError("too long")
    with pytest.raises(LakeBusyError), orchestration.clear_failures():
        raise LakeBusyError("busy")


def test_a_night_is_due_the_next_morning_in_the_configured_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its partition, else by the day before the run; a day long past has no deadline."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(SETTINGS + 'report_by: "06:30"\n', encoding="utf-8")
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path))
    half_past_six = dt.datetime(2026, 11, 21, 6, 30, tzinfo=TOKYO)
    assert due_at("2026-11-20", TWO_AT_NIGHT) == half_past_six
    assert due_at(None, TWO_AT_NIGHT) == half_past_six
    assert due_at("2026-11-01", TWO_AT_NIGHT) is None
    assert due_at("2026-11-20", half_past_six) is None


def test_whoever_asks_for_an_erasure_cannot_approve_it() -> None:
    """Nor does another spelling of the name under which they are signed in to Airflow."""
    for name in ("taro", "TARO"):
        with pytest.raises(UsageError):
            required(Asked("asked", "taro", approver(name)), 2)
    required(Asked("asked", "taro", approver("hanako")), 2)
