"""Who used what data, and which rights were used: what the lake's views and functions answer."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.context.directory import keep_directory
from pipelines.context.load import read_all
from pipelines.ingest.known_resources import refresh_resources
from pipelines.paths import Home
from pipelines.query.saved import saved_queries
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.lake_requests import insert_requests

_ZONE = ZoneInfo("Asia/Tokyo")
_FIRST, _LAST = dt.date(2026, 9, 3), dt.date(2026, 11, 30)
_SPAN = {"since": _FIRST, "until": _LAST}
_CHANGED_AT = dt.datetime(2026, 11, 10, 2, tzinfo=_ZONE)
_PEOPLE = "user,person,name,department,type,joined_on,left_on\n" + "".join(
    f"{row}\n"
    for row in (
        "st-1,P1,Yamada,claims,staff,,",
        "st-2,P1,,,,,",
        "st-3,,Sato,claims,staff,,",
        "st-4,,Kato,claims,staff,2026-10-01,",
        "st-5,,Mori,claims,staff,,2026-08-01",
        *(f"desk-{n},,,desk,staff,," for n in range(6)),
    )
)
_PRIVILEGES = """user,department,resource,level,site,from,to
,claims,,3,,2026-01-01,
st-3,,export,,,2026-01-01,2026-10-31
st-1,,export,,b,2026-01-01,
"""


def _settings(folder: Path, categories: list[str]) -> Settings:
    (folder / "people.csv").write_text(_PEOPLE)
    (folder / "privileges.csv").write_text(_PRIVILEGES)
    customer = {"id": "customer", "kind": "record", "path": "/c/{subject}", "level": 3}
    export = {"id": "export", "kind": "export", "path": "/export", "level": 2}
    values = {
        "context": {"people": "people.csv", "privileges": "privileges.csv"},
        "resources": {"all": [{**customer, "categories": categories}, export]},
        "sites": [{"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"]}],
    }
    path = folder / "mimamori.yaml"
    path.write_text(yaml.safe_dump(values))
    return load(path)


def _access(number: int, user: str, day: dt.date, **given: Any) -> dict[str, Any]:
    """An access to a record of level 3 on site a; other columns may be given."""
    return {
        "event_id": number,
        "time": dt.datetime.combine(day, dt.time(10), _ZONE),
        "log_date": day,
        "site_id": "a",
        "user_id": user,
        "user_type": None,
        "resource_id": "customer",
        "resource_kind": "record",
        "data_level": 3,
        "subject_id": "7",
        "status": 200,
        **given,
    }


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A quarter: claims sees records, desks see lists, one of them a record; names are added."""
    folder = tmp_path_factory.mktemp("rights")
    with lake.open_writer(Home(folder / "var"), "Asia/Tokyo") as opened:
        settings = _settings(folder, ["name"])
        refresh_resources(opened, settings, _CHANGED_AT - dt.timedelta(days=300))
        refresh_resources(opened, _settings(folder, ["name", "phone"]), _CHANGED_AT)
        keep_directory(opened, settings, read_all(opened, settings), _CHANGED_AT)
        opened.execute(
            "insert into lake.site (site_id, site_group, resource_set) values ('a', 'main', 'all')"
        )
        early, late = _FIRST, _LAST
        used = [
            _access(1, "st-1", early),
            _access(2, "st-2", late, subject_id="8"),
            _access(3, "st-3", late, resource_id="export", resource_kind="export", data_level=2),
            _access(4, "st-4", late, status=403),
            *(_access(10 + n, f"desk-{n}", late, data_level=1) for n in range(6)),
            _access(20, "desk-0", late),
        ]
        insert_requests(opened, used)
        yield opened


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    bound = _SPAN if "$since" in query else {}
    return con.execute(query, bound).fetchall()


def test_an_access_has_the_categories_that_the_settings_named_then(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """And the person's department; a first definition holds for all time before."""
    rows = _rows(
        con,
        "select user_id, account, department, data_categories from lake.data_access"
        " where user_id = 'st-1' order by time",
    )
    assert rows == [
        ("st-1", "st-1", "claims", ["name"]),
        ("st-1", "st-2", "claims", ["name", "phone"]),
    ]


def test_data_use_is_told_by_month_role_department_level_and_category(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """The saved query: people and subjects are counted once."""
    rows = _rows(con, saved_queries()["data-use"].sql)
    assert [row for row in rows if row[2] == "claims"] == [
        ("2026-09", "staff", "claims", "a", 3, "name", 1, 1, 1, 0),
        ("2026-11", "staff", "claims", "a", 3, "name", 1, 1, 1, 0),
        ("2026-11", "staff", "claims", "a", 3, "phone", 1, 1, 1, 0),
        ("2026-11", "staff", "claims", "a", 2, None, 1, 1, 1, 1),
    ]


def test_rights_are_told_with_their_use(con: duckdb.DuckDBPyConnection) -> None:
    """By person: a right to a level covers lower ones, one of a site no other site."""
    rows = _rows(
        con,
        "select user_id, granted_to, resource_id, is_whole_time, accesses, highest_level_used"
        " from lake.right_use($since, $until) order by user_id, resource_id nulls first",
    )
    assert rows == [
        ("st-1", "claims", None, True, 2, 3),
        ("st-1", None, "export", True, 0, None),
        ("st-3", "claims", None, True, 1, 2),
        ("st-3", None, "export", False, 0, None),  # used a month after it ended
        ("st-4", "claims", None, False, 0, None),  # joined within the time
    ]
    unused = _rows(con, saved_queries()["unused-rights"].sql)
    assert [(row[0], row[4], row[6]) for row in unused] == [("st-1", "export", "b")]


def test_a_level_above_the_role_s_usual_is_told(con: duckdb.DuckDBPyConnection) -> None:
    """Of a role with people enough: one desk of six saw a record."""
    rows = _rows(
        con,
        "select user_id, role, people, usual_level, level, accesses"
        " from lake.beyond_role($since, $until)",
    )
    assert rows == [("desk-0", "desk", 6, 1, 3, 1)]


def test_resources_are_written_only_when_they_changed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Each definition has its time."""
    snapshots = "select count(*) from ducklake_snapshots('lake')"
    before = _rows(con, snapshots)
    refresh_resources(con, _settings(tmp_path, ["phone", "name"]), _CHANGED_AT)
    assert _rows(con, snapshots) == before
    assert _rows(
        con,
        "select categories, valid_from, valid_to from lake.resource"
        " where resource_id = 'customer' order by valid_to",
    ) == [(["name"], None, _CHANGED_AT), (["name", "phone"], _CHANGED_AT, None)]


def test_user_days_compare_within_a_department_of_more_than_eight(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Nine people of a department are each other's peers; two of another are with their type."""
    con.execute("begin")
    con.execute(
        """
        insert into lake.user_day by name
        select
            date '2026-01-05' as log_date, 'portal' as site_id, 'st-9' || number as user_id,
            'staff' as user_type, if(number < 9, 10, 1 + number) as subjects
        from range(12) as one (number)
        """
    )
    con.execute(
        """
        insert into lake.person by name
        select 'st-9' || number as user_id, 'st-9' || number as usual_id,
            if(number < 9, 'claims', 'desk') as department
        from range(11) as one (number)
        """
    )
    rows = _rows(
        con,
        "select peers, peers_subjects, count(*) from lake.user_days"
        " where log_date = date '2026-01-05' group by all order by all",
    )
    con.execute("rollback")
    assert rows == [(3, 11.0, 3), (9, 10.0, 9)]
