"""The lake: encrypted, described, migrated once, readable while it is written."""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake import connection
from pipelines.lake import schema as lake_schema
from pipelines.paths import SQL_DIR, Home

pytestmark = pytest.mark.lake_from_nothing


@pytest.fixture(scope="module")
def _new(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("new") / "home")
    with lake.open_writer(made, "Asia/Tokyo"):
        return made


@pytest.fixture
def home(_new: Home, tmp_path: Path) -> Home:
    """A home with a new lake."""
    return Home(shutil.copytree(_new.root, tmp_path / "home"))


def test_every_table_and_column_has_a_comment(home: Home) -> None:
    """The schema describes itself, with the class of personal data of each column."""
    with lake.open_reader(home, "UTC") as con:
        tables = con.execute(
            "select table_name, comment from duckdb_tables()"
            " where database_name = 'lake' and table_name <> 'migration'"
        ).fetchall()
        columns = con.execute(
            "select table_name || '.' || column_name, duckdb_columns.comment"
            " from duckdb_columns() join duckdb_tables() using (database_name, table_name)"
            " where database_name = 'lake' and table_name <> 'migration'"
        ).fetchall()
        views = con.execute(
            "select view_name, comment from duckdb_views() where database_name = 'lake'"
        ).fetchall()
    assert len(columns) > 100
    for name, comment in [*tables, *columns, *views]:
        assert comment, name
        assert comment.endswith(("[none]", "[pseudonym]", "[personal]")), name


def test_view_has_the_columns_of_the_contract(home: Home) -> None:
    """lake.access_log has the columns that others' queries rely on, in order and type."""
    with lake.open_reader(home, "UTC") as con:
        rows = con.execute("describe lake.access_log").fetchall()
    text = {name: kind for name, kind, *_ in rows}
    assert list(text)[:7] == [
        "event_id", "time", "log_date", "site_id", "site_group", "site_domain", "client_ip",
    ]  # fmt: skip
    expected = {
        "event_id": "UBIGINT", "time": "TIMESTAMP WITH TIME ZONE", "log_date": "DATE",
        "asn": "UINTEGER", "status": "USMALLINT", "bytes": "UBIGINT", "duration_ms": "DOUBLE",
        "is_bot": "BOOLEAN", "data_level": "UTINYINT", "redactions": "VARCHAR[]",
        "file_id": "UBIGINT", "line_no": "UBIGINT",
    }  # fmt: skip
    assert {name: text[name] for name in expected} == expected
    others = {name for name, kind in text.items() if kind == "VARCHAR"}
    assert len(text) == 42
    assert others | set(expected) == set(text)


