"""Service histories: whom they name, whom they leave alone, and what is kept of what they say."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
import yaml

from pipelines import lake
from pipelines.context.history import Known, read_history
from pipelines.context.services import keep_records
from pipelines.detect.aggregates import refresh_aggregates, refresh_stale_aggregates
from pipelines.night.due import changed_days
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.context import ContextSource
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from tests.lake_requests import insert_requests

_ZONE = ZoneInfo("Asia/Tokyo")
_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=_ZONE)
_NINE = dt.datetime.combine(_DAY, dt.time(9), _ZONE)
_HEADER = "time,user,session,subject,action,site,address\n"
_SETTINGS: dict[str, Any] = {
    "user_types": [{"pattern": "^st-", "type": "staff"}],
    "sites": [
        {"id": site, "group": "main", "domains": [f"{site}.example"], "logs": [f"{site}/*"]}
        for site in ("a", "b")
    ],
    "context": {"services": "services.csv"},
}
_CLIENTS = {1: "192.0.2.1", 2: "192.0.2.2", 3: "2001:db8::3"}


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake of its own, with three clients."""
    with lake.open_writer(Home(tmp_path / "var"), "Asia/Tokyo") as opened:
        clients = [{"client_id": number, "client_ip": ip} for number, ip in _CLIENTS.items()]
        lake.insert_rows(opened, "client", clients)
        yield opened


