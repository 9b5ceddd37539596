"""A night on PostgreSQL and S3: the same findings, ids and scores as in the working folder."""

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.backup.make import back_up
from pipelines.doctor.examine import examine
from pipelines.doctor.outcome import Status
from pipelines.doctor.servers import check_servers
from pipelines.errors import LakeBusyError, MimamoriError, SettingsError, UsageError
from pipelines.lake import postgres
from pipelines.lake.erasure import Pending, erase_bytes, pending, to_be_completed
from pipelines.lake.keys import settle
from pipelines.lake.place import place_of
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.privacy.key_source import home_of
from pipelines.settings.load import load
from tests.cluster import attacked_day
from tests.cluster.conftest import BUCKET, SECRETS, Servers, placed

pytestmark = [pytest.mark.servers, pytest.mark.slow]

_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
_FINDINGS = "select * exclude (evidence), evidence::varchar from lake.findings order by finding_id"


def _night(home: Home, config: Path) -> list[tuple[object, ...]]:
    settings = load(config)
    log = home.logs / "main" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text(attacked_day.lines(_DAY, "st-Kanariya"))
    stages.ingest(settings, home, clock=lambda: _NOW, on=_DAY)
    stages.detect(settings, home, [_DAY], lambda: _NOW)
    with lake.open_reader(home, settings.timezone) as con:
        return con.execute(_FINDINGS).fetchall()


@pytest.fixture(scope="module")
def config(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings with a lake on servers."""
    path = tmp_path_factory.mktemp("settings") / "mimamori.yaml"
    path.write_text(attacked_day.SETTINGS + servers.new_place())
    return path


@pytest.fixture(scope="module")
def night(
    config: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, list[tuple[object, ...]]]:
    """A working folder whose lake lies on servers, and the findings of its night."""
    home = placed(Home(tmp_path_factory.mktemp("on-servers") / "var"), config)
    return home, _night(home, config)


@pytest.fixture
def home(night: tuple[Home, list[tuple[object, ...]]]) -> Home:
    """The working folder after its night."""
    return night[0]


def test_findings_are_those_of_a_lake_in_the_working_folder(
    night: tuple[Home, list[tuple[object, ...]]], tmp_path: Path, servers: Servers
) -> None:
    """Every column of each, ids and scores among them; and no data file lies in the folder."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(attacked_day.SETTINGS)
    home, found = night
    embedded = Home(tmp_path / "var")
    embedded.keys.mkdir(parents=True, mode=0o700)
    embedded.root.chmod(0o700)
    shutil.copy(home.pseudonym_key, embedded.pseudonym_key)  # ids are made with it
    expected = _night(embedded, config)
    assert len(expected) > 2
    assert found == expected
    assert not list(home.lake.rglob("*.parquet"))
    assert not home.catalog.exists()
    listed = servers.client().list_objects_v2(Bucket=BUCKET)["Contents"]
    assert all("Kanariya" not in one["Key"] for one in listed)
    heads = {
        servers.client().get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read(4) for one in listed
    }
    # Encrypted Parquet, and none in clear; other tests leave odd objects there.
    assert b"PARE" in heads
    assert b"PAR1" not in heads


@contextmanager
def silent(servers: Servers, home: Home) -> Iterator[None]:
    """Have the log of the database get no statements, as docs/scale.md says."""
    database = servers.database(home)
    with servers.connect() as con:
        of_lake = f"alter role mimamori in database {database}"
        con.execute(f"{of_lake} set log_statement = 'none'")
        con.execute(f"{of_lake} set log_min_error_statement = 'panic'")
        try:
            yield
        finally:
            con.execute(f"{of_lake} reset all")


@pytest.mark.further
@pytest.mark.usefixtures("secrets")
def test_doctor_finds_nothing_wrong(home: Home, config: Path, servers: Servers) -> None:
    """The proofs hold, all data files are in the bucket, and PostgreSQL is set up well."""
    (told,) = check_servers(home)  # values of persons stand in the statements
    assert told.status is Status.WARNING
    assert "log_statement = all" in told.message
    with silent(servers, home):
        outcomes = {
            one.check: one
            for one in examine(config, Home(home.root), None, deep=False, clock=lambda: _NOW)
        }
    for check in ("servers", "data-files", "ledger-sums", "rows", "writer", "schema", "versions"):
        assert outcomes[check].status is Status.OK, outcomes[check].message
    assert "s3://lake/" in outcomes["servers"].message


def test_one_writer_at_a_time(home: Home) -> None:
    """The lock is of the database, so that it holds between machines, and goes with its holder."""
    with lake.open_writer(home, "UTC"):
        assert "PostgreSQL" in str(place_of(home).writer())
        with pytest.raises(LakeBusyError), lake.open_writer(home, "UTC", wait_seconds=0):
            pass
    assert place_of(home).writer() is None


def _write_without_lock(home: Home, servers: Servers) -> None:
    with lake.open_writer(home, "UTC") as writing:
        with servers.connect(servers.database(home)) as con:
            con.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
                " and database = (select oid from pg_database where datname = current_database())"
            )
        writing.execute("create table lake.lost as select 'Kanariya-the-lost' as name")


