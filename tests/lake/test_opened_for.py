"""Who opens the lake for what: ingest, readers, another DuckDB; and what it says to each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.cores import usable_cores
from pipelines.errors import MimamoriError
from pipelines.lake.connection import attach_statement, between
from pipelines.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a new lake."""
    home = Home(tmp_path / "var")
    with lake.open_writer(home, "UTC"):
        return home


def _threads(con: duckdb.DuckDBPyConnection) -> int:
    ((threads,),) = con.execute("select current_setting('threads')").fetchall()
    return int(threads)


def test_ingest_in_a_working_folder_is_the_only_writer(home: Home) -> None:
    """It takes no turns, however the lake is opened for it."""
    with lake.open_for_ingest(home, "UTC", lake.open_writer) as (con, turns):
        assert turns is None
        con.execute("create table lake.own (n integer)")

    @contextmanager
    def opening(_home: Home, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
        assert timezone == "Asia/Tokyo"
        with duckdb.connect() as own:
            yield own.execute("create table given as select 1 as n")

    with lake.open_for_ingest(home, "Asia/Tokyo", opening) as (con, turns):
        assert turns is None
        assert con.execute("select n from given").fetchone() == (1,)


@pytest.mark.parametrize(("rows", "threads"), [(249_999, 1), (250_000, 2)])
def test_a_lake_is_opened_with_threads_for_its_rows(home: Home, rows: int, threads: int) -> None:
    """Of all tables as they are now, and of no earlier state."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.gone as select n from range(300000) as own (n)")
        con.execute("drop table lake.gone")
        ((others,),) = con.execute(
            "select sum(record_count) from __ducklake_metadata_lake.ducklake_data_file"
            " where end_snapshot is null"
        ).fetchall()
        con.execute("create table lake.own as select n from range(?) as own (n)", [rows - others])
    with lake.open_reader(home, "UTC") as con:
        assert _threads(con) == min(threads, usable_cores())


def test_a_damaged_catalog_is_told_from_one_that_cannot_be_opened(home: Home) -> None:
    """Of the first it is said which file, of the second what was to be opened."""
    with (
        pytest.raises(MimamoriError, match="snapshot 777 of the lake cannot be opened"),
        lake.open_reader(home, "UTC", at=777),
    ):
        pytest.fail("opened")
    content = home.catalog.read_bytes()
    home.catalog.write_bytes(b"no database" * 1000)
    with (
        pytest.raises(MimamoriError, match=r"catalog\.sqlite.*backup"),
        lake.open_reader(home, "UTC"),
    ):
        pytest.fail("opened")
    home.catalog.write_bytes(content)
    with lake.open_writer(home, "UTC") as con:
        con.execute("drop table lake.ledger")
    with (
        pytest.raises(MimamoriError, match="the lake cannot be opened") as raised,
        lake.open_reader(home, "UTC"),
    ):
        pytest.fail("opened")
    assert "beside the catalog" not in str(raised.value)


def _ask(home: Home, at: int | None) -> None:
    with lake.open_reader(home, "UTC", at) as con:
        con.execute("select * from lake.of_a_later_release")


def test_what_an_earlier_release_lacks_is_told(home: Home) -> None:
    """Of the lake as it is now, and where it is not up to date; any other mistake is a mistake."""
    with pytest.raises(duckdb.CatalogException):
        _ask(home, None)
    with lake.open_writer(home, "UTC") as con:
        con.execute("delete from lake.migration where name like '001%'")
        last = lake.last_snapshot(con)
    with pytest.raises(MimamoriError, match="made by an earlier release"):
        _ask(home, None)
    with pytest.raises(duckdb.CatalogException):
        _ask(home, last)


def test_what_a_reader_of_a_working_folder_does_wrong_is_raised_as_it_is(home: Home) -> None:
    """Also what would be explained of a lake on servers: nothing in it quotes a statement."""
    too_much = "set memory_limit = '50MB'; select len(list(range)) from range(10_000_000)"
    with pytest.raises(duckdb.OutOfMemoryException), lake.open_reader(home, "UTC") as con:
        con.execute(too_much)


def test_another_duckdb_reads_and_cannot_write(home: Home) -> None:
    """By a script of statements, in the time zone that it is asked in."""
    script = lake.reader_script(home, "Asia/Tokyo")
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as con:
        con.execute(script)
        assert con.execute("select current_setting('TimeZone')").fetchone() == ("Asia/Tokyo",)
        assert con.execute("select count(*) from lake.site").fetchone() == (0,)
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("delete from lake.site")


def test_both_places_of_a_move_can_be_attached(home: Home, tmp_path: Path) -> None:
    """Under names of their own, to be written to; an earlier state can be asked for."""
    other = Home(tmp_path / "other")
    with lake.open_writer(other, "UTC"):
        pass
    with between(home, other) as con:
        con.execute(attach_statement(home, "here"))
        con.execute(attach_statement(other, "there"))
        con.execute("create table there.own as from here.site")
        ((last,),) = con.execute("select id from ducklake_current_snapshot('there')").fetchall()
        con.execute("detach there")
        con.execute(attach_statement(other, "there", read_only=True, at=last - 1))
        with pytest.raises(duckdb.CatalogException):
            con.execute("from there.own")


def test_statements_name_the_snapshot_that_they_make(home: Home) -> None:
    """Within the transaction that makes it."""
    with lake.open_writer(home, "UTC") as con:
        assert lake.store_of(con) == "lake"
        with lake.transaction(con):
            expected = lake.next_snapshot(con)
            lake.insert_rows(con, "site", [])
            lake.insert_rows(con, "site", [{"site_id": "a"}, {"site_id": "b"}])
        assert lake.last_snapshot(con) == expected
        assert con.execute("select count(*) from lake.site").fetchone() == (2,)


def test_tables_of_a_frame() -> None:
    """Seen by all cursors or by one; what was registered is gone after its block."""
    with duckdb.connect() as con, con.cursor() as other:
        for n in (1, 2):
            lake.make_table(con, "shared", pl.DataFrame({"n": [n]}))
        assert other.execute("from shared").fetchall() == [(2,)]
        lake.make_table(con, "own", pl.DataFrame({"n": [3]}), is_own=True)
        assert con.execute("from own").fetchall() == [(3,)]
        frames = {"first": pl.DataFrame({"n": [4]}), "second": pl.DataFrame({"n": [5]})}
        with lake.registered(con, **frames):
            assert con.execute("from first union all from second").fetchall() == [(4,), (5,)]
        for name, asking in (("own", other), ("first", con), ("second", con)):
            with pytest.raises(duckdb.CatalogException):
                asking.execute(f"from {name}")
