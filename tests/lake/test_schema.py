"""Migrations and views: applied in order, once, and with what services tell where they do."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake import schema
from pipelines.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder."""
    return Home(tmp_path)


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake without a row."""
    with lake.open_writer(home, "UTC") as con:
        yield con


def _view(con: duckdb.DuckDBPyConnection) -> str:
    ((text,),) = con.execute(
        "select sql from duckdb_views() where database_name = 'lake' and view_name = 'user_request'"
    ).fetchall()
    return str(text)


def _make_views_again(con: duckdb.DuckDBPyConnection) -> list[str]:
    con.execute("delete from lake.migration where name like 'views-%'")
    return lake.migrate(con)


def test_users_of_services_are_joined_once_there_are_any(con: duckdb.DuckDBPyConnection) -> None:
    """A lake without them has the simpler view; one with them keeps its own when views change."""
    assert "service_user" not in _view(con)
    (name,) = _make_views_again(con)
    assert name.startswith("views-")
    assert "service_user" not in _view(con)
    con.execute("insert into lake.service_user by name select 'a' as user_id")
    lake.join_services(con)
    joined = _view(con)
    assert "service_user" in joined
    snapshot = lake.last_snapshot(con)
    lake.join_services(con)
    assert lake.last_snapshot(con) == snapshot
    assert _make_views_again(con) == [name]
    assert _view(con) == joined


def test_migrations_that_lack_are_applied_in_order(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each in a transaction of its own: those before one that fails stay, and it goes on there."""
    known = schema._scripts()
    scripts = {
        **known,
        "901_a": "create table lake.own (n integer)",
        "902_b": "alter table lake.own rename n to m",
        "903_c": "this is no statement",
    }
    monkeypatch.setattr(schema, "_scripts", lambda: scripts)
    assert schema.is_of_earlier_release(con)
    with pytest.raises(duckdb.Error):
        lake.migrate(con)
    assert con.execute("select m from lake.own").fetchall() == []
    assert schema.schema_state(con).pending == ("903_c",)
    scripts["903_c"] = "insert into lake.own values (7)"
    assert lake.migrate(con) == ["903_c"]
    assert lake.migrate(con) == []
    assert con.execute("select m from lake.own").fetchall() == [(7,)]
    count = "select count(*), count(distinct name) from lake.migration where name like '90%'"
    assert con.execute(count).fetchone() == (3, 3)
    scripts["902_b"] = scripts["903_c"] = "select 1"
    with pytest.raises(MimamoriError, match=r"902_b\.sql"):
        lake.migrate(con)


def test_views_that_lack_are_no_earlier_release(con: duckdb.DuckDBPyConnection) -> None:
    """They are made anew by the next writer; those of other releases stay on record."""
    con.execute("update lake.migration set name = 'views-former' where name like 'views-%'")
    state = schema.schema_state(con)
    assert [name[:6] for name in state.pending] == ["views-"]
    assert (state.changed, state.unknown) == ((), ())
    assert not schema.is_of_earlier_release(con)
    assert schema.wants_migration(con, duckdb.BinderException("no such column"))
    assert not schema.wants_migration(con, duckdb.IOException("no such file"))
    con.execute("drop table lake.migration")
    assert not schema.wants_migration(con, duckdb.BinderException("no such column"))
