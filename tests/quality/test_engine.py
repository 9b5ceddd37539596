"""Days that are judged together come out as each by itself, down to what their pages show."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines.errors import MimamoriError
from pipelines.quality.engine import Engine, Validation, _exception, open_engine
from pipelines.quality.run import results_of
from tests.quality.made_suites import ROWS, check, suite

_FIRST = dt.date(2025, 11, 16)
_GOOD, _WRONG, _UNJUDGED, _EMPTY = (_FIRST + dt.timedelta(days=n) for n in range(4))
_NOW = dt.datetime(2025, 11, 20, tzinfo=dt.UTC)
_SITES = 4
_NUMBERS = itertools.count()
_SUITE = suite(
    check("few", severity="critical"),
    check("none", ROWS, shows=["site_id"]),
    check("agents", kwargs={"column": "agents", "min_value": 1}),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Rows of a day on which all is well, of one with two wrong sites, and of one without agents.

    On the first day one site of four has no agents that could be judged.
    """
    with duckdb.connect() as con:
        con.execute(
            "create table judged as select $first + day.n::int as log_date,"
            " 's' || site.n as site_id,"
            " case when day.n = 1 and site.n > 1 then 6 - site.n + 3 else 5 end as records,"
            " case when day.n = 1 and site.n = 0 then 1 else 0 end as rejects,"
            " case when day.n < 2 and site.n > 0 then 1 end as agents"
            " from range(3) as day(n), range($sites) as site(n)",
            {"first": _FIRST, "sites": _SITES},
        )
        with open_engine(con) as engine:
            yield engine


def _validated(engine: Engine, days: list[dt.date]) -> list[Validation]:
    """The suite judged anew: an engine takes one of a name once."""
    return engine.validate(
        _SUITE.model_copy(update={"name": f"made-{next(_NUMBERS)}"}), "judged", days
    )


def _shown(validation: Validation) -> dict[str, Any]:
    """What the page of a validation is made of, but for the query and the time of the run."""
    raw: Any = validation.raw
    told = raw.to_json_dict()
    results = []
    for one in told["results"]:
        kwargs = {
            name: value
            for name, value in one["expectation_config"]["kwargs"].items()
            if name != "batch_id"
        }
        result = {
            name: value
            for name, value in one["result"].items()
            if value is not None and (value != [] or name == "partial_unexpected_list")
            and "index" not in name and name not in {"partial_unexpected_counts",
                                                      "unexpected_list", "details"}
        }  # fmt: skip
        details = (one["result"].get("details") or {}).get("unexpected_rows")
        results.append((one["success"], kwargs, result, details))
    return {
        "results": sorted(results, key=str),
        "statistics": told["statistics"],
        "success": told["success"],
        "run_name": told["meta"]["run_id"]["run_name"],
    }


@pytest.mark.parametrize("day", [_GOOD, _UNJUDGED])
def test_a_day_comes_out_as_if_it_were_judged_alone(engine: Engine, day: dt.date) -> None:
    """Outcomes, and all figures of the page."""
    (alone,) = _validated(engine, [day])
    among = {one.day: one for one in _validated(engine, [_UNJUDGED, _GOOD])}
    assert list(among) == [_GOOD, _UNJUDGED]
    assert among[day].outcomes == alone.outcomes
    assert _shown(among[day]) == _shown(alone)


def test_each_day_has_its_own_outcomes(engine: Engine) -> None:
    """The rows at fault, in the order of the checks; a day without rows passes."""
    found = _validated(engine, [_EMPTY, _UNJUDGED, _WRONG, _GOOD])
    told = {
        one.day: [
            (out.success, out.rows, out.judged, sorted(row["site_id"] for row in out.failing))
            for out in one.outcomes
        ]
        for one in found
    }
    assert list(told) == [_GOOD, _WRONG, _UNJUDGED, _EMPTY]
    assert told[_GOOD] == [(True, 4, 4, []), (True, 4, None, []), (True, 4, 3, [])]
    assert told[_WRONG] == [
        (False, 4, 4, ["s2", "s3"]),
        (False, 4, None, ["s0"]),
        (True, 4, 3, []),
    ]
    assert told[_UNJUDGED] == [(True, 4, 4, []), (True, 4, None, []), (True, 4, 0, [])]
    assert told[_EMPTY] == [(True, 0, 0, []), (True, 0, None, []), (True, 0, 0, [])]


def test_results_are_in_order_of_checks_and_sites(engine: Engine) -> None:
    """One for each site at fault, or one that says how many were judged."""
    (found,) = _validated(engine, [_WRONG])
    results = list(results_of(found, _NOW))
    assert [(one.check_id, one.site_id, one.success, one.observed) for one in results] == [
        ("few", "s2", False, "records=7"),
        ("few", "s3", False, "records=6"),
        ("none", "s0", False, "site_id=s0"),
        ("agents", None, True, "sites=4 judged=3"),
    ]
    assert {one.log_date for one in results} == {_WRONG}
    assert {one.checked_at for one in results} == {_NOW}
    assert [one.severity for one in results] == ["critical", "critical", "warning", "warning"]
    assert [one.title_en for one in results[::3]] == ["failed few", "title of agents"]
    (good,) = _validated(engine, [_GOOD])
    assert [one.observed for one in results_of(good, _NOW)] == [
        "sites=4 judged=4",
        "sites=4",
        "sites=4 judged=3",
    ]


def test_what_is_judged_of_the_lake_counts_rows(engine: Engine) -> None:
    """It is about no site."""
    of_lake = suite(check("none", ROWS), name="lake", judges="lake")
    (found,) = engine.validate(of_lake, "judged", [_GOOD])
    assert [one.observed for one in results_of(found, _NOW)] == ["rows=4"]


def test_a_rule_that_names_no_day_judges_each_by_itself(engine: Engine) -> None:
    """As nobody could tell which day of several its rows are of."""
    kwargs = {"unexpected_rows_query": "select site_id from {batch} where rejects > 0"}
    nameless = suite(check("none", ROWS, kwargs=kwargs), name="nameless")
    found = engine.validate(nameless, "judged", [_GOOD, _WRONG])
    assert [one.outcomes[0].success for one in found] == [True, False]


@pytest.mark.parametrize("days", [[_GOOD], [_GOOD, _WRONG]])
def test_a_check_of_a_column_that_is_not_there_is_an_outage(
    engine: Engine, days: list[dt.date]
) -> None:
    """Of one day as of several; the message names suite and check."""
    wrong = suite(
        check("none", ROWS, kwargs={"unexpected_rows_query": "select nowhere from {batch}"}),
        name=f"wrong-{len(days)}",
    )
    with pytest.raises(MimamoriError, match=r"expectations/wrong-\d\.json: none: "):
        engine.validate(wrong, "judged", days)


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ({}, None),
        ({"raised_exception": False, "exception_message": None}, None),
        ({"raised_exception": True, "exception_message": "no"}, "no"),
        ({"metric": {"raised_exception": True, "exception_message": "no"}}, "no"),
        (
            {
                "note": "x",
                "one": {"raised_exception": False, "exception_message": "yes"},
                "other": {"raised_exception": True, "exception_message": "no"},
            },
            "no",
        ),
    ],
)
def test_an_exception_is_found_in_either_place(info: dict[str, Any], said: str | None) -> None:
    """In the result itself, or in one entry for each metric."""
    assert _exception(info) == said
