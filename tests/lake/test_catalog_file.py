"""The catalog as a file: copied as it was at an instant, and kept free of values of persons."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.lake.catalog_copy import copy_catalog
from pipelines.lake.catalog_file import CatalogFile, catalog_script
from pipelines.lake.files import catalogued_files
from pipelines.lake.place import place_of
from pipelines.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A lake with a table of two rows, one of them deleted."""
    home = Home(tmp_path / "var")
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.own as select unnest([1, 2]) as n")
        con.execute("delete from lake.own where n = 1")
    return home


def test_a_copy_names_the_files_of_its_snapshot(home: Home, tmp_path: Path) -> None:
    """With their bytes and where they lie, but none that only waits for its deletion."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.gone as select 1 as n")
        con.execute("drop table lake.gone")
        con.execute("call ducklake_expire_snapshots('lake', older_than => now())")
        waiting = {one.name for one in catalogued_files(con) if one.size is None}
        snapshot = lake.last_snapshot(con)
    assert waiting
    target = tmp_path / "copy.sqlite"
    copied = copy_catalog(home, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert copied.snapshot == snapshot
    places = copied.places(home)
    assert places.keys() == copied.sizes.keys()
    assert {name: path.stat().st_size for name, path in places.items()} == copied.sizes
    assert not waiting & copied.sizes.keys()
    next(iter(places.values())).unlink()
    assert len(copied.places(home)) == len(places) - 1
    with closing(sqlite3.connect(target)) as con:
        rows = con.execute("select count(*) from ducklake_files_scheduled_for_deletion")
        assert rows.fetchone() == (0,)
        assert con.execute("pragma journal_mode").fetchone() == ("wal",)


def _state(home: Home) -> tuple[int, int]:
    """How many columns are open, and what the catalog says of what was left."""
    with closing(sqlite3.connect(home.catalog)) as con:
        (count,) = con.execute("select count(*) from mimamori_open_column").fetchone()
        (version,) = con.execute("pragma user_version").fetchone()
        return count, version


def _extremes(home: Home) -> int:
    """How many extremes stand in the catalog that are longer than any that may."""
    with closing(sqlite3.connect(home.catalog)) as con:
        query = "select count(*) from ducklake_file_column_stats where min_value = 'Kanariya'"
        return int(con.execute(query).fetchone()[0])


def _leave_behind(home: Home, statement: str) -> None:
    """Put an extreme of a closed column where an earlier release had it, and change something."""
    with closing(sqlite3.connect(home.catalog, isolation_level=None)) as con:
        con.execute("drop trigger mimamori_file_extremes")
        con.execute(
            "insert into ducklake_file_column_stats (data_file_id, table_id, column_id, min_value)"
            " values (99999, 99999, 1, 'Kanariya')"
        )
        con.executescript(catalog_script("statistics"))
        con.execute(statement)


_REOPENED = """
delete from mimamori_open_column
where column_id = (select max(column_id) from mimamori_open_column)
"""


@pytest.mark.parametrize(
    ("statement", "is_cleaned"),
    [
        ("select 1", False),
        ("pragma user_version = 1", True),
        ("drop trigger mimamori_variant_extremes", True),
        ("insert into mimamori_open_column values (99999, 2)", True),
        (_REOPENED, False),
    ],
)
def test_the_catalog_is_cleaned_where_it_may_have_to_be(
    home: Home, statement: str, is_cleaned: bool
) -> None:
    """An earlier release, a trigger that lacks, a column that is closed by now; else it is not."""
    state = _state(home)
    _leave_behind(home, statement)
    with CatalogFile.opened(home.catalog) as catalog:
        catalog.prepare_statistics()
        assert _state(home) == state
        assert _extremes(home) == (0 if is_cleaned else 1)
        catalog.prepare_statistics()
    with closing(sqlite3.connect(home.catalog)) as con:
        found = con.execute("select count(*) from sqlite_master where type = 'trigger'").fetchone()
    assert found[0] >= 3


def test_what_was_deleted_stays_in_the_log_while_somebody_reads(home: Home) -> None:
    """It is said so, and the next one that cleans takes it away."""
    with (
        closing(sqlite3.connect(home.catalog, isolation_level=None)) as reading,
        CatalogFile.opened(home.catalog) as catalog,
    ):
        reading.execute("begin")
        reading.execute("select count(*) from ducklake_snapshot").fetchone()
        catalog._con.execute("pragma busy_timeout = 0")
        assert not catalog.clear_deleted()
        reading.execute("commit")
        assert catalog.clear_deleted()
    log = home.catalog.with_name(f"{home.catalog.name}-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_a_state_that_is_read_while_it_is_cleaned_is_cleaned_again(home: Home) -> None:
    """Until nobody reads it any more."""
    clean = _state(home)
    _leave_behind(home, "pragma user_version = 1")
    with (
        closing(sqlite3.connect(home.catalog, isolation_level=None)) as reading,
        CatalogFile.opened(home.catalog) as catalog,
    ):
        reading.execute("begin")
        reading.execute("select count(*) from ducklake_snapshot").fetchone()
        catalog._con.execute("pragma busy_timeout = 0")
        catalog.prepare_statistics()
        assert _state(home) != clean
        reading.execute("commit")
        catalog.prepare_statistics()
        assert _state(home) == clean


def test_a_table_is_put_down_as_empty_once(home: Home) -> None:
    """One that was dropped is not, nor is one that has rows."""
    query = "select table_id, record_count from ducklake_table_stats order by 1"
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.fresh (n integer)")
        con.execute("create table lake.dropped (n integer)")
        con.execute("drop table lake.dropped")
    with closing(sqlite3.connect(home.catalog)) as con:
        before = dict(con.execute(query).fetchall())
    for _ in range(2):
        with place_of(home).catalog() as catalog:
            catalog.prepare_statistics()
        with closing(sqlite3.connect(home.catalog)) as con:
            after = dict(con.execute(query).fetchall())
            (fresh,) = con.execute(
                "select table_id from ducklake_table where table_name = 'fresh'"
            ).fetchone()
        assert after == {**before, fresh: 0}


def test_nothing_is_kept_of_what_is_deleted(home: Home) -> None:
    """Free pages are overwritten, and the log is brought into the file."""
    with CatalogFile.opened(home.catalog) as catalog:
        catalog._con.execute("create table own (word text)")
        catalog._con.execute("insert into own values ('Uguisu')")
        catalog._con.execute("drop table own")
    assert b"Uguisu" not in home.catalog.read_bytes()
