"""The catalog stands in clear: no value of a person, and no text of a log, ever reaches it."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.lake import connection
from pipelines.lake.catalog_file import CatalogFile
from pipelines.lake.place import place_of
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from tests.lake_requests import insert_requests

_DAY = dt.date(2026, 11, 19)
_NOON = dt.datetime(2026, 11, 19, 3, tzinfo=dt.UTC)
_CANARY = "Kanariya"
_ADDRESS = "203.0.113.97"
_LINE = (
    '203.0.113.97 - Kanariya-user [{:%d/%b/%Y}:12:00:{:02} +0900] "GET /Kanariya/{}?x=Kanariya'
    ' HTTP/1.1" 200 512 "https://kanariya.example/Kanariya" "Kanariya/1.0"\n'
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a new lake."""
    made = Home(tmp_path)
    with lake.open_writer(made, "Asia/Tokyo"):
        return made


def _catalog(home: Home) -> bytes:
    """Every byte of the catalog, its log and its shared memory."""
    return b"".join(path.read_bytes() for path in home.keys.glob("catalog.sqlite*")).lower()


def _extremes(home: Home) -> set[str]:
    """The columns whose extremes the catalog holds, for a file or a table."""
    with closing(sqlite3.connect(home.catalog)) as con:
        return {
            f"{table}.{column}"
            for table, column in con.execute(
                "select t.table_name, c.column_name from ducklake_column as c"
                " join ducklake_table as t using (table_id)"
                " join (select table_id, column_id from ducklake_file_column_stats"
                " where coalesce(min_value, max_value) is not null union select table_id, column_id"
                " from ducklake_table_column_stats where coalesce(min_value, max_value) is not null"
                ") using (table_id, column_id)"
            )
        }


def _given(user: str, day: int, number: int) -> dict[str, object]:
    return {
        "event_id": number,
        "time": _NOON + dt.timedelta(days=day),
        "log_date": _DAY + dt.timedelta(days=day),
        "site_id": "site",
        "user_id": user,
        "subject_id": f"subject-{user}",
        "status": 200,
    }


def test_no_value_reaches_the_catalog_or_its_log(tmp_path: Path) -> None:
    """Not of records, of rejected lines, of file names: while it is written and afterwards."""
    settings = tmp_path / "mimamori.yaml"
    settings.write_text(
        "sites: [{id: main, group: main, domains: [a.example], logs: ['**/*'], format: combined}]"
    )
    home = Home(tmp_path / "var")
    (home.logs / "main").mkdir(parents=True)
    lines = [_LINE.format(_DAY, number % 60, number) for number in range(50)]
    path = home.logs / "main" / f"{_CANARY}.log"
    path.write_text("".join([*lines[:25], f"{_CANARY} rubbish {_ADDRESS}\n", *lines[25:]]))
    stages.ingest(load(settings), home)
    with lake.open_writer(home, "UTC") as con:
        con.execute("update lake.reject set reason = 'Kanariya'")
        con.execute("update lake.request_fact set user_id = 'Kanariya2' where line_no % 2 = 0")
        while_open = _catalog(home)
        assert con.execute(
            "select count(*), count(*) filter (user_id = 'Kanariya2') from lake.access_log"
        ).fetchall() == [(50, 24)]  # the rejected line is the 26th
        assert con.execute("select line from lake.reject where reason = 'Kanariya'").fetchall()
    for held in (while_open, _catalog(home)):
        assert b"ducklake_file_column_stats" in held
        assert _CANARY.lower().encode() not in held
        assert _ADDRESS.encode() not in held
    assert {"request_fact.log_date", "request_fact.time", "ledger_day.log_date"} <= _extremes(home)
    with lake.open_reader(home, "UTC") as con:
        texts = con.execute(
            "select table_name || '.' || column_name from duckdb_columns() where database_name ="
            " 'lake' and (data_type in ('VARCHAR', 'JSON') or comment not like '%[none]')"
        ).fetchall()
    assert not _extremes(home) & {name for (name,) in texts}


@pytest.mark.further
def test_unknown_extremes_hide_no_row(home: Home) -> None:
    """Whatever is asked of a closed column: within the transaction, after it, and in readers."""
    wanted = ["b", "z", "a"]
    ask = "select user_id from lake.request_fact where user_id between ? and ?"

    def seen(con: duckdb.DuckDBPyConnection) -> list[list[tuple[str]]]:
        return [con.execute(ask, [user, user]).fetchall() for user in wanted]

    with lake.open_writer(home, "UTC") as con:
        for number, user in enumerate(wanted):
            with lake.transaction(con):
                insert_requests(con, [_given(user, number, number)])
                assert seen(con)[number] == [(user,)]
            assert seen(con)[: number + 1] == [[(user,)] for user in wanted[: number + 1]]
        extremes = "select min(user_id), max(user_id), min(log_date), max(log_date), count(user_id)"
        expected = [("a", "z", _DAY, _DAY + dt.timedelta(days=2), 3)]
        assert con.execute(f"{extremes} from lake.request_fact").fetchall() == expected
        con.execute("update lake.request_fact set user_id = 'zz' where user_id = 'b'")
        con.execute("call ducklake_rewrite_data_files('lake', delete_threshold => 0.0)")
        con.execute("call ducklake_merge_adjacent_files('lake')")
        wanted[0] = "zz"
        assert seen(con) == [[(user,)] for user in wanted]
    with lake.open_reader(home, "UTC") as con:
        assert seen(con) == [[(user,)] for user in wanted]
        assert con.execute(
            "select count(*) from lake.request_fact where user_id is null"
        ).fetchall() == [(0,)]