def test_who_has_lost_the_lock_commits_nothing(home: Home, servers: Servers) -> None:
    """The database checks each commit, and its log tells nothing of the values in it."""
    with silent(servers, home), pytest.raises(MimamoriError, match="lock broke off"):
        _write_without_lock(home, servers)
    with lake.open_reader(home, "UTC") as con:
        found = con.execute("select count(*) from duckdb_tables() where table_name = 'lost'")
        assert found.fetchone() == (0,)
    with lake.open_writer(home, "UTC"):
        pass
    assert "the-lost" not in (servers.folder / "postgres.log").read_text(errors="replace")


@pytest.mark.further
def test_keys_that_somebody_keeps_are_reported(
    home: Home, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older transaction keeps deleted rows of the catalog: the erasure is not complete."""
    monkeypatch.setattr(postgres, "_EXCLUSIVE_SECONDS", 0.1)
    now = dt.datetime.now(dt.UTC)
    with lake.open_writer(home, "UTC") as con:
        with servers.connect(servers.database(home)) as other:
            other.execute("begin isolation level repeatable read")
            other.execute("select 1")
            with to_be_completed(home, Pending.ERASURE):
                erase_bytes(con, home, now)
        assert pending(home) is Pending.ERASURE
        monkeypatch.undo()
        with to_be_completed(home, Pending.ERASURE):
            erase_bytes(con, home, now)
    assert pending(home) is None


def test_a_schema_of_the_accounts_name_changes_nothing(home: Home, servers: Servers) -> None:
    """PostgreSQL would look there first."""
    with servers.connect(servers.database(home)) as con:
        con.execute("create schema mimamori")
    try:
        assert place_of(home).has_catalog()
        assert place_of(home).catalog_bytes() > 0
    finally:
        with servers.connect(servers.database(home)) as con:
            con.execute("drop schema mimamori")


def test_the_catalog_holds_no_extremes_of_persons(home: Home, servers: Servers) -> None:
    """Triggers of the database keep them out; days and instants may stand there."""
    with servers.connect(servers.database(home)) as con:
        columns = {
            row[0]
            for row in con.execute(
                "select distinct column_name from ducklake_column"
                " inner join ducklake_file_column_stats using (table_id, column_id)"
                " inner join ducklake_table using (table_id) where table_name = 'request_fact'"
                " and coalesce(min_value, max_value, extra_stats) is not null"
            )
        }
        texts = str(con.execute("select * from ducklake_file_column_stats").fetchall())
        texts += str(con.execute("select * from ducklake_table_column_stats").fetchall())
    assert {"log_date", "time"} <= columns
    assert not {"user_id", "client_id", "url_path", "referrer"} & columns
    assert "Kanariya" not in texts


@pytest.mark.further
@pytest.mark.usefixtures("secrets")
def test_questions_are_asked_in_a_confined_process(home: Home, config: Path) -> None:
    """Which reaches the servers of the lake, and with a question nothing beside it."""

    def ask(query: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipelines", "--config", str(config)]
        return subprocess.run(
            [*command, "--home", str(home.root), "sql", query, "--format", "csv"],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    done = ask("select count(*) as n from lake.access_log")
    assert done.stdout == "n\n461\n", done.stderr
    metadata = ask("from postgres_query('__ducklake_metadata_lake', 'select 1')")
    assert metadata.returncode == 1
    assert "postgres_query" in metadata.stderr


def test_secrets_stand_nowhere(
    home: Home, config: Path, servers: Servers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in what describes the lake, in errors, in the log of the database, nor in files."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(config.read_text().replace("user=mimamori", "user=nobody"))
    wrong = {**SECRETS, "LAKE_SECRET": ""}
    with pytest.raises(SettingsError, match="LAKE_SECRET"):
        place_of(home_of(Home(home.root), load(config).lake, wrong.get)).has_data()
    with pytest.raises(MimamoriError, match="nobody") as refused:
        place_of(placed(Home(home.root), bad)).has_catalog()
    closed = tmp_path / "closed.yaml"
    closed.write_text(config.read_text().replace(f"127.0.0.1:{servers.s3}", "127.0.0.1:9"))
    with (
        pytest.raises(Exception, match=r"127\.0\.0\.1:9") as unreachable,
        lake.open_reader(placed(Home(home.root), closed), "UTC") as con,
    ):
        con.execute("select count(*) from lake.access_log where user_id is not null").fetchall()
    script = lake.reader_script(home, "UTC")
    assert "getenv('LAKE_SECRET')" in script
    said = f"{home!r} {refused.value} {unreachable.value} {script} {caplog.text}"
    said += (servers.folder / "postgres.log").read_text(errors="replace")
    for path in home.root.rglob("*"):
        said += path.read_text(errors="replace") if path.is_file() else ""
    assert [name for name, value in SECRETS.items() if value in said] == []


def test_settings_that_name_servers_pass_over_no_lake_in_the_folder(
    home: Home, tmp_path: Path
) -> None:
    """A lake that lies there is to be moved, not forgotten."""
    own = Home(tmp_path / "var")
    with lake.open_writer(own, "UTC"):
        pass
    there = Home(own.root, cluster=home.cluster)
    with pytest.raises(MimamoriError, match="lake migrate"):
        settle(there)


def test_keys_of_another_lake_are_refused(home: Home, tmp_path: Path) -> None:
    """A machine whose folder of keys is another lake's does not write to this one."""
    other = Home(tmp_path / "var", cluster=home.cluster)
    other.keys.mkdir(parents=True)
    (other.keys / "lake.id").write_text("0" * 32)
    with (
        pytest.raises(MimamoriError, match="these are not the keys"),
        lake.open_writer(other, "UTC"),
    ):
        pass


def test_a_second_machine_with_the_keys_reads_and_writes(home: Home, tmp_path: Path) -> None:
    """Its own working folder needs the keys alone; an empty one is no new lake."""
    other = Home(tmp_path / "var", cluster=home.cluster, keys_elsewhere=home.keys)
    with lake.open_reader(other, "UTC") as con:
        assert con.execute("select count(*) from lake.access_log").fetchone() == (461,)
    with lake.open_writer(other, "UTC"):
        pass
    without = Home(tmp_path / "without", cluster=home.cluster)
    with pytest.raises(MimamoriError, match="without the keys"), lake.open_writer(without, "UTC"):
        pass


def test_backups_are_refused_whole(home: Home, tmp_path: Path) -> None:
    """Rather than made of half of it."""
    with pytest.raises(UsageError, match="pg_dump"):
        back_up(home, tmp_path / "backup", None, lambda: _NOW)
    assert not (tmp_path / "backup").exists()


@pytest.mark.full
def test_upkeep_merges_and_loses_nothing(home: Home, config: Path) -> None:
    """Fewer files, the same rows, and no object left that the catalog does not name."""
    result = stages.upkeep(load(config), home, lambda: _NOW)
    assert result.rows_before == result.rows_after
    assert result.files_after <= result.files_before


@pytest.mark.further
def test_a_table_that_is_filled_before_its_columns_are_open_hides_no_row(home: Home) -> None:
    """As a migration makes one: the extremes of its first rows are not known, so none are."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.moved as select ?::date as log_date", [_DAY])
        con.execute("comment on column lake.moved.log_date is 'Day. [none]'")
    later = _DAY + dt.timedelta(days=9)
    with lake.open_writer(home, "UTC") as con:
        con.execute("insert into lake.moved values (?)", [later])
        for day in (_DAY, later):
            asked = "select count(*) from lake.moved where log_date = ?"
            assert con.execute(asked, [day]).fetchone() == (1,)
        con.execute("drop table lake.moved")
