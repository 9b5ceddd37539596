"""The shipped suites say what they mean, and a wrong suite is refused by name and key."""

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from great_expectations.core.expectation_suite import ExpectationSuite, expectationSuiteSchema

from pipelines.errors import MimamoriError
from pipelines.paths import EXPECTATIONS_DIR
from pipelines.quality.suites import Check, Suite, load_suites
from tests.quality import made_suites

SUITES = load_suites(EXPECTATIONS_DIR)
CHECKS = [check for suite in SUITES for check in suite.expectations]
every_suite = pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.meta.id)


@every_suite
def test_a_suite_is_one_of_great_expectations_own(suite: Suite):
    """The file fits Great Expectations' schema, which keeps every expectation of it."""
    content = json.loads((EXPECTATIONS_DIR / f"{suite.name}.json").read_bytes())
    loaded = expectationSuiteSchema.load(content)
    kept: Any = ExpectationSuite(**loaded).to_json_dict()["expectations"]
    assert [(item["type"], item["severity"]) for item in kept] == [
        (check.type, check.severity) for check in suite.expectations
    ]


def test_a_day_without_rows_is_judged_but_by_those_who_would_know_nothing():
    """What was read, and what was made of it, is nothing to judge where nothing came."""
    silent = {suite.name for suite in SUITES if suite.meta.skips_empty}
    assert silent == {"ledger", "aggregates"}
    made = made_suites.suite()
    assert not made.meta.skips_empty  # a suite has to say so


@every_suite
def test_every_parameter_of_a_suite_is_bound_and_reasoned(suite: Suite):
    """No threshold without a reason, none that nothing uses."""
    bound = set(re.findall(r"\$([a-z_]+)", suite.sql_without_comments))
    assert suite.meta.parameters.keys() <= bound
    assert all(len(parameter.reason) > 20 for parameter in suite.meta.parameters.values())


@every_suite
def test_a_rule_about_days_judges_each_by_itself(suite: Suite):
    """It gives the day of what is at fault, and sums up nothing but the rows of a day."""
    rules = [
        check.kwargs["unexpected_rows_query"].lower()
        for check in suite.expectations
        if check not in suite.about_columns and suite.meta.judges == "day"
    ]
    assert [one for one in rules if not one.startswith("select log_date, ")] == []
    summing = [one for one in rules if re.search(r"\b(sum|count|min|max|avg|over|having)\b", one)]
    assert [one for one in summing if "group by grouping sets ((log_date), ())" not in one] == []


@every_check
def test_a_check_speaks_both_languages(check: Check):
    """Titles fill in, Japanese is Japanese, and the reasons are more than a word."""
    assert re.search(r"[ぁ-ん]", check.title("ja"))
    assert not re.search(r"[ぁ-ん一-龠]", check.title("en"))
    for text in (check.meta.catches, check.meta.reason):
        assert len(text.ja) > 15
        assert len(text.en) > 30


@every_check
def test_the_sentence_of_a_failure_uses_figures_that_are_shown(check: Check):
    """Every figure of the sentence is in `observed` too, for those who read no Japanese."""
    known = {*check.kwargs, *check.meta.shows, check.kwargs.get("column")}
    for text in (check.meta.failed.ja, check.meta.failed.en):
        assert {field for _, field, _, _ in Formatter().parse(text) if field} <= known


def test_limits_are_told_from_the_arguments():
    """What is expected of a column cannot drift from what is checked."""
    expected = {check.meta.id: check.expected for check in CHECKS}
    assert expected["reject-share"] == "reject_share<=0.05"
    assert expected["records-arrived"] == "records_where_usual>=1"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"name": "site_day"',
            '"name": "other"',
            r"site_day\.json: name: ファイルの名前と同じにしてください / must be 'site_day'",
        ),
        (
            '"severity": "critical"',
            '"severity": "high"',
            r"expectations\.0\.severity: 値が正しくありません / Input",
        ),
        (
            '"shows": ["lines", "rejects"],',
            "",
            r"expectations\.1\.meta\.shows: 値が正しくありません / Field required",
        ),
        ('"id": "hours-covered"', '"id": "reject-share"', "'reject-share' is given twice"),
        ('"expected": "day_records>=1",', "", r"'meta\.expected' is needed"),
        (
            '"column": "hours_share"',
            '"column": "hours_share",',
            r"site_day\.json:\d+: JSON として読めません / not valid",
        ),
    ],
)
def test_a_wrong_suite_is_refused_with_its_place(tmp_path: Path, old, new, message):
    """Great Expectations would drop such an expectation and go on."""
    text = (EXPECTATIONS_DIR / "site_day.json").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "site_day.json").write_text(text.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "site_day.sql").write_text("select 1")
    with pytest.raises(MimamoriError, match=message):
        load_suites(tmp_path)


def test_a_suite_needs_its_rows(tmp_path: Path):
    """A suite without its SELECT judges nothing, which nobody would notice."""
    (tmp_path / "site_day.json").write_bytes((EXPECTATIONS_DIR / "site_day.json").read_bytes())
    with pytest.raises(MimamoriError, match=r"site_day\.sql: ファイルがありません / missing"):
        load_suites(tmp_path)


def test_a_folder_without_suites_is_refused(tmp_path: Path):
    """No suite is no passed check."""
    with pytest.raises(MimamoriError, match="no suite"):
        load_suites(tmp_path)


def test_a_parameter_that_nobody_gives_is_named():
    """The message names the SQL file, the parameter and what could be bound."""
    suite = SUITES[0].model_copy(update={"sql": "select $limit -- not $this one"})
    with pytest.raises(
        MimamoriError,
        match=r"access_log\.sql: 値のないパラメータです / \$limit is neither .* \$days",
    ):
        suite.bindings({"days": []})
