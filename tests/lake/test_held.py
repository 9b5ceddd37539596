"""The lake held in memory: the same names and rows, written through, and afterwards itself."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.lake import held
from pipelines.paths import Home

_DAY = dt.date(2026, 4, 1)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose lake has a few rows."""
    home = Home(tmp_path)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        con.execute("insert into lake.client (client_id, client_ip) values (1, '192.0.2.1')")
        con.execute(
            "insert into lake.reverse_dns (client_ip, client_host) values ('192.0.2.1', 'a')"
        )
        _find(con, "a", _DAY)
    return home


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writer's connection to it."""
    with lake.open_writer(home, "Asia/Tokyo") as con:
        yield con


def test_every_name_of_the_lake_stands(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Tables, views and macros have their names, columns and types, and say the same."""
    names, columns = _names(con), _columns(con)
    rows = {one: con.execute(f"from lake.{one}").fetchall() for one in ("client", "findings_open")}
    with lake.held_in_memory(con, home, 1, ["client"]):
        assert _names(con) == names
        assert _columns(con) == columns
        assert {one: con.execute(f"from lake.{one}").fetchall() for one in rows} == rows
        assert con.execute("select client_ip from lake.path_of('192.0.2.1')").fetchall() == []
        assert "client" in lake.held_tables(con)
        assert "triage" in lake.held_tables(con)  # it has no row
        assert "reverse_dns" not in lake.held_tables(con)
    assert _names(con) == names
    assert lake.held_tables(con) == set()


def test_other_connections_see_it_too(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """A cursor, as threads have them, reads what is held."""
    with lake.held_in_memory(con, home, 1, ["client"]), con.cursor() as other:
        assert other.execute("select client_id from lake.client").fetchall() == [(1,)]


def test_what_reads_a_table_rests_on_it(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Through a view or a macro, and through those that read them."""
    with lake.held_in_memory(con, home, 1, []):
        resting = lake.resting_on(con, ["ai_agent"])
        assert {"ai_agent", "crawler", "ai_agent_requests"} <= resting
        assert "request" not in resting


@pytest.mark.parametrize("limit", ["_MOST_BYTES", "_MOST_FILES_A_DAY"])
def test_what_is_large_is_a_view(
    home: Home, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """Neither a large table nor one of many files is taken into memory."""
    monkeypatch.setattr(held, limit, 0)
    with lake.held_in_memory(con, home, 1, ["client", "findings"]):
        assert not {"client", "findings"} & lake.held_tables(con)
        assert con.execute("select client_id from lake.client").fetchall() == [(1,)]


def test_what_is_written_meanwhile_is_seen_and_kept(
    home: Home, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows go to the lake and into what is held, until that has grown large."""
    with lake.held_in_memory(con, home, 1, ["findings"], ["findings", "incident"]):
        assert "incident" not in lake.held_tables(con)
        for name, most in (("b", 999), ("c", 0)):
            monkeypatch.setattr(held, "_MOST_WRITTEN_VALUES", most)
            con.execute(f"delete from {lake.store_of(con)}.findings where date = ?", [_DAY])
            rows = _find(con, name, _DAY)
            lake.replace_held(con, "findings", "date", _DAY, rows)
            assert _found(con) == [name]
            assert ("findings" in lake.held_tables(con)) is (most > 0)
        with pytest.raises(duckdb.Error):
            con.execute("delete from lake.client")
    assert _found(con) == ["c"]
    with lake.open_reader(home, "Asia/Tokyo") as other:
        assert _found(other) == ["c"]


def test_what_would_be_lost_is_an_error(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Rows that are put into what is held alone are a mistake that shows."""
    with (
        pytest.raises(RuntimeError, match="triage"),
        lake.held_in_memory(con, home, 1, ["client"]),
    ):
        con.execute("insert into lake.triage (finding_id) values ('a')")


def test_after_a_failure_the_lake_is_itself(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """A stage that fails leaves a connection that can write."""

    def fail() -> None:
        with lake.held_in_memory(con, home, 1, ["client"]):
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        fail()
    _find(con, "d", _DAY)
    assert _found(con) == ["a", "d"]


def _find(con: duckdb.DuckDBPyConnection, name: str, day: dt.date) -> pl.DataFrame:
    rows = pl.DataFrame({"finding_id": [name], "date": [day]})
    lake.insert_frame(con, "findings", rows)
    return rows


def _found(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        name
        for (name,) in con.execute("select finding_id from lake.findings order by 1").fetchall()
    ]


def _names(con: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    return con.execute(
        "select distinct table_name from information_schema.tables"
        " where table_catalog = 'lake' and table_schema = 'main'"
        " union all select distinct function_name from duckdb_functions()"
        " where database_name = 'lake' and function_type = 'table_macro' order by 1"
    ).fetchall()


def _columns(con: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    return con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = 'lake' and schema_name = 'main' order by all"
    ).fetchall()


_MIB = 1024 * 1024
_TWO = ["often", "also"]


@pytest.mark.parametrize(
    ("tables", "days", "names"),
    [
        ([("often", 4 * _MIB, 1)], 1, ["often"]),
        ([("often", 4 * _MIB + 1, 1)], 1, []),
        ([("often", 9, 32)], 1, ["often"]),
        ([("often", 9, 33)], 1, []),
        ([("often", 9, 64)], 2, ["often"]),
        ([("often", 9, 65)], 2, []),
        # Eight in all: what is smaller comes first, and what no longer fits is passed over.
        ([("often", _MIB, 1), ("also", 3 * _MIB, 1), ("third", 4 * _MIB, 1)], 1, None),
        ([("often", _MIB + 1, 1), ("also", 3 * _MIB, 1), ("third", 4 * _MIB, 1)], 1, _TWO),
        ([("empty", 0, 0), ("written", 0, 0), ("seldom", 1, 1)], 1, ["empty"]),
        ([("empty", 0, 0), ("third", 4 * _MIB, 1), ("also", 4 * _MIB, 1)], 1, None),
    ],
)
def test_which_tables_are_held(
    tables: list[tuple[str, int, int]], days: int, names: list[str] | None
) -> None:
    """Those that are often read, of 4 MiB and 32 files a day at most; empty ones unless written."""
    found = held.to_hold(tables, days, {"often", "also", "third"}, {"written"})
    assert found == ([name for name, *_ in tables] if names is None else names)


def test_what_is_held_grows_up_to_a_million_values(
    home: Home, con: duckdb.DuckDBPyConnection
) -> None:
    """Then it is read of the disk again; other tables are none of its concern."""
    with lake.held_in_memory(con, home, 1, ["findings"], ["findings"]):
        full = pl.DataFrame({"score": pl.repeat(1.0, 999_999, eager=True)})
        lake.replace_held(con, "findings", "date", _DAY, full)
        assert con.execute("select count(*) from lake.findings").fetchone() == (999_999,)
        one = full.head(1)
        lake.replace_held(con, "reverse_dns", "client_ip", _DAY, one)
        for is_held in (True, False):
            lake.replace_held(con, "findings", "date", _DAY, one)
            assert ("findings" in lake.held_tables(con)) is is_held
        assert _found(con) == ["a"]


def test_smaller_tables_are_held_first(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """And of the same size by their names, so that the same are held each night."""
    with lake.held_in_memory(con, home, 1, ["client", "findings"]):
        names = [n for (n,) in con.execute("select name from lake.held.own").fetchall()]
    sizes = dict(
        con.execute(
            "select table_name, file_size_bytes from ducklake_table_info('lake')"
        ).fetchall()
    )
    assert names == sorted(names, key=lambda name: (sizes[name], name))
    assert {"client", "findings"} <= set(names[-2:])
