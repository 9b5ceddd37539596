"""The catalog's database past DuckLake: its lock, claims, name, triggers, and lost commits."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath

import psycopg
import pytest

from pipelines import lake
from pipelines.errors import LakeBusyError, MimamoriError
from pipelines.lake import postgres, postgres_turns
from pipelines.lake.bucket import bucket_files
from pipelines.lake.keys import require, settle
from pipelines.lake.lost_commit import note_answered, undo_lost
from pipelines.lake.move_mark import Departure
from pipelines.lake.place import place_of
from pipelines.lake.postgres import CatalogDatabase, advisory_lock, connected
from pipelines.lake.postgres_turns import PostgresTurns
from pipelines.lake.turns import LakeChangedError
from pipelines.paths import Cluster, Home
from tests.cluster.conftest import BUCKET, SECRETS, Servers, cluster_of, placed

pytestmark = pytest.mark.servers

_PATIENCE_SECONDS = 60
_SITES = 'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'


def _placed(servers: Servers, folder: Path) -> Home:
    config = folder / "mimamori.yaml"
    config.write_text(_SITES + servers.new_place())
    return placed(Home(folder / "var"), config)


@pytest.fixture(scope="module")
def home(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A working folder whose lake, with a table of two files, lies on servers."""
    home = _placed(servers, tmp_path_factory.mktemp("catalog"))
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.own (n integer)")
        for n in (1, 2):
            con.execute("insert into lake.own values (?)", [n])
    return home


@pytest.fixture
def cluster(home: Home) -> Cluster:
    """Where its lake lies."""
    return cluster_of(home)


@pytest.fixture
def empty(servers: Servers, tmp_path: Path) -> Home:
    """A working folder whose servers have no lake yet."""
    return _placed(servers, tmp_path)


def _one(con: psycopg.Connection, query: str) -> object:
    ((value,),) = con.execute(query).fetchall()
    return value


