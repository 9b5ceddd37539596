"""The directory of people: one person behind several accounts, kept when its file is lost."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.context.directory import keep_directory
from pipelines.context.load import make_context_tables, read_all
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.detect.cache import cache_lake
from pipelines.detect.day import make_day_tables
from pipelines.detect.trace import traces_of
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.lake_requests import insert_requests

_ZONE = ZoneInfo("Asia/Tokyo")
_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=_ZONE)
_SETTINGS = {
    "user_types": [
        {"pattern": "^st-", "type": "staff"},
        {"pattern": "^fr(?P<franchise>[0-9]+)-", "type": "franchise"},
    ],
    "sites": [{"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"]}],
}
_PEOPLE = """user,person,name,department,type,company,country,joined_on,left_on
st-1,P1,山田 花子,営業部,,,,2020/4/1,
st-2,P1,,営業部,,,,,
ven-9,,Minh,営業部,contractor,Anzen Soft,vn,,2026-11-18
"""


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake of its own."""
    with lake.open_writer(Home(tmp_path / "var"), "Asia/Tokyo") as opened:
        yield opened


def _settings(folder: Path, **files: str) -> Settings:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    path = folder / "mimamori.yaml"
    context = {name: f"{name}.csv" for name in files}
    path.write_text(yaml.safe_dump({**_SETTINGS, "context": context}), encoding="utf-8")
    return load(path)


def _keep(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime = _NOW
) -> list[tuple[object, ...]]:
    """What the lake has of each account afterwards."""
    reads = read_all(con, settings)
    keep_directory(con, settings, reads, now)
    make_context_tables(con, settings, reads)
    return con.execute(
        "select user_id, usual_id, user_type, department, removed_at is null from lake.person"
        " order by user_id"
    ).fetchall()


