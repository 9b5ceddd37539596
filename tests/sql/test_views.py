"""Views and table functions in people's words: the right rows, from the days asked for alone."""

import datetime as dt
import re
from typing import Any

import duckdb
import pytest

from pipelines.lake.dictionary import relations, table_functions
from tests.sql import asked

_DAY = {"day": asked.DAY}
_CLASSES = ("[none]", "[pseudonym]", "[personal]")
_BY_DAY = (
    *("personal_data_access", "logins", "sessions", "access_log", "person_request"),
    *("account_request", "crawler", "data_access", "request", "request_country", "user_request"),
)


def _rows(con: duckdb.DuckDBPyConnection, query: str, **values) -> list[tuple[Any, ...]]:
    return con.execute(query, values).fetchall()


def test_access_is_what_was_answered_with_data(con: duckdb.DuckDBPyConnection) -> None:
    """2xx and 304 of records, lists and exports, HEAD too; no refusal, redirect or OPTIONS."""
    rows = _rows(
        con,
        "select method, resource_kind, subject_id, status, is_credited"
        " from lake.personal_data_access"
        " where log_date = $day and user_id = 'st-0001' order by time",
        **_DAY,
    )
    assert rows == [
        ("GET", "record", "00100", 200, False),
        ("GET", "record", "00100", 200, False),
        ("HEAD", "record", "00101", 200, False),
        ("GET", "record", "00102", 304, False),
        ("GET", "list", None, 200, False),
        ("GET", "export", None, 200, False),
        ("GET", "record", "00106", 200, True),
    ]


def test_line_that_came_twice_counts_once(con: duckdb.DuckDBPyConnection) -> None:
    """A second file with the same lines adds its own one only."""
    assert _rows(
        con, "select count(*), count(distinct event_id) from lake.access_log where log_date = $day",
        **_DAY,
    ) == [(60, 60)]  # fmt: skip


def test_logins_have_their_result(con: duckdb.DuckDBPyConnection) -> None:
    """Every attempt with the account that was tried."""
    rows = _rows(
        con,
        "select client_ip, login_result, count(*), count(distinct user_id) from lake.logins"
        " where log_date = $day group by all order by all",
        **_DAY,
    )
    assert rows == [
        (asked.OFFICE, "success", 1, 1),
        (asked.OUTSIDE, "failure", 40, 2),
        (asked.OUTSIDE, "success", 1, 1),
    ]


def test_sessions_are_cookies_or_visits(con: duckdb.DuckDBPyConnection) -> None:
    """A cookie is one session; without it half an hour's pause parts two."""
    rows = _rows(
        con,
        "select user_id, session_id is not null, requests, personal_accesses, subjects, exports,"
        " minutes, first_path, last_path from lake.sessions"
        " where log_date = $day and user_id in ('st-0001', 'st-0002') order by first_time",
        **_DAY,
    )
    assert rows == [
        ("st-0001", True, 12, 7, 4, 1, 11.0, "/login", "/customers/00106"),
        ("st-0002", False, 3, 2, 2, 0, 31.0, "/customers/100", "/index.html"),
        ("st-0002", False, 1, 1, 1, 0, 0.0, "/customers/00201", "/customers/00201"),
    ]


def test_user_days_compare_with_past_and_peers(con: duckdb.DuckDBPyConnection) -> None:
    """The median of the own days before, and of those of one type on the day."""
    rows = _rows(
        con,
        "select user_id, subjects, past_days, usual_subjects, most_subjects_before, peers,"
        " peers_subjects from lake.user_days where log_date = $day and subjects > 0"
        " order by user_id",
        **_DAY,
    )
    assert rows == [
        ("co-0001", 1, 0, None, None, 1, 1.0),
        ("st-0001", 4, 7, 3.0, 3, 3, 3.0),
        ("st-0002", 3, 7, 2.0, 2, 3, 3.0),
    ]


def test_site_days_show_what_did_not_arrive(con: duckdb.DuckDBPyConnection) -> None:
    """A site without a line has a row of zeros."""
    rows = _rows(
        con,
        "select site_id, franchise, lines, records, rejects, reject_share is null,"
        " login_failures, login_successes from lake.site_days where log_date = $day order by 1",
        **_DAY,
    )
    assert rows == [
        ("main", None, 61, 60, 1, False, 40, 2),
        ("shop-001", "001", 0, 0, 0, True, 0, 0),
    ]


