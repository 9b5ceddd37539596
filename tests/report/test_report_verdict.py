"""The verdict: what is urgent decides, and nothing unexamined is called clear."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from report_facts import make_facts, make_failure, make_site, make_stage
from report_lake import NOW, make_finding

from pipelines.findings import Severity
from pipelines.limits import Limits
from pipelines.report.facts import Reading
from pipelines.report.limits_passed import LimitPassed
from pipelines.report.problems import problems_of
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.report.words import Words

_STOPS = ("stage_minutes", "detector_seconds", "sql_seconds", "sql_memory_mb", "sql_rows")
JAPANESE = Words("ja", ZoneInfo("Asia/Tokyo"))
PASSED = LimitPassed("file_lines", 1, 50, 10, 0, ("a.log",))
UNREADABLE = Reading("a.log", "site", None, "unreadable", "Permission denied", 0, 0, 0, 0, NOW)


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        (["critical", "low"], Verdict.ACT_NOW),
        (["medium", "high"], Verdict.ACT_TODAY),
        (["medium"], Verdict.LOOK_TODAY),
        (["low", "info"], Verdict.CLEAR),
        ([], Verdict.CLEAR),
    ],
)
def test_the_gravest_open_finding_decides(severities: list[str], verdict: Verdict) -> None:
    """Low and info ask for nothing."""
    findings = tuple(make_finding(finding_id=one, severity=Severity(one)) for one in severities)
    assert verdict_on(make_facts(findings=findings)) is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("new", Verdict.ACT_TODAY),
        ("acknowledged", Verdict.ACT_TODAY),
        ("closed", Verdict.CLEAR),
        ("suppressed", Verdict.CLEAR),
    ],
)
def test_settled_findings_ask_for_nothing(status: str, verdict: Verdict) -> None:
    """A finding counts until somebody closes or suppresses it."""
    assert verdict_on(make_facts(findings=(make_finding(status=status),))) is verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"stages": (make_stage("check"),)}, Verdict.UNJUDGED),
        ({"stages": (make_stage("check"), make_stage("detect", "failed"))}, Verdict.UNJUDGED),
        ({"stages": (make_stage("detect"),)}, Verdict.LOOK_TODAY),
        ({"stages": (make_stage("detect"), make_stage("check", "failed"))}, Verdict.LOOK_TODAY),
        ({"check_failures": (make_failure(),)}, Verdict.LOOK_TODAY),
        ({"check_failures": (make_failure(critical=False),)}, Verdict.CLEAR),
        ({"unreadable": (UNREADABLE,)}, Verdict.LOOK_TODAY),
        ({"limits_passed": (PASSED,)}, Verdict.LOOK_TODAY),
        ({"sites": ()}, Verdict.LOOK_TODAY),
        ({"sites": (make_site(lines=0),)}, Verdict.LOOK_TODAY),
        ({"sites": (make_site(lines=0), make_site("other"))}, Verdict.CLEAR),
    ],
)
def test_a_day_that_was_not_fully_examined_is_not_clear(
    changes: dict[str, Any], verdict: Verdict
) -> None:
    """No detection, no check, no lines, a critical failure: the reader is told to look."""
    assert verdict_on(make_facts(**changes)) is verdict


@pytest.mark.parametrize("limit", [name for name in Limits.model_fields if name not in _STOPS])
def test_each_limit_is_a_problem_in_words(limit: str) -> None:
    """Its places are named, and the figures stand in the sentence."""
    passed = LimitPassed(limit, 7, 50, 12345, 678, ("a.log",))
    for words in (JAPANESE, Words("en", JAPANESE.zone)):
        (problem,) = problems_of(make_facts(limits_passed=(passed,)), words)
        assert "12,345" in problem.text
        assert problem.critical


def test_findings_count_even_where_the_last_detection_failed() -> None:
    """What an earlier run found is not hidden by a later failure, which is named beside it."""
    facts = make_facts(
        findings=(make_finding(),),
        stages=(make_stage("check"), make_stage("detect", "failed", "disk full")),
    )
    assert verdict_on(facts) is Verdict.ACT_TODAY
    assert "disk full" in problems_of(facts, JAPANESE)[0].text


def test_problems_name_the_site_and_the_reason_gravest_first() -> None:
    """Critical failures come before warnings and sites without logs."""
    facts = make_facts(
        sites=(
            make_site("late", lines=0),
            make_site("new", lines=0, last_seen_on=None),
            make_site("bad", checks_failed=1, checks_failed_critical=1),
        ),
        check_failures=(make_failure("bad"), make_failure("odd", critical=False)),
        unreadable=(UNREADABLE,),
    )
    problems = problems_of(facts, JAPANESE)
    assert [problem.critical for problem in problems] == [True, True, False, False]
    assert problems[0].text == "bad: 記録なし"
    assert problems[1].text == "読み込めないファイル a.log: Permission denied"
    assert problems[3].text == "ログの届いていないサイト 2: late（最終 11/19）、new（受信実績なし）"


def test_one_check_at_many_sites_is_one_line_that_counts_them() -> None:
    """Three thousand failures do not fill the first screen."""
    failures = tuple(make_failure(f"site-{number:04}") for number in range(3000))
    (problem,) = problems_of(make_facts(check_failures=failures), JAPANESE)
    assert problem.text.startswith("site-0000: 記録なし — ほか 2,999 サイト（site-0001、")
    assert problem.text.endswith("ほか 2,995）")


def test_a_missing_site_that_a_check_names_is_not_named_twice() -> None:
    """The check says why; a second line would say less."""
    facts = make_facts(
        sites=(make_site("gone", lines=0, checks_failed=1), make_site("other")),
        check_failures=(make_failure("gone"),),
    )
    assert [problem.text for problem in problems_of(facts, JAPANESE)] == ["gone: 記録なし"]
