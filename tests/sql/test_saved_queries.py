"""Saved queries run with their defaults, have titles in both languages, and bind their values."""

import csv
import datetime as dt
import io
import re
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.query.ask import run_query
from pipelines.query.saved import SavedQuery, assignments, saved_queries, saved_query
from pipelines.query.watch import Question
from pipelines.settings.model import Settings
from tests.sql import asked

pytestmark = pytest.mark.further

_ALL = saved_queries()


def _answered(con: duckdb.DuckDBPyConnection, name: str, **given: str) -> list[dict[str, object]]:
    query = saved_query(name)
    done = con.execute(query.sql, query.bound(given, asked.TODAY))
    names = [column[0] for column in done.description or []]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


@pytest.mark.parametrize("query", _ALL.values(), ids=list(_ALL))
def test_saved_query_runs_with_its_defaults(
    con: duckdb.DuckDBPyConnection, query: SavedQuery
) -> None:
    """No parameter has to be given, every one is used, and the order of the rows is told."""
    assert not query.ja.isascii()
    assert query.en.isascii()
    assert {parameter.name for parameter in query.parameters} == set(
        re.findall(r"\$([a-z_]+)", query.sql)
    )
    assert query.sql.rstrip().splitlines()[-1].startswith(("order by", "limit $limit"))
    con.execute(query.sql, query.bound({}, asked.TODAY))


def test_there_are_enough_of_them() -> None:
    """What staff, analysts and auditors ask is there."""
    assert len(_ALL) >= 25


def test_who_looked_at_customers_is_compared(con: duckdb.DuckDBPyConnection) -> None:
    """Beside each user's figure stand the own past and the peers."""
    rows = _answered(con, "who-looked-at-customers")
    assert [(row["user_id"], row["subjects"], row["compared"]) for row in rows] == [
        ("st-0001", 4, "more"),
        ("st-0002", 3, "more"),
        ("co-0001", 1, "unknown"),
    ]
    rows = _answered(con, "who-looked-at-customers", day="2026-11-19", site="main")
    assert {row["compared"] for row in rows} == {"as_before"}


def test_who_saw_customer_takes_one_or_chooses(con: duckdb.DuckDBPyConnection) -> None:
    """By default the person whom most users saw."""
    by_name = _answered(con, "who-saw-customer", subject="00100", since="2026-11-20")
    assert [(row["user_id"], row["accesses"]) for row in by_name] == [
        ("st-0001", 2), ("co-0001", 1), ("st-0002", 1), (None, 1),
    ]  # fmt: skip
    assert {row["subject_id"] for row in _answered(con, "who-saw-customer")} == {"00100", "100"}
    assert not _answered(con, "who-saw-customer", subject="' or true --")


def test_logins_after_failures(con: duckdb.DuckDBPyConnection) -> None:
    """The log-in that worked behind forty that did not."""
    (row,) = _answered(con, "logins-after-failures")
    assert (row["user_id"], row["failures"], row["failing_accounts"]) == ("st-0003", 40, 2)
    assert not _answered(con, "logins-after-failures", failures="41")


def test_exports_night_and_coverage(con: duckdb.DuckDBPyConnection) -> None:
    """Exports of a month, access at night, and days on which nothing arrived."""
    (export,) = _answered(con, "exports-of-month", month="2026-11")
    assert (export["user_id"], export["url_path"]) == ("st-0001", "/export/all.csv")
    assert not _answered(con, "exports-of-month", month="2026-10")
    (night,) = _answered(con, "night-access")
    assert (night["user_id"], night["hours"]) == ("co-0001", [23])
    silent = [row for row in _answered(con, "coverage") if row["coverage"] == "nothing arrived"]
    assert (asked.DAY, "shop-001") in [(row["log_date"], row["site_id"]) for row in silent]
    (reject,) = _answered(con, "rejects")
    assert reject["site_id"] == "main"


def test_values_are_read_by_their_type() -> None:
    """Days in words, months, numbers, and null."""
    query = saved_query("night-access")
    assert query.bound({}, dt.date(2026, 3, 1)) == {
        "since": dt.date(2026, 2, 22),
        "until": dt.date(2026, 2, 28),
        "from_hour": 22,
        "to_hour": 6,
    }
    assert query.bound({"since": "2026-02"}, asked.TODAY)["since"] == dt.date(2026, 2, 1)
    assert query.bound({"since": "today-7"}, asked.TODAY)["since"] == dt.date(2026, 11, 14)
    month = saved_query("exports-of-month").bound({}, dt.date(2026, 3, 1))
    assert month == {"month": dt.date(2026, 2, 1)}
    assert saved_query("who-saw-customer").bound({}, asked.TODAY)["subject"] is None
    for given in ({"since": "2026-11-5"}, {"since": "soon"}, {"to_hour": "six"}, {"nobody": "1"}):
        with pytest.raises(UsageError, match=next(iter(given))):
            query.bound(given, asked.TODAY)
    with pytest.raises(UsageError, match="NAME=VALUE"):
        assignments(("day",))
    with pytest.raises(UsageError, match="who-saw-customer"):
        saved_query("who-saw-custmer")
    with pytest.raises(UsageError, match="no such"):
        saved_query("../schema/001_access_log")


def test_saved_query_prints_in_every_format(
    asked_home: Home, asked_settings: Settings, tmp_path: Path
) -> None:
    """Values are bound in what is copied too."""
    query = saved_query("who-saw-customer")
    values = query.bound({"subject": "00100", "since": "2026-11-20"}, asked.TODAY)

    def printed(form: str) -> bytes:
        written = io.BytesIO()
        run_query(asked_home, asked_settings, Question(query.sql, values), form, written)
        return written.getvalue()

    assert len(list(csv.DictReader(io.StringIO(printed("csv").decode())))) == 4
    assert b"st-0001" in printed("table")
    (tmp_path / "rows.parquet").write_bytes(printed("parquet"))
    read = duckdb.connect().execute(
        "select count(*) from read_parquet(?)", [str(tmp_path / "rows.parquet")]
    )
    assert read.fetchall() == [(4,)]


def test_header_that_says_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names file, line and form."""
    monkeypatch.setattr("pipelines.query.saved.FOLDER", tmp_path)
    (tmp_path / "a.sql").write_text("select 1\n")
    with pytest.raises(UsageError, match=r"a.sql:1: .*title"):
        saved_query("a")
    (tmp_path / "a.sql").write_text("-- title: 一 / one\n-- param x number 1 二 / two\nselect 1\n")
    with pytest.raises(UsageError, match=r"a.sql:2: .*param"):
        saved_query("a")
