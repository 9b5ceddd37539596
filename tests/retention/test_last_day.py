"""Every period lasts as many days as the settings say: not one less, not one more."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.paths import Home
from pipelines.privacy.epochs import EpochKeys
from pipelines.retention import access_rows, aggregates, other_rows, periods, waiting
from pipelines.retention.airflow_rows import _reason, let_go_of_airflow_rows
from pipelines.retention.epochs import let_go_of_keys
from pipelines.retention.files import (
    let_go_of_airflow_logs,
    let_go_of_reports,
    let_go_of_shell_entries,
)
from pipelines.retention.result import LetGo
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.settings.retention import CountryRetention, Retention
from pipelines.text.messages import message
from tests.memory_lake import insert, opened

DAY = dt.date(2026, 3, 10)
_AT = dt.datetime(2026, 3, 10, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=9)))
_EARLIER, _LATER = (_AT + dt.timedelta(days=days) for days in (-5, 5))
_LATER_DAY = _LATER.date()
_GROUPS = {"main": "main", "shop": "shops", "depot": "depots", "gone": None}
_COUNTRIES = ("JP", "DE", "GB", None)
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"]}
  - {id: shop, group: shops, domains: [shop.example], logs: ["shop/*.log"]}
  - {id: depot, group: depots, domains: [depot.example], logs: ["depot/*.log"]}
retention:
  {access_log_days: 200, pseudonymise_after_days: 100, quarantine_days: 95, findings_days: 150,
   reports_days: 92, airflow_days: 93, epoch_months: 1,
   site_groups: {
     shops: {access_log_days: 190, pseudonymise_after_days: 97, quarantine_days: 91,
       findings_days: 140},
     depots: {access_log_days: 210, pseudonymise_after_days: 107, quarantine_days: 99,
       findings_days: 160}},
   country_groups: {eea: {access_log_days: 180, pseudonymise_after_days: 94}}}
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings under which no two periods are of the same length."""
    config = tmp_path_factory.mktemp("settings") / "mimamori.yaml"
    config.write_text(_SETTINGS)
    return load(config)