def _changes(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute(
        "select user_id, change, columns, before from lake.person_change"
        " order by changed_at, user_id"
    ).fetchall()


def _requests(con: duckdb.DuckDBPyConnection, day: dt.date, accounts: dict[str, list[str]]) -> None:
    """Records that accounts saw on a day, an hour apart, from an address each."""
    begin = dt.datetime.combine(day, dt.time(9), _ZONE)
    rows = [
        {
            "event_id": number,
            "time": begin + dt.timedelta(hours=number),
            "log_date": day,
            "site_id": "a",
            "user_id": account,
            "user_type": "staff",
            "resource_id": "customer",
            "resource_kind": "record",
            "data_level": 3,
            "subject_id": subject,
            "status": 200,
        }
        for account, subjects in accounts.items()
        for number, subject in enumerate(subjects)
    ]
    insert_requests(con, rows)
    refresh_aggregates(con, [day])


def test_accounts_of_a_person_are_one_user_of_the_person_s_type(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """The first account stands for all; the directory's type counts before the form of the id."""
    assert _keep(con, _settings(tmp_path, people=_PEOPLE)) == [
        ("st-1", "st-1", "staff", "営業部", True),
        ("st-2", "st-1", "staff", "営業部", True),
        ("ven-9", "ven-9", "contractor", "営業部", True),
    ]
    dates = "select company, country, joined_on, left_on from lake.person order by user_id"
    assert con.execute(dates).fetchall() == [
        (None, None, dt.date(2020, 4, 1), None),
        (None, None, dt.date(2020, 4, 1), None),
        ("Anzen Soft", "VN", None, dt.date(2026, 11, 18)),
    ]


def test_what_is_seen_under_two_accounts_is_one_person_s_day(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Of the day and of the past, whose aggregates keep the accounts as they were."""
    _requests(con, _DAY - dt.timedelta(days=1), {"st-1": ["1", "2"], "st-2": ["3"], "st-3": ["4"]})
    _requests(con, _DAY, {"st-1": ["1"], "st-2": ["5", "6"]})
    settings = _settings(tmp_path, people=_PEOPLE)
    _keep(con, settings)
    cache_lake(con)
    make_day_tables(con, settings, _DAY)
    past = con.execute("select user_id, subjects, user_type from past.user_day order by user_id")
    assert past.fetchall() == [("st-1", 3, "staff"), ("st-3", 1, "staff")]
    today = con.execute("select user_id, count(*) from day_request group by user_id")
    assert today.fetchall() == [("st-1", 3)]
    volume = con.execute(
        "select log_date, value from person_volume where metric = 'subjects' and user_id = 'st-1'"
        " order by log_date"
    )
    assert volume.fetchall() == [(_DAY - dt.timedelta(days=1), 3.0), (_DAY, 3.0)]
    kept = "select distinct user_id from lake.user_day order by user_id"
    assert con.execute(kept).fetchall() == [("st-1",), ("st-2",), ("st-3",)]
    trace = traces_of(con, _DAY)["st-1"]
    assert trace.accounts == ("st-2",)
    assert trace.name == "山田 花子"
    rows = con.execute(
        "select user_id, account from lake.day_of('st-2', $day)", {"day": _DAY}
    ).fetchall()
    assert sorted(rows) == [("st-1", "st-1"), ("st-1", "st-2"), ("st-1", "st-2")]


@pytest.mark.further
def test_people_are_compared_with_those_of_their_department(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Where enough of it are at work; a department of two has the peers of the type of user."""
    seen = {f"st-{n}": ["1", "2"] for n in range(12)}
    _requests(con, _DAY - dt.timedelta(days=1), seen)
    _requests(con, _DAY, {"st-0": ["3"], "st-11": ["4"]})
    rows = [f"st-{n},{'field' if n < 10 else 'office'}\n" for n in range(12)]
    _keep(con, _settings(tmp_path, people="user,department\n" + "".join(rows)))
    cache_lake(con)
    make_day_tables(con, _settings(tmp_path, people=""), _DAY)
    volume = con.execute(
        "select user_id, peer_type, user_type, peers from expected_volume"
        " where metric = 'subjects' order by user_id"
    )
    assert volume.fetchall() == [
        ("st-0", "department field", "staff", 9),
        ("st-11", "staff", "staff", 1),
    ]


@pytest.mark.further
def test_a_person_of_two_shops_is_at_home_in_both(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """By the site that the directory names, else by the ids of the accounts."""
    con.execute("insert into lake.site (site_id, franchise) values ('a', '7'), ('b', '8')")
    _requests(con, _DAY, {"fr3-1": ["1"], "fr5-1": ["2"]})
    people = "user,person,site,type\nfr3-1,P1,,franchise\nfr4-1,P1,b,\nfr5-1,,,\n"
    settings = _settings(tmp_path, people=people)
    _keep(con, settings)
    cache_lake(con)
    make_day_tables(con, settings, _DAY)
    shops = con.execute("select user_id, franchise from user_franchise order by all").fetchall()
    assert shops == [("fr3-1", "3"), ("fr3-1", "8"), ("fr5-1", "5")]


@pytest.mark.further
def test_leavers_are_watched_from_notice_and_who_joined_again_is_none(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """The day a last one was filled in; one that was known from the first on is no notice."""
    _requests(con, _DAY, {f"st-{n}": ["1"] for n in range(1, 8)})
    begin = (
        "st-1,P1,,{}\nst-2,P2,,2026-12-31\nst-3,P3,,2026-12-31\nst-4,P4,,\nst-7,P7,,2026-11-01\n"
    )
    again = "st-5,P4,2026-04-01,\nst-6,P4,2019-04-01,2026-03-31\n"
    for on, text in (
        (dt.date(2026, 6, 1), begin.format("")),
        (dt.date(2026, 11, 2), begin.format("2026-12-25") + again),
        (
            dt.date(2026, 11, 3),
            begin.format("2026-12-25").replace("st-7,P7,,2026-11-01\n", "") + again,
        ),
    ):
        settings = _settings(tmp_path, people="user,person,joined_on,left_on\n" + text)
        _keep(con, settings, dt.datetime.combine(on, dt.time(2), _ZONE))
    cache_lake(con)
    make_day_tables(con, settings, _DAY)
    assert con.execute(
        "select user_id, left_on, watched_from from leaver order by 1"
    ).fetchall() == [
        ("st-1", dt.date(2026, 12, 25), dt.date(2026, 11, 2)),
        ("st-7", dt.date(2026, 11, 1), dt.date(2026, 10, 2)),
    ]
    stays = "select distinct joined_on, left_on from lake.person where person_id = 'P4'"
    assert con.execute(stays).fetchall() == [(dt.date(2026, 4, 1), None)]


def test_a_directory_that_cannot_be_read_takes_nothing_away(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """The last version stays in force, and the log says so."""
    settings = _settings(tmp_path, people=_PEOPLE, privileges="user,level\nst-1,3\n")
    before = _keep(con, settings)
    (tmp_path / "people.csv").unlink()
    (tmp_path / "privileges.csv").write_bytes(b"\xff\xfe\x00")
    assert _keep(con, settings, _NOW + dt.timedelta(days=1)) == before
    assert con.execute("select count(*) from context_privilege").fetchone() == (1,)
    assert sum("stays in force" in text for text in caplog.messages) == 2
    assert [change[1] for change in _changes(con)] == ["added"] * 3


def test_changes_of_the_directory_are_kept_and_rewrite_nothing(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """A moved person, one who is no longer listed, and one who is back."""
    _keep(con, _settings(tmp_path, people=_PEOPLE))
    moved = "user,person,department\nst-2,P1,経理部\nst-1,P1,経理部\n"
    people = _keep(con, _settings(tmp_path, people=moved), _NOW + dt.timedelta(days=1))
    # The usual account stays the usual one, in whatever order accounts are listed.
    assert people == [
        ("st-1", "st-1", "staff", "経理部", True),
        ("st-2", "st-1", "staff", "経理部", True),
        ("ven-9", "ven-9", "contractor", "営業部", False),
    ]
    changes = _changes(con)
    assert changes[3][:2] == ("st-1", "changed")
    assert {"department", "name", "joined_on"} <= set(changes[3][2])  # type: ignore[call-overload]
    assert "営業部" in str(changes[3][3])
    assert changes[5][:2] == ("ven-9", "removed")
    _keep(con, _settings(tmp_path, people=_PEOPLE), _NOW + dt.timedelta(days=2))
    assert _changes(con)[8][:3] == ("ven-9", "returned", [])
    assert _keep(con, _settings(tmp_path), _NOW + dt.timedelta(days=3)) == []


def test_any_known_spelling_of_an_account_will_do(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """The directory of a domain writes names otherwise than the log does."""
    con.execute("insert into lake.user_alias values ('HQ\\ST-1', 'st-1', 'staff', null)")
    people = "user,department\nHQ\\ST-1,営業部\n"
    rights = "user,level\nHQ\\ST-1,3\n"
    assert _keep(con, _settings(tmp_path, people=people, privileges=rights)) == [
        ("st-1", "st-1", "staff", "営業部", True)
    ]
    assert con.execute("select user_id from context_privilege").fetchall() == [("st-1",)]


def test_bad_rows_are_named_and_the_others_count(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """A type, country, date, level or user that cannot be right."""
    settings = _settings(
        tmp_path,
        people="user,type,country,joined_on,left_on\nst-1,boss,,,\nst-2,,JPN,,\nst-3,,,2026-02-30,\n"
        "st-4,,,2026-02-02,2026-02-01\nst-5,,,,\nst-5,staff,,,\n",
        privileges="user,department,resource,level\nst-1,,,4\nst-1,営業部,,3\nst-1,,customer,3\n"
        ",,,3\nst-1,,,3\n",
    )
    assert _keep(con, settings) == [("st-5", "st-5", "staff", None, True)]
    assert con.execute("select user_id, data_level from context_privilege").fetchall() == [
        ("st-1", 3),
        ("st-1", 3),
    ]
    told = [text.split(": ", 2)[2] for text in caplog.messages]
    assert told == [
        "type: is none of contractor, customer, franchise, staff, system",
        "country: is no code of ISO 3166-1 such as JP, US or GB",
        "joined_on: is no date such as 2026-11-20, 2026/11/20 or 2026-11-20 09:00",
        "left_on: is before 'joined_on'",
        "user: stands in an earlier row too, which counts",
        "level: is no management level from 0 to 3",
        "department: stands beside a user; give one of the two",
        "user: is empty, and so is department",
    ]