def test_data_files_cannot_be_read_without_the_catalog(home: Home) -> None:
    """Parquet files are encrypted, and small inserts do not land in the catalog in clear."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("insert into lake.client (client_id, client_ip) values (1, '198.51.100.77')")
    files = list((home.lake / "data").rglob("*.parquet"))
    assert files
    for path in files:
        with pytest.raises(duckdb.Error, match=r"[Ee]ncrypt"):
            duckdb.connect().execute("select * from read_parquet(?)", [str(path)])
    stored = b"".join(path.read_bytes() for path in home.keys.glob("catalog.sqlite*"))
    rows = [path.read_bytes() for path in files]
    assert all(b"198.51.100.77" not in row for row in rows)
    with lake.open_reader(home, "UTC") as con:
        inlined = con.execute(
            "select count(*) from duckdb_tables() where table_name like 'ducklake_inlined_data_%'"
            " and table_name <> 'ducklake_inlined_data_tables'"
        ).fetchall()
    assert inlined == [(0,)]
    assert stored


def test_keys_of_data_files_cannot_be_made_predictable(home: Home) -> None:
    """No connection that writes takes a seed, and each draws other numbers."""
    drawn = []
    for _ in range(2):
        with lake.open_writer(home, "UTC") as con:
            for one in (con, con.cursor()):
                with pytest.raises(duckdb.Error, match="never on a connection that writes"):
                    one.execute("select setseed(0.42)")
            drawn += con.execute("select random()").fetchall()
    assert len(set(drawn)) == len(drawn)


def test_migrations_are_applied_once(home: Home) -> None:
    """A second start changes nothing."""
    with lake.open_writer(home, "UTC") as con:
        assert lake.migrate(con) == []


def test_changed_migration_is_refused(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that was edited after it had been applied is an error, not a silent drift."""
    copy = tmp_path / "sql"
    for path in sorted(SQL_DIR.glob("*/*.sql")):
        target = copy / path.relative_to(SQL_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8") + "\n-- edited\n", encoding="utf-8")
    monkeypatch.setattr(lake_schema, "SQL_DIR", copy)
    with (
        pytest.raises(MimamoriError, match="was changed after it had been applied"),
        lake.open_writer(home, "UTC"),
    ):
        pytest.fail("opened")


def test_reader_cannot_write(home: Home) -> None:
    """A reader's connection writes no table; what a question may do is tested in tests/query."""
    with (
        lake.open_reader(home, "UTC") as con,
        pytest.raises(duckdb.Error, match="read-only"),
    ):
        con.execute("delete from lake.site")


def test_reader_without_a_lake_is_told_what_to_do(tmp_path: Path) -> None:
    """The message names the folder and the command."""
    with (
        pytest.raises(MimamoriError, match="run 'mimamori ingest' first"),
        lake.open_reader(Home(tmp_path), "UTC"),
    ):
        pytest.fail("opened")


def test_failed_transaction_leaves_nothing(home: Home) -> None:
    """Everything inside a transaction is written, or nothing is."""
    with lake.open_writer(home, "UTC") as con:
        with pytest.raises(duckdb.Error), lake.transaction(con):  # noqa: PT012 - the first stays undone
            con.execute("insert into lake.client (client_id) values (1)")
            con.execute("select broken")
        assert con.execute("select count(*) from lake.client").fetchall() == [(0,)]


def test_earlier_snapshot_can_be_read(home: Home) -> None:
    """Auditors see the lake as it was."""
    with lake.open_writer(home, "UTC") as con:
        before = con.execute("select max(snapshot_id) from lake.snapshots()").fetchall()[0][0]
        con.execute("insert into lake.client (client_id) values (1)")
    with lake.open_reader(home, "UTC", at=before) as con:
        assert con.execute("select count(*) from lake.client").fetchall() == [(0,)]
    with (
        pytest.raises(MimamoriError, match="snapshot 99999 of the lake cannot be opened"),
        lake.open_reader(home, "UTC", at=99999),
    ):
        pytest.fail("opened")


def _be_older(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    """Know no migrations from this number on, nor views."""
    scripts = lake_schema._scripts()
    older = {name: scripts[name] for name in scripts if name < before}
    monkeypatch.setattr(lake_schema, "_scripts", lambda: older)


@pytest.mark.further
def test_requests_of_an_older_lake_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows written before request profiles stood for themselves read the same afterwards."""
    with monkeypatch.context() as older:
        _be_older(older, "010")
        older.setattr(connection, "use_key", lambda _con, _home: None)
        with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
            con.execute(
                """
                insert into lake.request by name
                select
                    n as event_id, '2026-11-19 09:00:00+09'::timestamptz + to_minutes(n) as time,
                    date '2026-11-19' + (n % 3)::int as log_date,
                    case when n % 7 > 0 then 'site-' || n % 2 end as site_id,
                    case n % 5 when 0 then '' when 1 then 'NULL' when 2 then 'a'', b' end as method,
                    case when n % 11 = 0 then '"' end as protocol, 3 as data_level,
                    n % 9 as client_id, '/' || n as url_path, [n::varchar] as redactions,
                    n as line_no
                from range(500) as line (n)
                """
            )
            query = "select * from lake.request order by event_id"
            before = con.execute(query).fetchall()
            names = [column[0] for column in con.description or []]
    with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
        assert con.execute(query).fetchall() == before
        assert [column[0] for column in con.description or []] == names
        profiles = con.execute(
            "select count(*), count(distinct request_profile_id), (select count(*) from"
            " (select distinct * exclude request_profile_id from lake.request_profile))"
            " from lake.request_profile"
        ).fetchone()
        days = con.execute("select log_date, count(*) from lake.request group by all").fetchall()
    assert profiles is not None
    assert len(set(profiles)) == 1
    assert len(days) == 3


@pytest.mark.further
def test_renamed_tables_of_an_older_lake_keep_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows under the old names are read, changed and added to under the new ones."""
    names = {
        "kind": "request_profile",
        "request_fact": "request_fact",
        "block_day": "subnet_day",
        "user_place": "user_network_day",
        "user_spelling": "user_alias",
        "incident": "incident",
    }
    with monkeypatch.context() as older:
        _be_older(older, "016")
        older.setattr(connection, "use_key", lambda _con, _home: None)
        with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
            con.execute(
                """
                insert into lake.kind by name
                select n as kind_id, 'site-' || n as site_id from range(3) as t (n);
                insert into lake.request_fact by name
                select n as event_id, date '2026-11-19' + (n % 2)::int as log_date,
                    n % 3 as kind_id, '/' || n as url_path
                from range(300) as t (n);
                insert into lake.block_day by name
                select date '2026-11-19' as log_date, n || '.0.0.0/24' as block, n as requests
                from range(9) as t (n);
                insert into lake.user_place by name
                select 'u-' || n as user_id, n || '.0.0.0/24' as block from range(9) as t (n);
                insert into lake.user_spelling by name
                select 'U-' || n as user_id, 'u-' || n as usual_id from range(9) as t (n);
                insert into lake.incident by name
                select 'i-' || n as incident_id, n < 5 as is_above_fold from range(9) as t (n);
                """
            )
            before = [_rows(con, name) for name in names]
    with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
        for name, old in zip(names.values(), before, strict=True):
            # Later releases add columns at the end.
            now = [row[: len(old[0])] for row in _rows(con, name)]
            if name == "incident":  # whose ids are keyed by now
                assert sorted(row[1:] for row in now) == sorted(row[1:] for row in old)
            else:
                assert now == old
        sites = "select site_id, count(*) from lake.request group by all order by all"
        assert con.execute(sites).fetchall() == [(f"site-{n}", 100) for n in range(3)]
        con.execute(
            "update lake.request_fact set request_profile_id = 1 where log_date = '2026-11-19';"
            "delete from lake.subnet_day where subnet = '8.0.0.0/24';"
            "insert into lake.user_network_day by name select 'u-9' as user_id, null as subnet;"
        )
        assert con.execute(sites).fetchall() == [("site-0", 50), ("site-1", 200), ("site-2", 50)]
        within = "select count(*) from lake.incident where is_within_budget"
        assert con.execute(within).fetchall() == [(5,)]
        assert len(_rows(con, "subnet_day")) == 8
        assert len(_rows(con, "user_network_day")) == 10


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return con.execute(f"select * from lake.{table} order by all").fetchall()
