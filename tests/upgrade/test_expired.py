"""Tables and columns that migrations renamed keep their rows once no earlier state is left.

DuckLake forgets what only earlier states need, and has taken a renamed table, its columns or its
files for that.
"""

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_proofs
from pipelines.lake.connection import attach_statement, between
from pipelines.lake.files import catalogued_files
from pipelines.lake.keys import name_lake, settle
from pipelines.lake.maintenance import maintain
from pipelines.lake.place import place_of
from pipelines.moving.carry import carry_catalog, carry_files
from pipelines.moving.proof import Contents, contents_of
from pipelines.paths import Home
from tests.cluster.conftest import Servers, placed
from tests.upgrade.world import LAKES, LINES, lake_of

pytestmark = pytest.mark.lake_from_nothing

_RELEASES = sorted(LAKES.glob("*.tar.xz"))
_RENAMED_SINCE = "015"  # the newest that is kept from before tables were renamed
_RENAMED = {
    "kind": "request_profile",
    "block_day": "subnet_day",
    "user_place": "user_network_day",
    "user_spelling": "user_alias",
}
_NO_EARLIER_STATE = dt.datetime.max.replace(tzinfo=dt.UTC)
_ROWS = """
select own.table_name,
    coalesce((select sum(record_count) from ducklake_data_file as file
        where file.table_id = own.table_id and file.end_snapshot is null), 0)
    - coalesce((select sum(delete_count) from ducklake_delete_file as file
        where file.table_id = own.table_id and file.end_snapshot is null), 0)
from ducklake_table as own where own.end_snapshot is null
"""


def _at_once(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    maintain(con, home, _NO_EARLIER_STATE)


def _one_by_one(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """As nights do, which each find that another state has become too old."""
    snapshots = con.execute("select snapshot_id from ducklake_snapshots('lake') order by all")
    for (number,) in snapshots.fetchall()[:-1]:
        con.execute("call ducklake_expire_snapshots('lake', versions => ?)", [[number]])
        con.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
    maintain(con, home, _NO_EARLIER_STATE)


def _each(marks: Callable[[str], list[Any]]) -> list[Any]:
    return [pytest.param(one, id=one.name[:3], marks=marks(one.name[:3])) for one in _RELEASES]


@pytest.mark.parametrize("expire", [_at_once, _one_by_one])
@pytest.mark.parametrize(
    "release",
    _each(lambda name: [pytest.mark.further if name == _RENAMED_SINCE else pytest.mark.full]),
)
def test_every_row_is_there_once_no_earlier_state_is(
    release: Path, expire: Callable[[duckdb.DuckDBPyConnection, Home], None], tmp_path: Path
) -> None:
    """Of each release, in the working folder; renamed tables have what they had before."""
    home = lake_of(release, tmp_path)
    settle(home)
    _loses_nothing(home, expire, _former_rows(home))


@pytest.mark.servers
@pytest.mark.parametrize(
    "release",
    _each(lambda name: [pytest.mark.further if name == _RENAMED_SINCE else pytest.mark.full]),
)
@pytest.mark.usefixtures("secrets")
def test_the_same_on_servers(release: Path, tmp_path: Path, servers: Servers) -> None:
    """With the catalog on PostgreSQL, where the migrations are applied, too."""
    former = lake_of(release, tmp_path / "var")
    settle(former)
    rows = _former_rows(former)
    config = tmp_path / "servers.yaml"
    config.write_text(
        "sites: [{id: main, group: main, domains: [main.example], logs: [a]}]\n"
        + servers.new_place()
    )
    home = placed(former, config)
    _carry(former, home)
    _loses_nothing(home, _one_by_one, rows)


def _carry(former: Home, home: Home) -> None:
    """Bring a lake to servers as it is; `mimamori lake migrate` takes that of this release."""
    (former.lake / "spill").mkdir(exist_ok=True)
    with between(former, home) as con:
        con.execute(attach_statement(former, "lake", read_only=True))
        named = {one.name: one.size for one in catalogued_files(con) if one.size is not None}
        con.execute("detach lake")
        carry_files(place_of(former), place_of(home), named, former.lake / "spill")
        con.execute(attach_statement(home, "lake"))
        con.execute("detach lake")
        con.execute(place_of(former).raw_catalog("former"))
        con.execute(place_of(home).raw_catalog("new"))
        carry_catalog(con)
    place_of(former).discard()
    name_lake(home)


def _former_rows(home: Home) -> dict[str, int]:
    """How many rows each table has, as its release left it."""
    with closing(sqlite3.connect(home.catalog)) as con:
        return dict(con.execute(_ROWS))


def _loses_nothing(
    home: Home,
    expire: Callable[[duckdb.DuckDBPyConnection, Home], None],
    former_rows: dict[str, int],
) -> None:
    with lake.open_writer(home, "Asia/Tokyo") as con:
        before = contents_of(con)
        for name, new_name in _RENAMED.items():
            if name in former_rows:
                assert before.tables[new_name][0] == former_rows[name]
        assert before.tables["request_fact"][0] == LINES
        expire(con, home)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        after = contents_of(con)
        assert len(after.snapshots) == 1
        assert before.differing(after) == ["snapshots"]
        assert {one.status for one in check_proofs(con)} == {Status.OK}
        assert check_data_files(con, home, is_writing=False).status is Status.OK
        # And they take new ones, under their new names.
        con.execute("insert into lake.user_alias by name select 'a' as user_id, 'b' as usual_id")
    with lake.open_reader(home, "Asia/Tokyo") as con:
        assert _rows(contents_of(con)) == _rows(after) | {
            "user_alias": after.tables["user_alias"][0] + 1
        }


def _rows(contents: Contents) -> dict[str, int]:
    return {name: rows for name, (rows, _) in contents.tables.items()}
