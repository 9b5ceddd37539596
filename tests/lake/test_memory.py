"""DuckDB is kept to little memory, unless the work cannot be done with it."""

import duckdb
import pytest

from pipelines import lake
from pipelines.cores import usable_cores

_UNSPILLABLE = "select len(list(range)) from range(30_000_000)"


def _limit(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute("select current_setting('memory_limit')").fetchone())


def test_what_needs_more_than_limited_memory_is_done_all_the_same() -> None:
    """It fails without the second try; afterwards all is as it was."""
    with duckdb.connect(config={"threads": "1"}) as con:
        usual = _limit(con)
        with lake.limited_memory(con):
            assert _limit(con) != usual
            with pytest.raises(duckdb.OutOfMemoryException):
                con.execute(_UNSPILLABLE)
            found = lake.retried_without_limit(con, lambda: con.execute(_UNSPILLABLE).fetchall())
        assert found == [(30_000_000,)]
        assert _limit(con)[:4] == usual[:4]  # it is said in tenths of a GiB
        assert con.execute(_UNSPILLABLE).fetchall() == found


@pytest.mark.further
def test_more_that_is_held_already_is_no_failure() -> None:
    """The work then goes on without a limit."""
    with duckdb.connect(config={"threads": "1", "temp_directory": ""}) as con:
        con.execute("create table held as select random() as n from range(40_000_000)")
        with lake.limited_memory(con):
            row = con.execute("select count(*) from held").fetchone()
        assert row == (40_000_000,)


def test_a_limit_that_was_taken_away_is_set_again() -> None:
    """For the next piece of work; it leaves room beside the tables that stand by then."""
    with duckdb.connect(config={"threads": "1"}) as con, lake.limited_memory(con) as limit:
        first = _limit(con)
        lake.retried_without_limit(con, lambda: con.execute(_UNSPILLABLE).fetchall())
        assert _limit(con) != first
        con.execute("create table held as select random() as n from range(20_000_000)")
        limit.renew()
        renewed = _limit(con)
        assert renewed != first
        assert "MiB" in renewed
        limit.renew()
        assert _limit(con) == renewed


def test_the_error_of_a_transaction_is_not_hidden_by_its_threads() -> None:
    """A setting cannot be changed in a transaction that failed; outside of one it is as before."""
    with duckdb.connect(config={"threads": "1"}) as con:
        with (
            pytest.raises(duckdb.ConversionException, match="abc"),
            lake.transaction(con),
            lake.threads_for(con, 10_000_000),
        ):
            con.execute("select 'abc'::int from range(3)")
        with lake.threads_for(con, 10_000_000):
            pass
        assert con.execute("select current_setting('threads')").fetchone() is not None


def _mib(con: duckdb.DuckDBPyConnection) -> float:
    return float(_limit(con).split("'")[1].removesuffix(" MiB"))


@pytest.mark.parametrize(("threads", "megabytes"), [(1, 150), (2, 250)])
def test_a_limit_is_of_threads_and_tables(threads: int, megabytes: int) -> None:
    """50 MB, 100 MB for each thread, and as much as tables in memory take."""
    with duckdb.connect(config={"threads": str(threads)}) as con:
        with lake.limited_memory(con):
            assert _mib(con) == pytest.approx(megabytes * 1e6 / 2**20, abs=0.1)
        con.execute("create table held as select random() as n from range(2_000_000)")
        with lake.limited_memory(con) as limit:
            assert 14 < _mib(con) - megabytes * 1e6 / 2**20 < 32
            con.execute("set memory_limit = '1GB'")
            limit.renew()
            assert _mib(con) < 300


def test_a_limit_that_stands_is_not_set_again() -> None:
    """Though tables have grown since: to set it anew would cost more than it saves."""
    with duckdb.connect(config={"threads": "1"}) as con, lake.limited_memory(con) as limit:
        first = _mib(con)
        con.execute("create table held as select random() as n from range(2_000_000)")
        limit.renew()
        assert _mib(con) == first


@pytest.mark.parametrize(("rows", "threads"), [(0, 1), (249_999, 1), (250_000, 2), (499_999, 2)])
def test_threads_for_rows(rows: int, threads: int) -> None:
    """One for each quarter of a million, as far as there are processors; then as before."""
    with duckdb.connect() as con:
        expected = min(threads, usable_cores())
        con.execute("set threads = 3")
        with lake.threads_for(con, rows):
            assert con.execute("select current_setting('threads')").fetchone() == (expected,)
        assert con.execute("select current_setting('threads')").fetchone() == (3,)
