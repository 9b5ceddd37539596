"""One opening for all stages of a process: opened late, locked while it is used."""

from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import LakeBusyError
from pipelines.paths import Home


def test_stages_share_the_lake_and_not_their_temporary_tables(tmp_path: Path) -> None:
    """It is there from the first call on, and between two stages others write."""
    home = Home(tmp_path)
    with lake.shared_lake() as opening:
        assert not home.catalog.exists()
        with opening(home, "Asia/Tokyo") as con:
            con.execute("create temp table own as select 1 as n")
            con.execute("create table lake.written as select 2 as n")
            with pytest.raises(LakeBusyError), lake.open_writer(home, "UTC", wait_seconds=0):
                pass
        with lake.open_writer(home, "UTC", wait_seconds=0) as other:
            other.execute("insert into lake.written values (3)")
        with opening(home, "Asia/Tokyo") as con:
            con.execute("insert into lake.written values (4)")
            assert _numbers(con) == [2, 3, 4]
            with pytest.raises(duckdb.CatalogException, match="own"):
                con.execute("select * from own")
    with lake.open_reader(home, "UTC") as con:
        assert _numbers(con) == [2, 3, 4]


def _numbers(con: duckdb.DuckDBPyConnection) -> list[int]:
    return [n for (n,) in con.execute("select n from lake.written order by n").fetchall()]


def test_a_failure_leaves_nothing_half_written(tmp_path: Path) -> None:
    """What a stage had not committed is no file afterwards, and the lock is free."""
    home = Home(tmp_path)

    def fail() -> None:
        with lake.shared_lake() as opening, opening(home, "UTC") as con:
            con.execute("create table lake.written (n integer)")
            con.execute("begin transaction")
            con.execute("insert into lake.written values (1)")
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        fail()
    assert not list((home.lake / "data" / "main" / "written").rglob("*.parquet"))
    with lake.open_writer(home, "UTC", wait_seconds=0) as con:
        assert con.execute("select count(*) from lake.written").fetchone() == (0,)
