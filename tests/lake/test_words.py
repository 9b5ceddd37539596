"""What the lake holds in words, which schema it has, and where servers are asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.lake.dictionary import relations, table_functions
from pipelines.lake.on_servers import OnServers
from pipelines.lake.postgres import parameters, ports_of
from pipelines.lake.rewriting import mark_rows
from pipelines.lake.schema import is_of_earlier_release, schema_state, wants_migration
from pipelines.lake.stored_messages import by_language
from pipelines.paths import Cluster, Home
from pipelines.text.messages import message
from tests.lake.given_bucket import BUCKET


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake without a row."""
    with lake.open_writer(Home(tmp_path_factory.mktemp("words")), "UTC") as con:
        yield con


def test_tables_alone_or_with_views(con: duckdb.DuckDBPyConnection) -> None:
    """By name, each with words for it and for all of its columns."""
    tables, every = relations(con, with_views=False), relations(con)
    assert {one.kind for one in tables} == {"table"}
    assert {one.kind for one in every} == {"table", "view"}
    assert [one for one in every if one.kind == "table"] == tables
    for found in (tables, every):
        assert [one.name for one in found] == sorted(one.name for one in found)
    assert "migration" not in {one.name for one in every}
    assert all(one.comment for one in every)
    assert all(column.comment.endswith("]") for one in every for column in one.columns)


def test_table_functions_are_told_with_signature_and_parameters() -> None:
    """Each parameter of the signature has words."""
    found = {one.name: one for one in table_functions()}
    assert found
    assert list(found) == sorted(found)
    for name, one in found.items():
        assert name not in one.signature
        assert one.comment.endswith("]")
        assert [parameter for parameter, _ in one.parameters] == [
            part.split(":=")[0].strip() for part in one.signature.split(",") if part.strip()
        ]
        assert "\n" not in one.signature


def test_a_new_lake_has_the_schema_of_this_release(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing is pending, changed or unknown; the views are no migration."""
    state = schema_state(con)
    assert state.applied
    assert not any(name.startswith("views") for name in state.applied)
    assert (state.pending, state.changed, state.unknown) == ((), (), ())
    assert not is_of_earlier_release(con)
    assert not wants_migration(con, duckdb.CatalogException("no such table"))


def test_what_another_release_left_is_told(con: duckdb.DuckDBPyConnection) -> None:
    """A migration that lacks, one that was edited, one that nobody knows."""
    first, second, *_ = schema_state(con).applied
    con.execute("begin transaction")
    con.execute("delete from lake.migration where name = ?", [first])
    con.execute("update lake.migration set checksum = 'x' where name = ?", [second])
    con.execute("insert into lake.migration by name select '999_x' as name, 'y' as checksum")
    state = schema_state(con)
    error = duckdb.CatalogException("no such table")
    found = (is_of_earlier_release(con), wants_migration(con, error))
    other = wants_migration(con, ValueError("x"))
    con.execute("rollback")
    assert (state.pending, state.changed, state.unknown) == ((first,), (second,), ("999_x",))
    assert (found, other) == ((True, True), False)


def test_marked_rows_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    """Those that fit, and no others."""
    con.execute(
        "insert into lake.client (client_id, client_ip) select n, '192.0.2.' || n from range(5) as r (n)"  # noqa: E501
    )
    marked = mark_rows(con, "client", "own.client_id >= 2", {"client_ip": "''"}, {})
    assert (marked.table, marked.changes, marked.rows) == (
        "client",
        frozenset({"client_ip"}),
        3,
    )
    assert mark_rows(con, "client", "false", {"client_ip": "''"}, {}).rows == 0


def test_messages_are_kept_by_language() -> None:
    """As JSON; a text of somebody else has none."""
    kept = by_language(message("lake.keys.no_lake_yet", at=Path("x")))
    assert kept is not None
    assert {"ja", "en"} <= json.loads(kept).keys()
    assert by_language("refused") is None
    assert by_language(None) is None


@pytest.mark.parametrize(
    ("catalog", "ports"),
    [
        ("host=db.example dbname=lake", (5432,)),
        ("host=db.example port=6543", (6543,)),
        ("host=a.example,b.example port=6543,6544", (6543, 6544)),
    ],
)
def test_ports_of_servers(catalog: str, ports: tuple[int, ...]) -> None:
    """Those of the database, as libpq has them, then that of the storage."""
    cluster = Cluster(catalog, None, BUCKET)
    assert ports_of(cluster) == ports
    assert OnServers(cluster).ports() == (*ports, 443)
    plain = Cluster(catalog, None, replace(BUCKET, use_ssl=False))
    assert OnServers(plain).ports() == (*ports, 80)
    named = Cluster(catalog, None, replace(BUCKET, endpoint="s3.example:9000"))
    assert OnServers(named).ports() == (*ports, 9000)
    assert "mimamori.writer=" in parameters(cluster)
