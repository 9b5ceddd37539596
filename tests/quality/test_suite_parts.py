"""What a suite and a check say of themselves, and what its file must hold."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from pipelines.errors import MimamoriError
from pipelines.quality.marts import make_mart_tables
from pipelines.quality.suites import load_suites
from tests.quality.made_suites import BETWEEN, ROWS, check, suite


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kwargs": {"column": "records", "max_value": 5}}, "records<=5"),
        ({"kwargs": {"column": "records", "min_value": 0}}, "records>=0"),
        (
            {"kwargs": {"column": "records", "max_value": 5, "min_value": 1}},
            "records>=1 records<=5",
        ),
        ({"expected": "as many as ever"}, "as many as ever"),
        ({"kind": ROWS, "expected": "none"}, "none"),
    ],
)
def test_what_is_expected_is_said_or_follows_from_the_limits(
    changes: dict[str, Any], expected: str
) -> None:
    """The words of the check go before its limits."""
    (one,) = suite(check(**changes)).expectations
    assert one.expected == expected


@pytest.mark.parametrize(
    ("changes", "observed"),
    [
        ({"shows": ["rejects", "records"]}, "records=7 rejects=2"),
        ({"shows": []}, "records=7"),
        ({"shows": ["share", "rejects"]}, "records=7 share=0.3333 rejects=2"),
        ({"kind": ROWS, "shows": ["rejects", "site"]}, "rejects=2 site=None"),
        ({"kind": ROWS}, ""),
    ],
)
def test_the_figures_of_a_failure_are_named_once_the_judged_one_first(
    changes: dict[str, Any], observed: str
) -> None:
    """Fractions to four figures."""
    (one,) = suite(check(**changes)).expectations
    row = {"records": 7, "rejects": 2, "share": 1 / 3, "site": None, "more": 1}
    assert one.observed(row) == observed


def test_words_are_filled_in_with_arguments_and_figures() -> None:
    """A title with the arguments, a failure with the columns too."""
    title = {"ja": "上限 {max_value}", "en": "at most {max_value}"}
    failed = {"ja": "{records} 件", "en": "{records} of {max_value}"}
    (one,) = suite(check(title=title, failed=failed)).expectations
    assert (one.title("ja"), one.title("en")) == ("上限 5", "at most 5")
    assert (one.failure("ja", {"records": 6}), one.failure("en", {"records": 6})) == (
        "6 件",
        "6 of 5",
    )


def test_what_sql_binds_are_the_values_that_it_names() -> None:
    """Those given, the suite's own and the upper limits; those in comments are none."""
    made = suite(
        check("a"),
        check("b", kwargs={"column": "rejects", "min_value": 1}),
        check("c", kwargs={"column": "lines", "min_value": 1, "max_value": 9}),
        check("d", ROWS),
        sql="select $day, $most, $upper_limits -- $nowhere\n, 1",
        parameters={"most": {"value": 3, "reason": "so"}, "day": {"value": 4, "reason": "so"}},
    )
    assert made.upper_limits == {"records": 5, "lines": 9}
    assert made.bindings({"day": 1, "days": 2}) == {
        "day": 4,
        "most": 3,
        "upper_limits": made.upper_limits,
    }
    assert [one.meta.id for one in made.about_columns] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("checks", "changes"),
    [
        ([check("a"), check("b"), check("a")], {}),
        ([check("a", ROWS, expected=None)], {}),
        ([check("a", severity="info")], {}),
        ([check("A")], {}),
        ([], {"name": "Made"}),
        ([], {"parameters": {"most": {"value": 3, "reason": ""}}}),
        ([], {"more": 1}),
    ],
)
def test_a_suite_that_is_wrong_is_refused(
    checks: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    """Ids given twice, rules that do not say what is expected, parameters without a reason."""
    with pytest.raises(ValidationError):
        suite(*checks, **changes)
    assert len(suite(check("a"), check("b")).expectations) == 2
    shortest = suite(parameters={"most": {"value": 3, "reason": "例"}})
    assert shortest.meta.parameters["most"].reason == "例"


def test_a_suite_without_checks_judges_nothing(tmp_path: Path) -> None:
    """And is refused with its file and key."""
    text = suite().model_copy(update={"expectations": ()}).model_dump_json(exclude={"sql"})
    (tmp_path / "made.json").write_text(text, encoding="utf-8")
    (tmp_path / "made.sql").write_text("select 1", encoding="utf-8")
    with pytest.raises(MimamoriError, match=r"made\.json: expectations: "):
        load_suites(tmp_path)


def test_suites_are_read_in_order_of_name(tmp_path: Path) -> None:
    """Each with the SQL that lies beside it."""
    for name in ("b", "a"):
        text = suite(name=name).model_dump_json(exclude={"sql"})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.sql").write_text(f"select '{name}'", encoding="utf-8")
    assert [(one.name, one.sql) for one in load_suites(tmp_path)] == [
        ("a", "select 'a'"),
        ("b", "select 'b'"),
    ]


def test_great_expectations_gets_ids_and_notes() -> None:
    """The whole meta would be serialised anew a hundred times."""
    given = suite(check("a"), check("b", ROWS)).for_great_expectations()
    assert "sql" not in given
    one, other = given["expectations"]
    assert (one["type"], other["type"]) == (BETWEEN, ROWS)
    assert (one["meta"], other["meta"]) == ({"id": "a"}, {"id": "b"})
    assert one["description"] == "title of a（日本語）"
    assert one["notes"][0] == "**title of a（日本語）** / title of a"


def test_without_marts_there_is_nothing_to_judge_of_them(tmp_path: Path) -> None:
    """Neither without a folder nor with an empty one."""
    with duckdb.connect() as con:
        assert make_mart_tables(con, None, []) is False
        assert make_mart_tables(con, tmp_path, [dt.date(2025, 11, 16)]) is False


def test_of_a_mart_its_last_day_counts_that_is_not_written_anew(tmp_path: Path) -> None:
    """By role and site; a role of which all days are written anew has none."""
    with duckdb.connect() as con:
        for role, days in (("analyst", (14, 15, 16)), ("franchise:001", (15,)), ("new", (16,))):
            folder = tmp_path / role / "access_log"
            folder.mkdir(parents=True)
            for day in days:
                con.execute(
                    "copy (select 'shop' as site_id, n from range($n) as r(n))"
                    f" to '{folder}/2025-11-{day}.parquet' (format parquet)".replace("$n", str(day))
                )
        assert make_mart_tables(con, tmp_path, [dt.date(2025, 11, 16)]) is True
        on = dt.date(2025, 11, 15)
        assert con.execute("from mart_day order by role").fetchall() == [
            ("analyst", None, on),
            ("franchise:001", "001", on),
        ]
        assert con.execute("from mart_record order by role").fetchall() == [
            ("analyst", "shop", 15),
            ("franchise:001", "shop", 15),
        ]