def test_days_are_still_pruned(home: Home) -> None:
    """A query of one day reads the files of that day, in tables with and without partitions."""
    with lake.open_writer(home, "UTC") as con:
        for day in range(5):
            insert_requests(con, [_given("user", day, day)])
            con.execute(
                "insert into lake.ledger_day by name select 1 as file_id, ?::date as log_date",
                [_DAY + dt.timedelta(days=day)],
            )
        for table in ("request_fact", "ledger_day"):
            plan = con.execute(
                f"explain analyze select count(file_id) from lake.{table} where log_date = ?",
                [_DAY],
            ).fetchall()
            assert "Total Files Read: 1" in str(plan), table


def _open_as_in_an_earlier_release(home: Home) -> None:
    """Take everything away that keeps extremes from being written."""
    with closing(sqlite3.connect(home.catalog)) as con:
        for (name,) in con.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            con.execute(f"drop trigger {name}")
        con.execute("drop table mimamori_open_column")
        con.execute("pragma user_version = 0")
        con.commit()


def test_what_an_earlier_release_left_is_taken_away(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start takes values from rows, free pages and log, also after one that broke off."""
    _open_as_in_an_earlier_release(home)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "prepare_statistics", lambda _home: None)
        with lake.open_writer(home, "UTC") as con:
            for number in (1, 2):
                insert_requests(con, [_given(f"{_CANARY}{number}", number, number)])
            con.execute("call ducklake_rewrite_data_files('lake', delete_threshold => 0.0)")
    assert _CANARY.lower().encode() in _catalog(home)
    assert "request_fact.user_id" in _extremes(home)
    days = {"request_fact.log_date", "request_fact.time"}
    with monkeypatch.context() as patch:
        patch.setattr(CatalogFile, "_clean", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            connection.prepare_statistics(place_of(home))
    with lake.open_writer(home, "UTC") as con:
        assert _CANARY.lower().encode() not in _catalog(home)
        assert con.execute("select count(*) from lake.request_fact").fetchall() == [(2,)]
    assert days <= _extremes(home)
    assert "request_fact.user_id" not in _extremes(home)


def _interrupted(_con: object) -> None:
    raise KeyboardInterrupt


def test_a_column_that_becomes_personal_is_closed(home: Home) -> None:
    """Its class is what its comment says: extremes that are there already go too."""
    with lake.open_writer(home, "UTC") as con:
        insert_requests(con, [{**_given("user", 0, 0), "bytes": 87_654_321_123}])
    assert b"87654321123" in _catalog(home)
    with lake.open_writer(home, "UTC") as con:
        con.execute("comment on column lake.request_fact.bytes is 'Whose they are. [personal]'")
    with lake.open_writer(home, "UTC"):
        pass
    assert b"87654321123" not in _catalog(home)


def test_every_table_has_statistics_before_its_first_row(home: Home) -> None:
    """A lake without rows is planned as fast as one with rows; extremes come with the rows."""
    with closing(sqlite3.connect(home.catalog)) as con:
        without = con.execute(
            "select table_name from ducklake_table where end_snapshot is null"
            " and table_id not in (select table_id from ducklake_table_stats)"
        )
        assert without.fetchall() == []
    assert "triage.date" not in _extremes(home)
    with lake.open_writer(home, "UTC") as con:
        con.execute(
            "insert into lake.triage (finding_id, date) values ('a', ?), ('b', null)", [_DAY]
        )
        asked = "select count(*) from lake.triage where date "
        found = [con.execute(asked + what).fetchone() for what in ("is null", "is not null")]
        assert found == [(1,), (1,)]
        assert con.execute(asked + f"> '{_DAY}'").fetchone() == (0,)
    assert "triage.date" in _extremes(home)


def test_a_table_that_is_filled_before_its_columns_are_open_hides_no_row(home: Home) -> None:
    """As a migration makes one: the extremes of its first rows are not known, so none are."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.moved as select ?::date as log_date", [_DAY])
        con.execute("comment on column lake.moved.log_date is 'Day. [none]'")
    with lake.open_writer(home, "UTC") as con:
        con.execute("insert into lake.moved values (?)", [_DAY + dt.timedelta(days=9)])
        for day in (_DAY, _DAY + dt.timedelta(days=9)):
            asked = "select count(*) from lake.moved where log_date = ?"
            assert con.execute(asked, [day]).fetchone() == (1,)
    assert "moved.log_date" in _extremes(home)  # of the file that came last


def test_extremes_that_leave_rows_out_are_taken_away(home: Home) -> None:
    """Where an earlier release has put those of later files in place of what was not known."""
    with lake.open_writer(home, "UTC") as con:
        insert_requests(con, [_given("user", 0, 0)])
    of_days = (
        "table_id = (select table_id from ducklake_table where table_name = 'request_fact' and"
        " end_snapshot is null) and column_id = (select column_id from ducklake_column where"
        " column_name = 'log_date' and end_snapshot is null and table_id = (select table_id from"
        " ducklake_table where table_name = 'request_fact' and end_snapshot is null))"
    )
    later = f"{_DAY + dt.timedelta(days=9)}"
    with closing(sqlite3.connect(home.catalog)) as con:
        con.execute(
            "update ducklake_file_column_stats set min_value = null, max_value = null where "
            + of_days
        )
        con.execute(
            f"update ducklake_table_column_stats set min_value = '{later}', max_value = '{later}'"
            f" where {of_days}"
        )
        con.execute("pragma user_version = 1")
        con.commit()
    with lake.open_writer(home, "UTC") as con:
        asked = "select count(*) from lake.request_fact where log_date = ?"
        assert con.execute(asked, [_DAY]).fetchone() == (1,)