def test_findings_open_are_those_that_wait(con: duckdb.DuckDBPyConnection) -> None:
    """Open findings with their incident's risk."""
    rows = _rows(
        con, "select detector, actor, risk > 0, status from lake.findings_open order by 1, 2"
    )
    assert rows == _rows(
        con,
        "select detector, actor, true, status from lake.findings"
        " where status in ('new', 'acknowledged') order by 1, 2",
    )
    assert "brute-force" in {detector for detector, *_ in rows}


def test_who_saw_names_everyone_who_did(con: duckdb.DuckDBPyConnection) -> None:
    """By user and day, the newest first; an id that lost its zeros counts too."""
    rows = _rows(
        con,
        "select log_date, user_id, accesses from lake.who_saw('00100', since := $day::date)",
        **_DAY,
    )
    assert rows == [
        (asked.DAY, "st-0001", 2),
        (asked.DAY, "co-0001", 1),
        (asked.DAY, "st-0002", 1),
        (asked.DAY, None, 1),
    ]
    before = dt.date(2026, 11, 14)
    assert _rows(
        con, "select user_id, accesses from lake.who_saw(00100::varchar, until := $day::date)",
        day=before,
    ) == []  # fmt: skip
    assert len(_rows(con, "from lake.who_saw('00100')")) == 11


def test_day_of_is_in_order_of_time(con: duckdb.DuckDBPyConnection) -> None:
    """Every request of the user, those of a nameless line too."""
    rows = _rows(
        con,
        "select method, url_path, is_personal, login_result"
        " from lake.day_of('st-0001', '2026-11-20')",
    )
    assert len(rows) == 12
    assert rows[0] == ("POST", "/login", False, "success")
    assert rows[-1] == ("GET", "/customers/00106", True, None)
    assert sum(personal for _, _, personal, _ in rows) == 7


def test_path_of_tells_the_pauses(con: duckdb.DuckDBPyConnection) -> None:
    """Requests of one address with the seconds since the one before."""
    rows = _rows(
        con,
        "select url_path, status, seconds_since_last from lake.path_of($ip, since := $day::date)",
        ip=asked.OUTSIDE, **_DAY,
    )  # fmt: skip
    assert len(rows) == 42
    assert rows[0] == ("/customers/00100", 200, None)
    assert rows[1] == ("/login", 401, 3600.0)
    assert rows[-1] == ("/login", 302, 21.0)


@pytest.mark.parametrize("view", _BY_DAY)
def test_one_day_reads_the_files_of_one_day(con: duckdb.DuckDBPyConnection, view: str) -> None:
    """A condition on log_date reaches the files."""
    plan = "\n".join(
        text
        for _, text in _rows(
            con,
            f"explain (analyze, format json) select * from lake.{view} where log_date = $day",
            **_DAY,
        )
    )
    files = [int(number) for number in re.findall(r'"Total Files Read":\s*"(\d+)"', plan)]
    everything = _rows(
        con, "select count(*) from ducklake_list_files('lake', 'request_fact')"
    )[0][0]  # fmt: skip
    assert everything >= 8
    assert files
    assert max(files) < everything


def test_every_view_column_and_function_has_words_in_both_languages(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Japanese first, then English, then the class of personal data."""
    for relation in relations(con):
        comments = {relation.name: relation.comment} | {
            f"{relation.name}.{column.name}": column.comment for column in relation.columns
        }
        for name, comment in comments.items():
            assert comment.endswith(_CLASSES), name
            if relation.kind == "view":
                assert " / " in comment, name
                assert not comment.split(" / ")[0].isascii() or "HTTP" in comment or "OS" in comment
    functions = table_functions()
    assert [one.name for one in functions] == [
        *(
            "ai_agent_requests",
            "ai_agents_by_day",
            "beyond_role",
            "data_use",
            "day_of",
            "lacking_hours",
            "path_of",
            "right_use",
            "who_looked",
            "who_saw",
        )
    ]
    for one in functions:
        assert one.comment.endswith("[personal]")
        assert [name for name, _ in one.parameters] == re.findall(
            r"(\w+)(?: :=|,|$)", one.signature
        )