def _await(is_so: Callable[[], bool]) -> bool:
    """Whether something comes about within a while."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (found := is_so()) and time.monotonic() < until:
        time.sleep(0.01)
    return found


def test_a_database_without_a_lake(empty: Home) -> None:
    """It has no name and takes no bytes; there is nothing to clean, to note or to undo."""
    cluster, place = cluster_of(empty), place_of(empty)
    assert (place.has_catalog(), place.has_data(), place.lake_id()) == (False, False, None)
    assert (place.catalog_bytes(), place.writer()) == (0, None)
    before = place.generation()
    assert before == 0
    for _ in range(2):
        place.raise_generation()
        after = place.generation()
        assert after is not None
        assert after > before
        before = after
    with connected(cluster) as con:
        with pytest.raises(MimamoriError, match=r"lake\.catalog"):
            CatalogDatabase(con).clear_deleted()
        note_answered(con)
        undo_lost(con, cluster.data)
        assert _one(con, "select to_regclass('mimamori_answered') is null")
        for _ in range(2):
            postgres.make(con, "create table own (n integer)")


def test_what_is_discarded_leaves_what_is_of_others(empty: Home, servers: Servers) -> None:
    """Tables and objects of others stay; the lake's go, with their triggers' functions."""
    cluster, place = cluster_of(empty), place_of(empty)
    own = "ducklake-01a22352-075d-7307-921c-d099daeb7f83.parquet"
    names = [own, "sales.parquet"]
    with bucket_files(cluster.data) as files:
        for name in names:
            files.put(PurePosixPath("main") / name, BytesIO(b"abc"), 3)
    with connected(cluster) as con:
        for table in ("ducklake_metadata", "ducklake_other", "mimamori_claim", "others"):
            con.execute(f"create table {table} (n integer)")
        postgres.raise_generation(con)
    assert place.has_catalog()
    assert place.has_data()
    place.discard()
    assert not place.has_catalog()
    assert [one.name for one in place.files()] == names[1:]
    with connected(cluster) as con:
        query = "select string_agg(tablename, ' ') from pg_tables where schemaname = 'public'"
        assert _one(con, query) == "others"
    assert place.generation() == 0
    listed = servers.client().list_objects_v2(Bucket=BUCKET, Prefix=cluster.data.prefix)
    assert listed["KeyCount"] == 1


@pytest.mark.parametrize("size", [0, 1024 * 1024, 1024 * 1024 + 1])
def test_an_object_is_read_as_it_was_put(empty: Home, size: int) -> None:
    """In parts of a mebibyte."""
    path, content = PurePosixPath("main/1.parquet"), b"x" * size
    with bucket_files(cluster_of(empty).data) as files:
        files.put(path, BytesIO(content), size)
        parts = list(files.read(path))
    assert b"".join(parts) == content
    assert max(map(len, parts), default=0) == min(size, 1024 * 1024)


def test_the_lock_has_one_holder_who_is_named(cluster: Cluster) -> None:
    """By address and session; who does not wait is refused, and asks nothing meanwhile."""
    asked: list[int] = []
    with advisory_lock(cluster, 0) as con:
        holder = f"127.0.0.1 (PID {con.info.backend_pid} of PostgreSQL)"
        assert postgres.holder(cluster) == holder
        with (
            pytest.raises(LakeBusyError) as raised,
            advisory_lock(cluster, 0, lambda: asked.append(1)),
        ):
            pytest.fail("two holders")
    assert holder in str(raised.value)
    assert asked == []
    assert postgres.holder(cluster) is None


def test_the_lock_is_awaited(cluster: Cluster) -> None:
    """Who waits can do something meanwhile, and has it as soon as its holder is done."""
    asked, is_held, is_over = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with advisory_lock(cluster, 0):
            is_held.set()
            is_over.wait(_PATIENCE_SECONDS)

    def meanwhile() -> None:
        asked.set()
        is_over.set()

    other = threading.Thread(target=hold)
    other.start()
    assert is_held.wait(_PATIENCE_SECONDS)
    with advisory_lock(cluster, _PATIENCE_SECONDS, meanwhile):
        assert asked.is_set()
    other.join()


def test_settings_that_do_not_fit_are_named(home: Home, servers: Servers) -> None:
    """Those under which a lake fails, and those by which a log tells of persons."""
    place = place_of(home)
    assert place.unfit() == []
    assert place.revealing() == ["log_min_error_statement = error", "log_statement = all"]
    of_lake = f"alter role mimamori in database {servers.database(home)}"
    with servers.connect() as con:
        con.execute(f"{of_lake} set statement_timeout = 5000")
        con.execute(f"{of_lake} set log_statement = 'ddl'")
        con.execute(f"{of_lake} set log_min_error_statement = 'panic'")
        con.execute(f"{of_lake} set log_min_duration_statement = 10")
        try:
            assert place.unfit() == ["statement_timeout = 5000"]
            assert place.revealing() == ["log_min_duration_statement = 10"]
        finally:
            con.execute(f"{of_lake} reset all")


def test_a_lake_keeps_the_name_of_its_keys(home: Home, tmp_path: Path) -> None:
    """A machine whose folder is another lake's is refused; one whose folder has no name is not."""
    place = place_of(home)
    assert place.lake_id() == (home.keys / "lake.id").read_text().strip()
    other = Home(tmp_path, keys_elsewhere=home.keys, cluster=home.cluster)
    other.lake.mkdir()
    settle(other)
    assert other.lake_id.read_bytes() == home.lake_id.read_bytes()
    other.lake_id.write_text("0" * 32)
    with pytest.raises(MimamoriError, match="not the keys of"):
        settle(other)


def test_servers_may_be_named_in_other_words(home: Home, tmp_path: Path) -> None:
    """A lake that went to them is there, whatever they were called then; another one is not."""
    Departure("postgres:in other words", "s3://elsewhere/", "2026").write(home)
    try:
        require(home)
        without = Home(tmp_path, cluster=home.cluster)
        without.lake.mkdir()
        within = Home(home.root)
        Departure("postgres:in other words", "s3://elsewhere/", "2026").write(without)
        for one in (without, within):
            with pytest.raises(MimamoriError, match="in other words"):
                require(one)
        without.keys.mkdir()
        (without.keys / "lake.id").write_text("0" * 32)
        with pytest.raises(MimamoriError, match="in other words"):
            require(without)
    finally:
        Departure.remove(home)


_LEFT = """
insert into ducklake_file_column_stats (data_file_id, table_id, column_id, min_value)
values (99999, 99999, 1, 'Kanariya')
"""
_EXTREMES = "select count(*) from ducklake_file_column_stats where min_value = 'Kanariya'"
_TRIGGERS = "select count(*) from pg_trigger where tgname like 'mimamori%'"
_OPEN = "select count(*) from mimamori_open_column"