@pytest.fixture
def keep(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> Callable[..., Settings]:
    """Write a history, and have it read at an instant."""

    def read(history: str | bytes, now: dt.datetime = _NOW, **context: Any) -> Settings:
        path = tmp_path / "services.csv"
        path.write_bytes(history.encode() if isinstance(history, str) else history)
        document = {**_SETTINGS, "context": {"services": {"path": "services.csv", **context}}}
        (tmp_path / "mimamori.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        settings = load(tmp_path / "mimamori.yaml")
        keep_records(con, settings, Pseudonyms.of(Home(tmp_path / "var")), now)
        return settings

    return read


def _at(seconds: float) -> str:
    return (_NINE + dt.timedelta(seconds=seconds)).isoformat()


def _request(
    number: int, seconds: float, client: int | None = None, **columns: Any
) -> dict[str, Any]:
    instant = _NINE + dt.timedelta(seconds=seconds)
    return {
        "event_id": number, "line_no": number, "time": instant, "log_date": instant.date(),
        "site_id": "a", "client_id": client, "status": 200, "resource_id": "customer",
        "resource_kind": "record", "data_level": 3, "url_path": "/", **columns,
    }  # fmt: skip


def _insert(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    columns = {name: None for row in rows for name in row}
    insert_requests(con, pl.DataFrame([columns | row for row in rows], infer_schema_length=None))


def _named(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[str | None, str | None]]:
    rows = con.execute(
        "select event_id, user_id, user_source from lake.access_log order by event_id"
    ).fetchall()
    return {event: (user, source) for event, user, source in rows}


def test_user_is_the_nearest_of_the_same_session_subject_or_address(tmp_path, con, keep):
    """In this order; a log's own user stays, and what differs on both sides is another's."""
    pseudonyms = Pseudonyms.of(Home(tmp_path / "var")).newest
    session = pseudonyms("session", "S1")
    _insert(con, [
        _request(1, 0, 1, session_id=session, subject_id="7"),
        _request(2, 40_000, 1, session_id=session),
        _request(3, 100, 2, subject_id="0008"),
        _request(4, 100, 3, subject_id="9"),
        _request(5, 200, 3),
        _request(6, 300, 1, user_id="st-9", subject_id="8"),
        _request(7, 500, 1, session_id=pseudonyms("session", "S2")),
        _request(8, 100, 2, subject_id="8", site_id="b"),
        _request(9, 400, 2, subject_id=f"[{pseudonyms('subject', 'hanako')}]"),
    ])  # fmt: skip
    keep(
        _HEADER
        + f"{_at(-5)},st-1,S1,,view,a,\n{_at(39_000)},st-2,S1,,view,,192.0.2.9\n"
        + f"{_at(90)},st-3,,8,view,a,\n{_at(100)},st-4,,9,view,a,192.0.2.2\n"
        + f"{_at(150)},st-5,,,view,a,2001:DB8:0::3\n{_at(300)},st-1,,8,,a,\n"
        + f"{_at(500)},st-6,S3,,,,192.0.2.1\n{_at(400)},st-7,,hanako,,a,\n"
    )
    refresh_aggregates(con, [_DAY])
    assert _named(con) == {
        1: ("st-1", "session"),  # not by its subject, nor the address
        2: ("st-2", "session"),  # the session has changed hands, whatever the address
        3: ("st-3", "subject"),  # a spreadsheet has dropped the zeros
        4: ("st-5", "address"),  # the record of the subject is of another address
        5: ("st-5", "address"),
        6: ("st-9", "log"),
        7: (None, None),  # another session
        8: (None, None),  # another site
        9: ("st-7", "subject"),  # the log was masked
    }
    told = "select event_id, users, seconds from lake.service_user where event_id < 6 order by all"
    assert con.execute(told).fetchall() == [
        (1, 2, 5),
        (2, 2, 1000),
        (3, 2, 10),
        (4, 1, 50),
        (5, 1, 50),
    ]
    counted = con.execute(
        "select user_id, record_accesses, user_type from lake.user_day order by user_id"
    )
    assert counted.fetchall() == [
        (f"st-{user}", count, "staff") for user, count in ((1, 1), (2, 1), (3, 1), (5, 2), (7, 1))
    ] + [("st-9", 1, None)]


@pytest.mark.further
def test_two_users_equally_near_name_nobody(con, keep):
    """Before and after, or in one second; it is told, and no access of nobody."""
    _insert(con, [_request(1, 100, 1), _request(2, 200, 2), _request(3, 230, 2)])
    keep(
        _HEADER
        + f"{_at(90)},st-1,,,,a,192.0.2.1\n{_at(110)},st-2,,,,a,192.0.2.1\n"
        + f"{_at(200.1)},st-3,,,,a,192.0.2.2\n{_at(200.9)},st-4,,,,,192.0.2.2\n"
        + f"{_at(229)},st-4,,,,,192.0.2.2\n"
    )
    refresh_aggregates(con, [_DAY])
    assert _named(con) == {1: (None, "ambiguous"), 2: (None, "ambiguous"), 3: ("st-4", "address")}
    day = con.execute(
        "select by_address, unsure, ambiguous, nameless, records, unused from lake.service_day"
        " where site_id = 'a'"
    )
    assert day.fetchall() == [(1, 1, 2, 3, 3, 3)]
    anonymous = con.execute("select anonymous_accesses from lake.resource_day")
    assert anonymous.fetchall() == [(0,)]


@pytest.mark.further
def test_two_accounts_of_one_person_are_one_user(con, keep):
    """However the application writes the person, nobody is hidden by it."""
    accounts = [{"user_id": one, "usual_id": "st-4", "person_id": "P4"} for one in ("st-4", "x-4")]
    lake.insert_rows(con, "person", accounts)
    _insert(con, [_request(1, 100, 1)])
    keep(_HEADER + f"{_at(100)},x-4,,,,a,192.0.2.1\n{_at(100)},st-4,,,,a,192.0.2.1\n")
    refresh_aggregates(con, [_DAY])
    assert _named(con) == {1: ("st-4", "address")}
    users = con.execute("select users from lake.service_user").fetchall()
    assert users == [(1,)]


@pytest.mark.further
def test_failed_logins_and_open_pages_take_no_neighbour_s_user(con, keep):
    """Only a record of the same second says who tried, or who reads what is open to all."""
    login = {"resource_kind": "login", "login_result": "failure", "data_level": 0}
    page = {"resource_id": None, "resource_kind": None, "data_level": None}
    _insert(con, [
        _request(1, 10, 1, **login), _request(2, 20, 1, **login), _request(3, 11, 1, **page),
        _request(4, 20, 1, **page), _request(5, 12, 1),
    ])  # fmt: skip
    keep(f"{_HEADER}{_at(20)},st-1,,,login failed,a,192.0.2.1\n")
    refresh_aggregates(con, [_DAY])
    assert {event for event, (user, _) in _named(con).items() if user} == {2, 4, 5}


@pytest.mark.further
def test_windows_are_settings(con, keep):
    """Beyond them nobody is named."""
    _insert(con, [_request(1, 0, 1), _request(2, 0, 2)])
    history = f"{_HEADER}{_at(30)},st-1,,,,a,192.0.2.1\n{_at(61)},st-2,,,,a,192.0.2.2\n"
    settings = keep(history)
    refresh_aggregates(con, [_DAY], settings.context.windows)
    assert [user for user, _ in _named(con).values()] == ["st-1", None]
    settings = keep(history, window_seconds=10)
    refresh_aggregates(con, [_DAY], settings.context.windows)
    assert [user for user, _ in _named(con).values()] == [None, None]


@pytest.mark.further
def test_growing_history_is_read_on_and_brings_its_days_back(con, keep):
    """Records are there once, half a line waits for its end, and a day is joined again."""
    night = [{"stage": stage, "log_date": _DAY, "started_at": _NOW, "ended_at": _NOW,
              "status": "done"} for stage in ("check", "detect", "report")]  # fmt: skip
    _insert(con, [_request(1, 0, 1), _request(2, 0, 2)])
    ledger = {"log_date": _DAY, "site_id": "a", "records": 2, "rejects": 0}
    lake.insert_rows(con, "ledger_day", [{**ledger, "read_at": _NOW - dt.timedelta(hours=1)}])
    first = f"{_HEADER}{_at(0)},st-1,,,,a,192.0.2.1\n{_at(0)},st-2,,,,"
    settings = keep(first, _NOW - dt.timedelta(minutes=1))
    refresh_stale_aggregates(con, [_DAY], lambda: _NOW)
    lake.insert_rows(con, "stage_run", night)
    assert [user for user, _ in _named(con).values()] == ["st-1", None]
    tomorrow, later = _DAY + dt.timedelta(days=1), _NOW + dt.timedelta(days=1)
    assert not changed_days(con, settings.limits, tomorrow).many
    keep(first, later)
    assert not changed_days(con, settings.limits, tomorrow).many
    keep(f"{first}a,192.0.2.2\nnonsense\n", later)
    assert changed_days(con, settings.limits, tomorrow).many == {_DAY}
    refresh_stale_aggregates(con, [tomorrow], lambda: later)
    assert [user for user, _ in _named(con).values()] == ["st-1", "st-2"]
    keep(f"{_HEADER}{_at(0)},st-1,,,,a,192.0.2.1\n", later + dt.timedelta(hours=1))  # rotated
    assert con.execute("select count(*) from lake.service_record").fetchall() == [(2,)]
    reads = con.execute(
        "select rows, records, known, rejects from lake.service_read order by read_at"
    )
    assert reads.fetchall() == [(1, 1, 0, 0), (2, 1, 0, 1), (1, 0, 1, 0)]
    assert con.execute("select line_no from lake.service_reject").fetchall() == [(4,)]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2026-11-19,st-1,S,,,,", "time"),
        ("2026-11-19 25:00,st-1,S,,,,", "time"),
        ("2019-11-19 09:00,st-1,S,,,,", "time"),
        ("2027-11-19 09:00,st-1,S,,,,", "time"),
        ("2026-11-19 09:00,,S,,,,", "user"),
        ("2026-11-19 09:00,-,S,,,,", "user"),
        ("2026-11-19 09:00,st-1,-,,,,-", "session"),
        ("2026-11-19 09:00,st-1\x07,S,,,,", "user"),
        (f"2026-11-19 09:00,{'s' * 1001},S,,,,", "user"),
        (f"2026-11-19 09:00,st-1,{'s' * 10_000_000},,,,", "(row)"),
        ("2026-11-19 09:00,st-1,,,,,", "session"),
        ("2026-11-19 09:00,st-1,,,,,office", "address"),
        ("2026-11-19 09:00,st-1,S,,,,,,,,x", "(row)"),
        ('2026-11-19 09:00,"st-1" x,S,,,,', "(row)"),
    ],
)
def test_row_that_cannot_be_read_is_a_reject_with_its_line(con, keep, row, column):
    """The others count, whatever it holds, and its text is not kept."""
    keep(f"{_HEADER}\n{row}\n2026/11/19 9:00,st-2,S,,,,\n")
    rejects = con.execute("select line_no, column_name from lake.service_reject").fetchall()
    assert rejects == [(3, column)]
    assert con.execute("select user_id from lake.service_record").fetchall() == [("st-2",)]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
@pytest.mark.parametrize("odd", [b"\xff\xfe", b"\xff\xfe\x81"])
def test_bytes_of_no_encoding_spoil_their_row_alone(con, keep, encoding, odd):
    """Whoever has them logged does not rename the others, nor end the reading."""
    row = f"{_at(0)},山田,S,,,,\n".encode(encoding)
    keep(_HEADER.encode() + row + f"{_at(1)},st-".encode() + odd + b",S,,,,\n" + row)
    assert con.execute("select line_no from lake.service_reject").fetchall() == [(3,)]
    assert con.execute("select distinct user_id from lake.service_record").fetchall() == [("山田",)]


@pytest.mark.parametrize(
    ("lines", "rejects", "users"),
    [
        (['{},"st-1,S,,,,', "{},st-2,S,,,,", "{},st-3,S,,,,"], [2], [2, 3]),
        (['{},"st-1,S,,,,', "{},st-2,S,,,,", '{},st-3,S,,"a, b",,'], [2], [2, 3]),
        (['{},"st-1,S,,,,', '{},"st-2,S,,,,', '{},"st-3",S,,,,'], [2, 3], [3]),
        (["{},st-1,S,,,,", '{},st-2,S,,"a', "{},st-3,S,,b,,", '",,', "{},st-4,S,,,,"], [3, 4, 5],
         [1, 4]),
    ],
)  # fmt: skip
def test_stray_quote_costs_its_own_line_alone(con, keep, lines, rejects, users):
    """A cell that is quoted as it should be brings no rows of its own."""
    keep(_HEADER + "".join(f"{line.format(_at(0))}\n" for line in lines))
    rows = con.execute("select line_no from lake.service_reject order by all").fetchall()
    assert [line for (line,) in rows] == rejects
    rows = con.execute("select user_id from lake.service_record order by all").fetchall()
    assert [user for (user,) in rows] == [f"st-{user}" for user in users]


def test_local_time_at_a_change_of_clocks_needs_an_offset(tmp_path):
    """One that comes twice or never is not guessed."""
    path = tmp_path / "services.csv"
    unclear = ["2026-11-01 01:30:00", "2026-11-01T01:30:00.5", "2026/11/1 1:30"]
    unclear += ["2026-03-08 02:30:00", "2026/3/8 2:30"]
    clear = ["2026-11-01 01:30:00-05:00", "2026-11-01T06:30:00Z", "2026-11-01 01:30 -05"]
    clear += ["2026-11-01 00:59:59", "2026-11-01 02:00:00", "2026-03-08 03:00:00"]
    path.write_text(_HEADER + "".join(f"{time},st-1,S,,,,\n" for time in (*unclear, *clear)))
    source = ContextSource(path=path)
    read = read_history(
        None, source, ZoneInfo("America/New_York"), Known(), dt.datetime.now(dt.UTC), str
    )
    assert read.rejects.get_column("line_no").to_list() == list(range(2, 2 + len(unclear)))
    (reason,) = set(read.rejects.get_column("reason"))
    assert reason == message("context.history.needs_offset")
    assert "write an offset" in reason
    half_past = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    assert read.rows.get_column("time").to_list()[:3] == [half_past] * 3
    assert len(read.rows) == len(clear)


def test_nothing_is_kept_that_the_log_would_not_keep(con, keep):
    """Sessions and personal values are hashed; a user who looks like a formula stays a text."""
    keep(_HEADER + f"{_at(0)},=1+1,secret-cookie,hanako@example.jp,mail to hanako@example.jp,,\n")
    rows = con.execute("select * exclude (record_id) from lake.service_record").fetchall()
    text = str(rows)
    assert "secret-cookie" not in text
    assert "hanako" not in text
    assert "=1+1" in text


@pytest.mark.further
def test_history_that_cannot_be_read_takes_nothing_away(con, keep, caplog):
    """Nor is it told every night anew; a header without a key is no history."""
    _insert(con, [_request(1, 0, 1)])
    keep(f"{_HEADER}{_at(0)},st-1,,,,a,192.0.2.1\n")
    for _ in range(2):
        keep("time,user\n2026-11-19 09:00,st-1\n", _NOW + dt.timedelta(hours=1))
    problems = con.execute("select problem from lake.service_read order by read_at").fetchall()
    assert [problem is None for (problem,) in problems] == [True, False]
    assert "missing: session" in caplog.text
    refresh_aggregates(con, [_DAY])
    assert _named(con)[1] == ("st-1", "address")


@pytest.mark.further
def test_table_of_the_lake_is_a_history_too(tmp_path, con):
    """With instants as they are."""
    con.execute("create table lake.used (time timestamptz, user varchar, address varchar)")
    con.execute("insert into lake.used values (?, 'st-1', '192.0.2.1')", [_NINE])
    _insert(con, [_request(1, 0, 1)])
    document = {**_SETTINGS, "context": {"services": "lake.used"}}
    (tmp_path / "mimamori.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    settings = load(tmp_path / "mimamori.yaml")
    for _ in range(2):
        keep_records(con, settings, Pseudonyms.of(Home(tmp_path / "var")), _NOW)
    refresh_aggregates(con, [_DAY])
    assert _named(con)[1] == ("st-1", "address")
    assert con.execute("select rows, records from lake.service_read").fetchall() == [(1, 1)]