@pytest.fixture(scope="module")
def _sites(
    _tables_of_the_lake: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Sites of three groups, a site that nobody knows any more, and clients of two countries."""
    copy = tmp_path_factory.mktemp("lake") / "lake.duckdb"
    with opened(_tables_of_the_lake, copy) as con:
        for number, (site, group) in enumerate(_GROUPS.items(), 1):
            if group is not None:
                insert(con, "site", site_id=site, site_group=group, resource_set=site)
            insert(con, "request_profile", request_profile_id=number, site_id=site)
        for number, country in enumerate(_COUNTRIES, 1):
            insert(con, "client", client_id=number, client_ip="192.0.2.1", country=country)
        insert(con, "country_group", country="DE", country_group="eea")
        insert(con, "country_group", country="GB", country_group="eea", valid_to=DAY)
        periods.make_period_tables(con, settings)
        waiting.make_waiting_tables(con, settings.cases.half_life_days, DAY)
        access_rows.make_gone_tables(con)
        yield con


@pytest.fixture
def con(_sites: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """These sites in a transaction: what a test adds to them goes with it."""
    _sites.execute("begin")
    yield _sites
    _sites.execute("rollback")


def _gone_after(days: int, acts: Callable[[dt.date], Iterable[LetGo]]) -> list[LetGo]:
    """Return what is let go `days` days after `DAY`; the day before, nothing is."""
    before = [one for one in acts(DAY + dt.timedelta(days=days - 1)) if one.rows or one.files]
    assert before == []
    return [one for one in acts(DAY + dt.timedelta(days=days)) if one.rows or one.files]


@pytest.mark.parametrize(
    ("site", "country", "pseudonymised", "deleted"),
    [
        ("main", None, 100, 200),
        ("main", "JP", 100, 200),
        ("main", "GB", 100, 200),
        ("main", "DE", 94, 180),
        ("shop", "JP", 97, 190),
        ("shop", "DE", 94, 180),
        ("depot", "JP", 107, 210),
        ("depot", "DE", 94, 180),
        ("gone", "JP", 100, 200),
    ],
)
def test_requests_stay_for_the_shorter_period_of_their_site_and_country(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    site: str,
    country: str | None,
    pseudonymised: int,
    deleted: int,
) -> None:
    """They are in clear to its last day, then under a pseudonym to the last of the other one."""
    con.execute("delete from lake.request_fact")
    insert(
        con,
        "request_fact",
        log_date=DAY,
        request_profile_id=[*_GROUPS].index(site) + 1,
        client_id=[*_COUNTRIES].index(country) + 1,
    )
    insert(con, "ledger_day", log_date=DAY, records=1, read_at=_AT)

    def acts(night: dt.date) -> Iterable[LetGo]:
        due = periods.due_days(con, settings, night)
        return access_rows.let_go_of_rows(con, None, due, (), 1, _AT, access_rows.Sums())

    expected = LetGo("access_log", "pseudonymised", 1, 0, (DAY,), _GROUPS[site])
    assert _gone_after(pseudonymised, acts) == [expected]
    con.execute("update lake.request_fact set pseudonym_epoch = '2026-03.1'")
    assert _gone_after(deleted, acts) == [replace(expected, act="deleted")]


@pytest.mark.parametrize("days", [94, 97, 100, 107, 180, 190, 200, 210])
def test_a_day_comes_back_when_a_further_period_of_a_group_is_over(
    con: duckdb.DuckDBPyConnection, settings: Settings, days: int
) -> None:
    """Of sites or of countries; not each night, as what is due has a fingerprint."""
    insert(con, "ledger_day", log_date=DAY, records=1, read_at=_AT)

    def fates(age: int) -> list[str]:
        due = periods.due_days(con, settings, DAY + dt.timedelta(days=age))
        return [one.fates for one in due]

    assert fates(days - 1) != fates(days) == fates(days + 1)


def test_a_day_does_not_come_back_because_settings_are_written_in_another_order(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """What is due is the same, so its fingerprint is."""
    insert(con, "ledger_day", log_date=DAY, records=1, read_at=_AT)
    own = {"eea": settings.retention.country_groups["eea"], "japan": CountryRetention()}
    orders = (own, dict(reversed(own.items())))
    one, other = (
        periods.due_days(
            con,
            settings.model_copy(
                update={"retention": settings.retention.model_copy(update={"country_groups": of})}
            ),
            DAY + dt.timedelta(days=150),
        )
        for of in orders
    )
    assert one == other != []


@pytest.mark.parametrize(
    ("table", "site", "person", "pseudonymised", "deleted"),
    [
        ("user_day", "main", "user_id", 100, 200),
        ("user_day", "shop", "user_id", 97, 190),
        ("user_day", "depot", "user_id", 107, 210),
        ("user_day", "gone", "user_id", 100, 200),
        ("user_hour", "shop", "user_id", 97, 190),
        ("user_subject_day", "shop", "user_id", 97, 190),
        ("subnet_day", "shop", "subnet", 97, 190),
        ("session_user", "shop", "user_id", 97, 190),
        ("service_record", "shop", "user_id", 97, 190),
        ("explanation_day", "shop", "user_id", 97, 190),
        ("leak_day", "shop", "page", 97, 190),
        ("user_network_day", None, "user_id", 97, 210),
        ("user_agent_day", None, "user_id", 97, 210),
        ("service_user", None, "user_id", 97, 210),
    ],
)
def test_aggregates_of_persons_stay_as_long_as_the_requests_of_their_site(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: str,
    site: str | None,
    person: str,
    pseudonymised: int,
    deleted: int,
) -> None:
    """Where no site is known, to the shortest period in clear, and to the longest of all."""
    of_site = {} if site is None else {"site_id": site}
    insert(con, table, log_date=DAY, **{person: "st-1"}, **of_site)

    def acts(night: dt.date) -> Iterable[LetGo]:
        return aggregates.let_go_of_aggregates(con, None, settings.retention, night, ())

    expected = LetGo("aggregates", "pseudonymised", 1, 0, (DAY,))
    assert _gone_after(pseudonymised, acts) == [expected]
    con.execute(f"update lake.{table} set {person} = 'pn-' || {person}")
    assert _gone_after(deleted, acts) == [replace(expected, act="deleted")]


@pytest.mark.parametrize(("site", "days"), [("main", 100), ("shop", 97), ("depot", 107)])
def test_aggregates_of_pages_go_with_the_names_of_their_day(
    con: duckdb.DuckDBPyConnection, settings: Settings, site: str, days: int
) -> None:
    """Nothing in them could be pseudonymised."""
    insert(con, "script_day", log_date=DAY, site_id=site, url_path="/a")

    def acts(night: dt.date) -> Iterable[LetGo]:
        return aggregates.let_go_of_aggregates(con, None, settings.retention, night, ())

    assert _gone_after(days, acts) == [LetGo("aggregates", "deleted", 1, 0, (DAY,))]


def test_a_dry_run_tells_of_the_days_of_every_epoch(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """Days of two months have keys of their own, and both are told."""
    days = (DAY - dt.timedelta(days=31), DAY)
    for day in days:
        insert(con, "user_day", log_date=day, user_id="st-1", site_id="main")
    night = DAY + dt.timedelta(days=100)
    acts = aggregates.let_go_of_aggregates(con, None, settings.retention, night, ())
    assert list(acts) == [LetGo("aggregates", "pseudonymised", 1, 0, (day,)) for day in days]


@pytest.mark.parametrize(
    ("site", "days"), [("main", 95), ("shop", 91), ("depot", 99), ("gone", 95)]
)
def test_rejected_lines_stay_for_the_quarantine_of_their_site(
    con: duckdb.DuckDBPyConnection, site: str, days: int
) -> None:
    """A site that nobody knows any more has that of all."""
    insert(con, "reject", file_id=1, log_date=DAY, site_id=site, line="?")
    acts = _gone_after(
        days, lambda night: other_rows.let_go_of_rejects(con, night, (), _AT, is_dry_run=True)
    )
    assert acts == [LetGo("rejects", "deleted", 1, 0, (DAY,), _GROUPS[site])]


_ROWS: tuple[tuple[str, str, dict[str, object], int], ...] = (
    ("findings", "findings", {"date": DAY, "site_id": "main", "status": "new"}, 150),
    ("findings", "findings", {"date": DAY, "site_id": "shop", "status": "closed"}, 140),
    ("findings", "findings", {"date": DAY, "site_id": "depot", "status": "new"}, 160),
    ("findings", "findings", {"date": DAY, "site_id": "gone", "status": "new"}, 150),
    ("findings", "findings", {"date": DAY, "status": "new"}, 150),
    ("findings", "shadow_finding", {"date": DAY, "site_id": "main"}, 150),
    ("findings", "shadow_finding", {"date": DAY, "site_id": "shop"}, 140),
    ("incidents", "incident", {"date": DAY, "finding_ids": ["x"], "site_ids": ["shop"]}, 150),
    ("decisions", "triage", {"date": DAY, "decided_at": _LATER, "site_id": "main"}, 150),
    ("decisions", "triage", {"decided_at": _AT, "site_id": "shop"}, 140),
    ("decisions", "case_decision", {"decided_at": _AT, "case_id": "c"}, 150),
    ("suppressions", "suppression", {"valid_until": DAY, "site_id": "main"}, 150),
    ("suppressions", "suppression", {"ended_at": _AT, "valid_until": _LATER_DAY}, 150),
    ("suppressions", "suppression", {"ended_at": _LATER, "valid_until": DAY}, 150),
    ("suppressions", "suppression", {"valid_until": DAY, "site_id": "depot"}, 160),
    ("reviews", "review", {"date": DAY}, 150),
    ("directory", "person_change", {"changed_at": _AT}, 200),
    ("directory", "person", {"user_id": "st-1", "removed_at": _AT}, 200),
    ("directory", "privilege", {"user_id": "st-1", "removed_at": _AT}, 200),
    ("directory", "watch", {"subject_hash": "h", "removed_at": _AT}, 200),
    ("holds", "legal_hold", {"hold_id": "h", "released_at": _AT}, 150),
    ("corrections", "correction", {"to_day": DAY, "created_at": _EARLIER}, 150),
    ("corrections", "correction", {"to_day": _EARLIER.date(), "created_at": _AT}, 150),
)


@pytest.mark.parametrize(("kind", "table", "values", "days"), _ROWS)
def test_other_rows_stay_for_their_period(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    kind: str,
    table: str,
    values: dict[str, object],
    days: int,
) -> None:
    """From the day that they are about, or on which they ended, by the time of the lake."""
    insert(con, table, **values)

    def acts(night: dt.date) -> Iterable[LetGo]:
        return other_rows.let_go_of_other_rows(con, settings.retention, night, (), is_dry_run=True)

    assert _gone_after(days, acts) == [LetGo(kind, "deleted", 1, 0, (DAY,))]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("suppression", {"site_id": "main"}),
        ("person", {"user_id": "st-1"}),
        ("privilege", {"user_id": "st-1"}),
        ("watch", {"subject_hash": "h"}),
        ("legal_hold", {"hold_id": "h"}),
    ],
)
def test_what_has_not_ended_stays(
    con: duckdb.DuckDBPyConnection, settings: Settings, table: str, values: dict[str, object]
) -> None:
    """However long ago it began."""
    insert(con, table, **values)
    night = DAY + dt.timedelta(days=10_000)
    acts = other_rows.let_go_of_other_rows(con, settings.retention, night, (), is_dry_run=True)
    assert list(acts) == []


@pytest.mark.parametrize(
    ("kind", "folder", "days"),
    [
        ("reports", "2026-03-10", 92),
        ("data_docs", "data-docs/2026-03-10", 92),
        ("reports", "weekly/2026-W10", 92 - 2),  # to Sunday, the 8th
        ("audits", "audit/2026-02", 150 - 10),  # to the 28th
    ],
)
def test_reports_stay_as_long_as_requests_name_persons_and_audits_as_findings(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    tmp_path: Path,
    kind: str,
    folder: str,
    days: int,
) -> None:
    """From the last day that they are about."""
    home = Home(tmp_path)
    (home.reports / folder / "shops").mkdir(parents=True)
    for name in ("index.html", "shops/001.html"):
        (home.reports / folder / name).write_text("<p>report</p>")
    for other in (
        "2026-13-01",
        "data-docs/2026-02-30",
        "weekly/2026-W60",
        "audit/2026-14",
        "1-1-1",
    ):
        (home.reports / other).mkdir(parents=True)
        (home.reports / other / "page.html").write_text("no day")

    def acts(night: dt.date) -> Iterable[LetGo]:
        return let_go_of_reports(con, home, settings, night, (), _AT, is_dry_run=True)

    (act,) = _gone_after(days, acts)
    assert (act.kind, act.act, act.rows, act.files) == (kind, "deleted", 0, 2)
    assert act.days == (DAY + dt.timedelta(days=days - {"audits": 150}.get(kind, 92)),)


def test_logs_of_airflow_stay_for_their_period(tmp_path: Path) -> None:
    """To the second since they were written to; an empty folder goes with its last log."""
    folder = tmp_path / "airflow" / "logs"
    old, new, other = (folder / name for name in ("a/b/old.log", "a/new.log", "c/new.log"))
    for path, seconds in ((old, -1), (new, 0), (other, 1)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("log")
        at = (_AT - dt.timedelta(days=93)).timestamp() + seconds
        os.utime(path, (at, at))
    for is_dry_run in (True, False):
        acts = list(let_go_of_airflow_logs(Home(tmp_path), 93, _AT, is_dry_run=is_dry_run))
        assert acts == [LetGo("airflow_logs", "deleted", 0, 1)]
        assert old.exists() == is_dry_run
    assert sorted(folder.rglob("*")) == [new.parent, new, other.parent, other]


_AIRFLOW_TABLES = """
create table job (latest_heartbeat); create table log (dttm);
create table task_instance (start_date); create table xcom (timestamp);
create table dag_run (id, dag_id, run_type, start_date);
"""


@pytest.mark.parametrize(
    "statement",
    [
        "insert into job values (:at)",
        "insert into log values (:at)",
        "insert into task_instance values (:at)",
        "insert into xcom values (:at)",
        "insert into dag_run values (1, 'night', 'manual', :at)",
    ],
)
def test_rows_of_airflow_stay_for_their_period(tmp_path: Path, statement: str) -> None:
    """Those of 93 days ago to the microsecond; older ones are counted."""
    (tmp_path / "airflow").mkdir()
    before = (_AT - dt.timedelta(days=93)).astimezone(dt.UTC).replace(tzinfo=None)
    with closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as database, database:
        database.executescript(_AIRFLOW_TABLES)
        for microseconds in (-1, 0, 1):
            at = before + dt.timedelta(microseconds=microseconds)
            database.execute(statement, {"at": at.isoformat(" ")})
    acts = let_go_of_airflow_rows(Home(tmp_path), 93, _AT, is_dry_run=True)
    assert list(acts) == [LetGo("airflow_rows", "deleted", 1)]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (subprocess.CalledProcessError(3, "airflow", None, "first\n last \n\n"), "last"),
        (subprocess.CalledProcessError(3, "airflow", None, "one"), "one"),
        (subprocess.CalledProcessError(3, "airflow", None, " \n"), "exit code 3"),
        (subprocess.CalledProcessError(3, "airflow"), "exit code 3"),
        (sqlite3.OperationalError("database is locked"), "database is locked"),
    ],
)
def test_why_airflow_failed_is_the_last_line_that_it_wrote(
    error: sqlite3.Error | subprocess.SubprocessError, told: str
) -> None:
    """Of what else failed its own words."""
    assert _reason(error) == told


def test_what_airflow_wrote_before_it_failed_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last line, as text."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 容量がありません >&2\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    path = tmp_path / "airflow" / "airflow.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_AIRFLOW_TABLES)
        database.execute("insert into log values ('2020-01-01 00:00:00')")
    assert list(let_go_of_airflow_rows(Home(tmp_path), 93, _AT, is_dry_run=False)) == []
    (line,) = caplog.messages
    assert line == message("retention.airflow_rows.failed", at=path, reason="容量がありません")


def test_a_database_that_is_damaged_is_told_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The next night tries again; where there is none, or a link, there is nothing to do."""
    home = Home(tmp_path)
    path = tmp_path / "airflow" / "airflow.db"
    path.parent.mkdir()
    assert list(let_go_of_airflow_rows(home, 93, _AT, is_dry_run=False)) == []
    path.symlink_to(tmp_path / "elsewhere.db")
    (tmp_path / "elsewhere.db").write_bytes(b"no database " * 100)
    assert list(let_go_of_airflow_rows(home, 93, _AT, is_dry_run=False)) == []
    assert caplog.text == ""
    path.unlink()
    path.write_bytes(b"no database " * 100)
    assert list(let_go_of_airflow_rows(home, 93, _AT, is_dry_run=False)) == []
    assert "not a database" in caplog.text


def test_without_airflow_its_rows_stay_and_this_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removed it has its database still, and Airflow alone knows what belongs together."""
    monkeypatch.setitem(sys.modules, "airflow", None)  # as where it is not installed
    (tmp_path / "airflow").mkdir()
    path = tmp_path / "airflow" / "airflow.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_AIRFLOW_TABLES)
        database.execute("insert into log values ('2020-01-01 00:00:00')")
    before = path.read_bytes()
    assert list(let_go_of_airflow_rows(Home(tmp_path), 93, _AT, is_dry_run=False)) == []
    (line,) = caplog.messages
    assert line == message("retention.airflow_rows.not_installed", at=path)
    assert path.read_bytes() == before


def test_the_last_scheduled_run_of_each_dag_is_not_counted(tmp_path: Path) -> None:
    """By it Airflow knows the next one."""
    (tmp_path / "airflow").mkdir()
    with closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as database, database:
        database.executescript(_AIRFLOW_TABLES)
        for number, dag, kind, day in (
            (1, "night", "scheduled", 1),
            (2, "night", "scheduled", 2),
            (3, "night", "manual", 3),
            (4, "week", "scheduled", 1),
        ):
            database.execute(
                "insert into dag_run values (?, ?, ?, ?)", [number, dag, kind, f"2026-01-0{day}"]
            )
    acts = let_go_of_airflow_rows(Home(tmp_path), 1, _AT, is_dry_run=True)
    assert list(acts) == [LetGo("airflow_rows", "deleted", 2)]


def test_entries_of_the_shell_stay_as_long_as_requests_name_persons(tmp_path: Path) -> None:
    """An entry has all the lines to the next one; what has no day stays; links are left."""
    link, path = tmp_path / ".sql_history-1", tmp_path / ".sql_history-2"
    link.symlink_to("elsewhere")
    entries = (
        "no entry\n",
        "# 2026-03-09 10:00:00\n+select 1\n+from dual\n",
        "# 2026-03-10 10:00:00\n+select 2\n",
        "# 2026-13-01 10:00:00\n+select 3\n",
        "# 2026-03-11 10:00:00\n+select 4\n",
    )
    path.write_text("".join(entries))
    path.chmod(0o600)

    def acts(night: dt.date) -> Iterable[LetGo]:
        return let_go_of_shell_entries(Home(tmp_path), 100, night, is_dry_run=True)

    assert _gone_after(99, acts) == [LetGo("sql_history", "deleted", 1)]
    (act,) = acts(DAY + dt.timedelta(days=100))
    assert act.rows == 2
    assert path.read_text() == "".join(entries)
    night = DAY + dt.timedelta(days=100)
    assert list(let_go_of_shell_entries(Home(tmp_path), 100, night, is_dry_run=False)) == [act]
    assert path.read_text() == "".join((entries[0], *entries[3:]))


@pytest.mark.parametrize(
    ("is_used", "key_days", "days"),
    [(False, None, 107), (True, 130, 130), (False, 130, 107), (True, 90, 107)],
)
def test_the_key_of_an_epoch_stays_until_its_last_day_is_pseudonymised_everywhere(
    lake_in_memory: duckdb.DuckDBPyConnection,
    settings: Settings,
    tmp_path: Path,
    is_used: bool,
    key_days: int | None,
    days: int,
) -> None:
    """Then with the last of its rows, or after its own days where settings name them."""
    keys = EpochKeys(Home(tmp_path))
    (tmp_path / "keys").mkdir(mode=0o700)
    keys.made("2026-02.1")
    last = dt.date(2026, 2, 28)
    if is_used:
        insert(lake_in_memory, "request_fact", log_date=last, pseudonym_epoch="2026-02.1")
    retention = settings.retention.model_copy(update={"epoch_key_days": key_days})

    def acts(night: dt.date, *, is_dry_run: bool = True) -> list[LetGo]:
        given = (lake_in_memory, keys, retention, night - (DAY - last))
        return list(let_go_of_keys(*given, is_dry_run=is_dry_run))

    assert _gone_after(days, acts) == [LetGo("epoch_keys", "deleted", 0, 1, (last,))]
    assert keys.epochs() == ["2026-02.1"]
    assert acts(DAY + dt.timedelta(days=days), is_dry_run=False)
    assert keys.epochs() == []


def test_the_key_of_an_epoch_with_rows_stays_where_settings_name_no_day(
    lake_in_memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """However old it is; the key beside it that no row needs goes."""
    (tmp_path / "keys").mkdir(mode=0o700)
    keys = EpochKeys(Home(tmp_path))
    for epoch in ("2020-01.1", "2020-02.1"):
        keys.made(epoch)
    insert(lake_in_memory, "request_fact", log_date=DAY, pseudonym_epoch="2020-01.1")
    acts = list(let_go_of_keys(lake_in_memory, keys, Retention(), DAY, is_dry_run=False))
    assert [one.days for one in acts] == [(dt.date(2020, 2, 29),)]
    assert keys.epochs() == ["2020-01.1"]