@contextmanager
def _left_behind(con: psycopg.Connection) -> Iterator[None]:
    """Have an extreme in the catalog that none may be, as an earlier release left it."""
    con.execute("alter table ducklake_file_column_stats disable trigger all")
    con.execute(_LEFT)
    con.execute("alter table ducklake_file_column_stats enable trigger all")
    yield
    con.execute("delete from ducklake_file_column_stats where data_file_id = 99999")


@pytest.mark.parametrize(
    ("statement", "is_cleaned"),
    [
        ("select 1", False),
        ("drop trigger mimamori_commit on ducklake_snapshot", True),
        ("insert into mimamori_open_column values (99999, 2)", True),
        ("delete from mimamori_open_column where column_id = 2", False),
    ],
)
def test_the_catalog_is_cleaned_where_it_may_have_to_be(
    cluster: Cluster, statement: str, is_cleaned: bool
) -> None:
    """A trigger that lacks, a column that is closed by now; else it is not."""
    with connected(cluster) as con, _left_behind(con):
        before = [_one(con, query) for query in (_TRIGGERS, _OPEN)]
        con.execute(statement)
        for _ in range(2):
            CatalogDatabase(con).prepare_statistics()
        assert [_one(con, query) for query in (_TRIGGERS, _OPEN)] == before
        assert _one(con, _EXTREMES) == (0 if is_cleaned else 1)
        assert _one(con, "select bool_and(is_clean) and count(*) = 1 from mimamori_lake")


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(
            "lock table ducklake_tag in access share mode",
            marks=pytest.mark.skipif(
                "FAKETIME" in os.environ, reason="its lock_timeout does not fire under libfaketime"
            ),
        ),
        "select 1",
    ],
)
def test_what_somebody_reads_is_cleaned_later(
    cluster: Cluster, servers: Servers, home: Home, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    """A table that is in use, or a state from before: it is said so, and done by the next one."""
    with connected(cluster) as con, servers.connect(servers.database(home)) as other:
        catalog = CatalogDatabase(con)
        monkeypatch.setattr(postgres, "_EXCLUSIVE_SECONDS", 1)
        other.execute("begin isolation level repeatable read")
        other.execute("select 1")
        other.execute(held)
        con.execute("update mimamori_lake set is_clean = true")  # something since then
        assert not catalog.clear_deleted()
        con.execute("update mimamori_lake set is_clean = false")
        catalog.prepare_statistics()
        assert not _one(con, "select is_clean from mimamori_lake")
        other.execute("rollback")
        assert catalog.clear_deleted()
        catalog.prepare_statistics()
        assert _one(con, "select is_clean from mimamori_lake")
        assert _one(con, "show lock_timeout") == "0"


def test_claims_are_prolonged_and_changes_are_seen(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the turns go on; they end with them."""
    monkeypatch.setattr(postgres_turns, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(postgres_turns, "LEASE_SECONDS", 1)
    until = "select max(held_until) from mimamori_claim"
    with connected(cluster) as con, PostgresTurns.begun(cluster, _PATIENCE_SECONDS) as turns:
        assert turns.take(["a"]) == {"a"}
        first = _one(con, until)
        assert _await(lambda: _one(con, until) != first)
        turns.require_unchanged()
        with turns.writing(["a"]):
            pass
        postgres.raise_generation(con)
        with pytest.raises(LakeChangedError), turns.writing(["a"]):
            pytest.fail("written")

        def has_changed() -> bool:
            try:
                turns.require_unchanged()
            except LakeChangedError:
                return True
            return False

        assert _await(has_changed)
        assert _one(con, "select count(*) from mimamori_claim") == 1
    with connected(cluster) as con:
        assert _one(con, "select count(*) from mimamori_claim") == 0


def test_changes_are_seen_without_a_claim(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever only reads, before it writes anything."""
    monkeypatch.setattr(postgres_turns, "_LOOK_SECONDS", 0.02)
    with PostgresTurns.begun(cluster, _PATIENCE_SECONDS) as turns:
        turns.require_unchanged()
        with connected(cluster) as con:
            postgres.raise_generation(con)

        def has_changed() -> bool:
            try:
                turns.require_unchanged()
            except LakeChangedError:
                return True
            return False

        assert _await(has_changed)


def _numbers(home: Home) -> list[int]:
    with lake.open_reader(home, "UTC") as con:
        return [n for (n,) in con.execute("select n from lake.own order by n").fetchall()]


_LAST = "select max(snapshot_id) from ducklake_snapshot"
_NAMES = """
select path from ducklake_data_file where begin_snapshot > {0}
union all select path from ducklake_delete_file where begin_snapshot > {0}
"""


def _lose(home: Home, *statements: str) -> tuple[int, list[str]]:
    """Commit statements, then take the answers and files of all but the first away."""
    with lake.open_writer(home, "UTC") as con:
        for statement in statements:
            con.execute(statement)
    with connected(cluster_of(home)) as con:
        last = _one(con, _LAST)
        assert isinstance(last, int)
        answered = last - len(statements)
        con.execute("update mimamori_answered set snapshot_id = %s", [answered])
        names = [str(name) for (name,) in con.execute(_NAMES.format(answered))]
    _remove(home, names)
    return answered, names


def _remove(home: Home, names: list[str]) -> None:
    place = place_of(home)
    place.remove([one for one in place.files() if one.name in names])


def test_lost_commits_are_undone(home: Home) -> None:
    """Rows that were added go, those that were deleted are back, and the next commit goes well."""
    before = _numbers(home)
    answered, names = _lose(
        home, "insert into lake.own values (7), (8)", "delete from lake.own where n = 7"
    )
    assert len(names) == 2
    counts = "select record_count from ducklake_table_stats inner join ducklake_table"
    counts += " using (table_id) where table_name = 'own' and end_snapshot is null"
    with lake.open_writer(home, "UTC"):
        pass
    assert _numbers(home) == before
    with connected(cluster_of(home)) as con:
        assert _one(con, _LAST) == answered
        assert _one(con, counts) == len(before)
        for table in ("ducklake_file_column_stats", "ducklake_file_partition_value"):
            query = f"select count(*) from {table} where data_file_id not in"
            query += " (select data_file_id from ducklake_data_file)"
            assert _one(con, query) == 0
        undo_lost(con, cluster_of(home).data)  # nothing more
        assert _one(con, _LAST) == answered
    with lake.open_writer(home, "UTC") as writing:
        writing.execute("insert into lake.own values (9)")
    assert _numbers(home) == [*before, 9]


def test_commits_whose_files_are_there_are_kept(home: Home) -> None:
    """Their answers were lost alone; afterwards they count as answered."""
    cluster = cluster_of(home)
    with lake.open_writer(home, "UTC") as con:
        con.execute("insert into lake.own values (20)")
    before = _numbers(home)
    with connected(cluster) as con:
        last = _one(con, _LAST)
        con.execute("update mimamori_answered set snapshot_id = snapshot_id - 1")
        undo_lost(con, cluster.data)
        assert _one(con, _LAST) == last
        for _ in range(2):
            note_answered(con)
        assert _one(con, "select snapshot_id from mimamori_answered") == last
        con.execute("delete from mimamori_answered")  # as before the first note
        undo_lost(con, cluster.data)
    assert _numbers(home) == before


@pytest.mark.parametrize(
    "statements",
    [
        ("create table lake.other as select 1 as n",),
        # The whole file is gone with the second commit, so that the first cannot be taken back.
        ("insert into lake.own values (30)", "delete from lake.own where n = 30"),
    ],
)
def test_a_lost_commit_that_others_rest_on_is_an_error(
    home: Home, statements: tuple[str, ...]
) -> None:
    """Of a table that was made, and of a file that a later commit replaced: nothing is undone."""
    answered, names = _lose(home, *statements)
    cluster = cluster_of(home)
    with connected(cluster) as con:
        last = _one(con, _LAST)
        with pytest.raises(MimamoriError, match=rf"snapshot {answered + 1} .*{names[0]}"):
            undo_lost(con, cluster.data)
        assert _one(con, _LAST) == last
        note_answered(con)
    with lake.open_writer(home, "UTC") as writing:
        writing.execute("drop table if exists lake.other")


@pytest.mark.usefixtures("secrets")
def test_another_duckdb_is_given_access_by_the_environment(home: Home) -> None:
    """Its script names the variables, and no secret stands in it."""
    script = lake.reader_script(home, "UTC")
    assert all(f"getenv('{name}')" in script for name in SECRETS)
    assert not any(value in script for value in SECRETS.values())
