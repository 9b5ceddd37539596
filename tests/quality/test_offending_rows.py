"""The rows behind a failed check: so many, and only what is about no person is shown."""

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from pipelines.quality.offending import Offending, offending_rows, query_of
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Check
from tests.quality import made_suites

_DAY = dt.date(2025, 11, 16)
_QUERY = "select status, note, user_id from lake.line where log_date = $day and site_id = $site"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table of a lake, of whose columns two are about no person."""
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as lake")
        for table in ("line", "other"):
            con.execute(
                f"create table lake.{table} (log_date date, site_id varchar, status integer,"
                " note varchar, user_id varchar)"
            )
            for column in ("log_date", "site_id", "status", "note"):
                con.execute(f"comment on column lake.{table}.{column} is 'Some. [none]'")
            con.execute(f"comment on column lake.{table}.user_id is 'Who. [direct]'")
        yield con


def _fill(con: duckdb.DuckDBPyConnection, rows: int, note: str | None = "x") -> None:
    con.execute(
        "insert into lake.line select $day, 'shop', 400 + n, $note, 'c1' from range($rows) as r(n)",
        {"day": _DAY, "note": note, "rows": rows},
    )


def _shown(
    con: duckdb.DuckDBPyConnection, query: str | None = _QUERY, *sites: str | None
) -> list[Offending]:
    check = made_suites.suite(made_suites.check(rows=query)).expectations[0]
    return offending_rows(con, check, [_failed(check, site) for site in sites or ("shop",)])


def _failed(check: Check, site: str | None) -> CheckResult:
    return CheckResult(
        log_date=_DAY, suite="made", check_id=check.meta.id, site_id=site, severity="warning",
        success=False, observed="", expected="", title_ja="", title_en="",
        checked_at=dt.datetime(2025, 11, 17, tzinfo=dt.UTC),
    )  # fmt: skip


def test_a_query_reads_as_somebody_would_type_it() -> None:
    """With the day and the site in the places of both, quoted; other names stay."""
    written = query_of("$day, $site, $days, $site_id, $day", _DAY, "o'clock")
    assert written == "date '2025-11-16', 'o''clock', $days, $site_id, date '2025-11-16'"


def test_what_is_about_a_person_is_masked(con: duckdb.DuckDBPyConnection) -> None:
    """The column stands there, its values do not; nothing is told from nothing."""
    _fill(con, 1, None)
    (found,) = _shown(con)
    assert found.columns == ("status", "note", "user_id")
    assert found.rows == (("400", "–", None),)
    assert (found.site_id, found.query) == ("shop", query_of(_QUERY, _DAY, "shop"))
    assert (found.has_more, found.problem) == (False, "")


def test_a_name_that_is_a_persons_in_one_table_is_masked(con: duckdb.DuckDBPyConnection) -> None:
    """Of the tables that the query names; what the query makes itself is not known to be open."""
    _fill(con, 1)
    con.execute("comment on column lake.other.status is 'Some. [direct]'")
    (alone,) = _shown(con)
    assert alone.rows == (("400", "x", None),)
    (both,) = _shown(con, f"{_QUERY} and 0 = (select count(*) from lake.other)")
    assert both.rows == ((None, "x", None),)
    (made,) = _shown(con, _QUERY.replace("status", "status + 1 as made", 1))
    assert made.rows == ((None, "x", None),)


@pytest.mark.parametrize(
    ("rows", "shown", "has_more"), [(0, 0, False), (19, 19, False), (20, 20, False), (21, 20, True)]
)
def test_twenty_rows_are_shown(
    con: duckdb.DuckDBPyConnection, rows: int, shown: int, has_more: bool
) -> None:
    """And whether there are more."""
    _fill(con, rows)
    (found,) = _shown(con)
    assert (len(found.rows), found.has_more) == (shown, has_more)


@pytest.mark.parametrize(("length", "end"), [(199, "x"), (200, "x"), (201, "…")])
def test_a_value_has_two_hundred_characters_at_most(
    con: duckdb.DuckDBPyConnection, length: int, end: str
) -> None:
    """A longer one is cut."""
    _fill(con, 1, "x" * length)
    ((_, note, _),) = _shown(con)[0].rows
    assert note is not None
    assert len(note) == min(length, 200)
    assert note.endswith(end)


def test_twenty_sites_are_shown(con: duckdb.DuckDBPyConnection) -> None:
    """The first ones; a failure of a day as a whole has no rows of a site."""
    sites = [f"s{number}" for number in range(21)]
    assert [one.site_id for one in _shown(con, _QUERY, *sites)] == sites[:20]
    assert [one.site_id for one in _shown(con, _QUERY, None, "shop")] == ["shop"]
    assert _shown(con, _QUERY, None) == []


def test_a_check_without_a_query_has_nothing_to_show(con: duckdb.DuckDBPyConnection) -> None:
    """And one whose query fails says by what kind of error, beside the others."""
    assert _shown(con, None) == []
    (found,) = _shown(con, "select nowhere from lake.line where $day > $site")
    assert (found.problem, found.rows, found.columns) == ("BinderException", (), ())
