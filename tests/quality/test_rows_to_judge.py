"""The rows that a suite judges: what its SELECT may bind, which an owner's suite has."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import MimamoriError
from pipelines.lake import insert_rows, open_writer
from pipelines.paths import Home
from pipelines.quality.basis import basis_of, table_versions
from pipelines.quality.limits import learn_limits
from pipelines.quality.owners import Days, OwnSuite
from pipelines.quality.result import CheckResult
from pipelines.quality.rows import days_with_rows, figures, make_own_rows, make_rows
from pipelines.quality.run import Places, _carried_and_due
from tests.quality import made_suites
from tests.quality.quality_lake import settings
from tests.quality.test_site_habits import COUNTS, Profile, day_of, days_before

_NOW = dt.datetime(2026, 1, 10, tzinfo=dt.UTC)
_DAY = dt.date(2025, 12, 8)  # a Monday


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One lake for all tests of this file."""
    with open_writer(Home(tmp_path_factory.mktemp("rows")), "Asia/Tokyo") as con:
        yield con


def test_a_select_binds_the_days_and_what_was_closed_by_the_last(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    """Holidays from the year before the first day to the year of the last."""
    days = [dt.date(2024, 12, 31), dt.date(2025, 6, 1), dt.date(2026, 1, 1)]
    lake.execute("delete from lake.site_closure")
    for site, closed_on in (("a", days[2]), ("b", days[2] + dt.timedelta(days=1)), ("c", None)):
        lake.execute(
            "insert into lake.site_closure by name select ? as site_id, ?::date as closed_on,"
            " now() as decided_at",
            [site, closed_on],
        )
    made = made_suites.suite(
        sql="select unnest($days) as log_date, $day as last, $closed_ids as closed, $now as now,"
        " $holidays as holidays, is_canonical_ip('192.0.2.1') as is_canonical"
    )
    table = make_rows(lake, settings(), made, days, _NOW)
    rows = lake.execute(f"select * from {table}").fetchall()
    assert [row[0] for row in rows] == days
    _, last, closed, now, holidays, is_canonical = rows[0]
    assert (last, closed, now, is_canonical) == (days[2], ["a"], _NOW, True)
    assert sorted({holiday.year for holiday in holidays}) == [2023, 2024, 2025, 2026]


def test_a_select_that_cannot_be_run_is_told_by_its_file(lake: duckdb.DuckDBPyConnection) -> None:
    """And leaves nothing behind that the next one stumbles over."""
    wrong = made_suites.suite(sql="select nowhere")
    for _ in range(2):
        with pytest.raises(MimamoriError, match=r"expectations/made\.sql: .*nowhere"):
            make_rows(lake, settings(), wrong, [_DAY], _NOW)


def test_results_about_the_lake_are_carried_over_to_the_last_day(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """While nothing has changed, and there is a page that shows them; else they are judged anew."""
    made = made_suites.suite(name="lakes", judges="lake")
    days = [_DAY, _DAY + dt.timedelta(days=1), _DAY + dt.timedelta(days=2)]
    places = Places(tmp_path)
    basis = basis_of(made, table_versions(lake), None)
    result = CheckResult(
        log_date=_DAY, suite="lakes", check_id="few", site_id=None, severity="warning",
        success=True, observed="", expected="records<=5", title_ja="表題", title_en="title",
        checked_at=_NOW, basis=basis,
    )  # fmt: skip
    insert_rows(lake, "check_result", [asdict(result)])
    assert _carried_and_due(lake, [made], places, days) == ([], [(made, basis)])
    page = tmp_path / "2025-12-01" / "lakes.html"
    page.parent.mkdir()
    page.write_text("a page")
    carried = [replace(result, log_date=days[-1])]
    assert _carried_and_due(lake, [made], places, days) == (carried, [])
    changed = made_suites.suite(name="lakes", judges="lake", sql="select 2")
    (due,) = _carried_and_due(lake, [changed], places, days)[1]
    assert due[0] == changed
    assert due[1] != basis


def test_figures_are_the_columns_of_numbers() -> None:
    """Whole and broken ones; neither texts, nor days, nor lists."""
    with duckdb.connect() as con:
        con.execute(
            "create table judged (log_date date, a bigint, b double, c varchar, d integer[],"
            " e utinyint, f hugeint, g boolean, h integer)"
        )
        assert figures(con, "judged") == ("a", "b", "e", "f", "h")


def test_days_with_rows_come_once_in_order() -> None:
    """None where there is no row."""
    with duckdb.connect() as con:
        con.execute("create table judged (log_date date)")
        assert days_with_rows(con, "judged") == []
        con.execute("insert into judged values ('2025-12-08'), ('2025-12-06'), ('2025-12-08')")
        assert days_with_rows(con, "judged") == [dt.date(2025, 12, 6), dt.date(2025, 12, 8)]


@pytest.mark.parametrize(
    ("sites", "kind", "days", "rows"),
    [
        (("a-1",), "every", [4, 5, 6, 7, 8], 5),
        (("a-1",), "working", [4, 5, 8], 5),
        (("a-1",), "off", [6, 7], 5),
        (("a-*",), "every", [4, 5, 6, 7, 8], 10),
        (("b", "a-2"), "off", [6, 7], 10),
        (("a",), "every", [], 0),
        (("none",), "working", [], 0),
    ],
)
def test_an_owner_judges_days_of_a_kind_at_its_sites(
    sites: tuple[str, ...], kind: Days, days: list[int], rows: int
) -> None:
    """From the Thursday to the Monday of a week without holidays; a name may stand for several."""
    checks = [made_suites.check("x"), made_suites.check("y", kwargs={"column": "rejects"})]
    own = OwnSuite(made_suites.suite(*checks, name="own-x"), Path("x.json"), sites, kind)
    with duckdb.connect() as con:
        con.execute(
            "create table judged as select date '2025-12-04' + n::int as log_date, site_id,"
            " 1 as records, 2 as rejects, 3 as lines"
            " from range(5) as day(n), unnest(['a-1', 'a-2', 'b']) as site(site_id)"
        )
        table, found = make_own_rows(con, settings(), own, "judged")
        assert [day.day for day in found] == days
        kept = con.execute(f"select * from {table}")
        assert [column[0] for column in kept.description] == [
            "log_date",
            "site_id",
            "records",
            "rejects",
        ]
        assert len(kept.fetchall()) == rows


def _learnt(
    con: duckdb.DuckDBPyConnection, profiles: list[Profile]
) -> list[tuple[int, float, float]]:
    """Of the limits learnt for the day, the number of days, that of rejects, that of agents."""
    con.execute("delete from lake.site_day")
    con.execute("delete from lake.site_limit")
    insert_rows(con, "site_day", [dict.fromkeys(COUNTS, 0) | profile for profile in profiles])
    learn_limits(con, [_DAY, _DAY])
    return con.execute(
        "select days, reject_share, agent_missing_share from lake.site_limit"
    ).fetchall()


@pytest.mark.parametrize(("days", "learnt"), [(13, []), (14, [14]), (28, [28]), (35, [28])])
def test_a_site_teaches_its_limits_in_two_to_four_weeks(
    lake: duckdb.DuckDBPyConnection, days: int, learnt: list[int]
) -> None:
    """Fewer days teach nothing, older ones nothing more."""
    found = _learnt(lake, [day_of(day) for day in days_before(_DAY, days)])
    assert [of_days for of_days, *_ in found] == learnt


@pytest.mark.parametrize(("lines", "learnt"), [(9, 0), (10, 1)])
def test_days_of_few_lines_teach_nothing(
    lake: duckdb.DuckDBPyConnection, lines: int, learnt: int
) -> None:
    """Of nine lines one odd visitor makes up any share."""
    found = _learnt(lake, [day_of(day, records=lines) for day in days_before(_DAY, 14)])
    assert len(found) == learnt


def test_a_limit_is_three_times_what_nine_days_in_ten_stay_below(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    """A hundredth at least, and all at most."""
    past = [
        day_of(day, records=100 - n, rejects=n, agent_missing=0)
        for n, day in enumerate(days_before(_DAY, 20), start=1)
    ]
    assert _learnt(lake, past) == [(20, 0.54, 0.01)]
    assert _learnt(lake, [row | {"agent_missing": row["records"]} for row in past]) == [
        (20, 0.54, 1.0)
    ]


def test_what_was_learnt_already_is_not_written_again(lake: duckdb.DuckDBPyConnection) -> None:
    """A night in which nothing changed writes nothing; a change replaces what was learnt."""
    assert len(_learnt(lake, [day_of(day) for day in days_before(_DAY, 20)])) == 1
    before = table_versions(lake)
    learn_limits(lake, [_DAY])
    assert table_versions(lake) == before
    lake.execute("update lake.site_day set rejects = 10, lines = 110")
    learn_limits(lake, [_DAY])
    assert table_versions(lake)["site_limit"] > before["site_limit"]
    assert lake.execute("select reject_share from lake.site_limit").fetchall() == [(0.27,)]
