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
