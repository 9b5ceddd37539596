"""The verdict: what is urgent decides, and nothing unexamined is called clear."""

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.findings import Severity
from pipelines.report.case_facts import DayCases
from pipelines.report.facts import (
    CheckCount,
    FailedDetector,
    FailedSource,
    Intake,
    Learning,
    LostContext,
    Reading,
)
from pipelines.report.gather import learning_of
from pipelines.report.limits_passed import LimitPassed
from pipelines.report.page import sentence_on
from pipelines.report.problems import problems_of
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.report.verdict_obstacles import Trouble, troubles_of
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case
from tests.report.report_facts import make_facts, make_failure, make_site, make_stage
from tests.report.report_lake import NOW, make_finding
from tests.test_limits_docs import OF_INTAKE

JAPANESE = Words("ja", ZoneInfo("Asia/Tokyo"))
ENGLISH = Words("en", ZoneInfo("Asia/Tokyo"))
PASSED = LimitPassed("file_lines", 1, 50, 10, 0, ("a.log",))
OUTDATED = replace(make_stage("detect"), started_at=NOW - dt.timedelta(hours=1))
_BEFORE = NOW.date() - dt.timedelta(days=2)
UNSETTLED = Case(
    "c", NOW.date(), "user", "st-1", Severity.HIGH, 70.0, 1, _BEFORE, _BEFORE, _BEFORE, 5,
    ("bulk-record-access",), ("prime-office",), (), 14,
)  # fmt: skip
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


TROUBLES: dict[Trouble, tuple[dict[str, Any], Verdict]] = {
    Trouble.NOT_DETECTED: ({"stages": (make_stage("check"),)}, Verdict.UNJUDGED),
    Trouble.DETECTORS_FAILED: (
        {"failed_detectors": (FailedDetector("brute-force"),)},
        Verdict.UNJUDGED,
    ),
    Trouble.SITES_UNCOUNTED: ({"uncounted_sites": ("late",)}, Verdict.UNJUDGED),
    Trouble.NOT_INGESTED: ({"intake": Intake()}, Verdict.UNJUDGED),
    Trouble.NO_LINES: ({"sites": ()}, Verdict.LOOK_TODAY),
    Trouble.NOT_CHECKED: ({"stages": (make_stage("detect"),)}, Verdict.LOOK_TODAY),
    Trouble.CHECKS_FAILED: ({"check_failures": (make_failure(),)}, Verdict.LOOK_TODAY),
    Trouble.SITES_MISSING: (
        {"sites": (make_site("gone", lines=0, state="missing"), make_site())},
        Verdict.LOOK_TODAY,
    ),
    Trouble.SITES_UNREAD: (
        {"sites": (make_site("odd", records=0, rejects=100), make_site())},
        Verdict.LOOK_TODAY,
    ),
    Trouble.SITES_UNLISTED: (
        {"sites": (make_site("closed", state="unlisted"), make_site())},
        Verdict.LOOK_TODAY,
    ),
    Trouble.FILES_UNREADABLE: ({"unreadable": (UNREADABLE,)}, Verdict.LOOK_TODAY),
    Trouble.SOURCES_FAILED: (
        {"failed_sources": (FailedSource("shop", ("shop",), "source shop: it broke off"),)},
        Verdict.LOOK_TODAY,
    ),
    Trouble.LIMITS_PASSED: ({"limits_passed": (PASSED,)}, Verdict.LOOK_TODAY),
    Trouble.CONTEXT_LOST: (
        {"lost_context": (LostContext("assignments", "assignments.csv"),)},
        Verdict.LOOK_TODAY,
    ),
    Trouble.LEARNING: ({"learning": Learning(1, NOW.date())}, Verdict.UNJUDGED),
    Trouble.CASES_UNSETTLED: ({"cases": DayCases((UNSETTLED,))}, Verdict.LOOK_TODAY),
}
"""Each kind of trouble alone, and the verdict that it gives."""


def test_nothing_wrong_is_clear() -> None:
    """All sites in, all stages through, nothing found: the only way to an all-clear."""
    facts = make_facts()
    assert (verdict_on(facts), dict(troubles_of(facts))) == (Verdict.CLEAR, {})
    assert problems_of(facts, JAPANESE) == ()


@pytest.mark.parametrize(
    ("sites", "learning"),
    [
        ([], None),
        ([(100, 5)], None),
        ([(100, 4)], (1, 1)),
        ([(100, 0), (50, 3)], (2, 5)),
        ([(100, 0), (900, 5)], (1, 5)),
        ([(99, 0), (901, 5)], None),
        ([(9, 0), (91, 3)], (2, 2)),  # by then the other one is but 9 % of it
    ],
)
def test_amounts_are_not_judged_before_five_days_are_known(
    sites: list[tuple[int, int]], learning: tuple[int, int] | None
) -> None:
    """Of a tenth of the accesses or more: on how many sites, and for how many days from then on."""
    on = NOW.date()
    expected = learning and Learning(learning[0], on + dt.timedelta(days=learning[1]))
    assert learning_of(on, sites) == expected


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_alone_prevents_an_all_clear(trouble: Trouble) -> None:
    """And is named on the first screen, in either language."""
    changes, verdict = TROUBLES[trouble]
    facts = make_facts(**changes)
    assert (verdict_on(facts), dict(troubles_of(facts))) == (verdict, {trouble: 1})
    for words in (JAPANESE, ENGLISH):
        assert len(problems_of(facts, words)) == 1
        assert words(f"trouble.{trouble}", n=1)


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        (
            {"stages": (make_stage("check"), make_stage("detect", "failed"))},
            Trouble.NOT_DETECTED,
        ),
        ({"stages": (make_stage("check"), OUTDATED)}, Trouble.NOT_DETECTED),
        (
            {"stages": (make_stage("detect"), make_stage("check", "failed"))},
            Trouble.NOT_CHECKED,
        ),
        ({"check_counts": ()}, Trouble.NOT_CHECKED),
        (
            {"intake": Intake(make_stage("ingest", "failed"), is_after_day=True)},
            Trouble.NOT_INGESTED,
        ),
        ({"intake": Intake(make_stage("ingest"), is_after_day=False)}, Trouble.NOT_INGESTED),
        (
            {"sites": (make_site("new", lines=0, state="never"), make_site())},
            Trouble.SITES_MISSING,
        ),
    ],
)
def test_troubles_have_more_than_one_form(changes: dict[str, Any], trouble: Trouble) -> None:
    """A stage that failed is as one that was not run, an old result as none."""
    facts = make_facts(**changes)
    assert dict(troubles_of(facts)) == {trouble: 1}
    assert verdict_on(facts) is not Verdict.CLEAR
    assert len(problems_of(facts, JAPANESE)) == 1


def test_what_needs_no_look_leaves_a_day_clear() -> None:
    """A warning of a check, a site that rests by its own rhythm."""
    sites = (make_site("rests", lines=0, records=0, is_resting=True), make_site())
    facts = make_facts(sites=sites, check_failures=(make_failure(critical=False),))
    assert verdict_on(facts) is Verdict.CLEAR
    assert (len(facts.expected_sites), len(facts.missing_sites)) == (1, 0)


@pytest.mark.parametrize("limit", OF_INTAKE)
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
            make_site("late", lines=0, state="missing"),
            make_site("new", lines=0, last_seen_on=None, state="never"),
            make_site("bad", checks_failed=1, checks_failed_critical=1),
        ),
        check_failures=(make_failure("bad"), make_failure("odd", critical=False)),
        unreadable=(UNREADABLE,),
    )
    problems = problems_of(facts, JAPANESE)
    assert [problem.critical for problem in problems] == [True, True, True, False]
    assert problems[0].text == "ログの届いていないサイト 2: late（最終 11/19）、new（受信実績なし）"
    assert problems[1].text == "bad: 記録なし"
    assert problems[2].text == "読み込めないファイル a.log: Permission denied"


def test_first_sentence_names_the_check_that_failed() -> None:
    """Whoever reads no further knows what failed; of several it names one and counts the others."""
    one = CheckCount("a", "records", "時刻がその日の中にある", None, 3)
    passed = CheckCount("b", "records", "重複がない", None, 0)
    other = CheckCount("c", "records", "件数が合う", None, 1)
    for counts, said in (
        ((passed, one), "1 件が不合格です（時刻がその日の中にある）"),
        ((passed, one, other), "2 件が不合格です（時刻がその日の中にある、ほか 1）"),
    ):
        facts = make_facts(check_counts=counts)
        assert f"データ品質検査 {said}" in sentence_on(facts, JAPANESE, has_problems=True)


def test_one_check_at_many_sites_is_one_line_that_counts_them() -> None:
    """Three thousand failures do not fill the first screen."""
    failures = tuple(make_failure(f"site-{number:04}") for number in range(3000))
    (problem,) = problems_of(make_facts(check_failures=failures), JAPANESE)
    assert problem.text.startswith("site-0000: 記録なし — ほか 2,999 サイト（site-0001、")
    assert problem.text.endswith("ほか 2,995）")


def test_a_missing_site_that_a_check_names_is_not_named_twice() -> None:
    """It stands among those without logs, where it is counted."""
    facts = make_facts(
        sites=(make_site("gone", lines=0, checks_failed=1), make_site("other")),
        check_failures=(make_failure("gone"),),
    )
    assert [problem.text for problem in problems_of(facts, JAPANESE)] == [
        "ログの届いていないサイト 1: gone（最終 11/19）"
    ]


def test_many_unreadable_files_of_a_site_are_one_problem() -> None:
    """Whoever delivers a thousand of them hides no other problem."""
    files = tuple(
        replace(UNREADABLE, path=f"shop/{n:04}", message="壊れています") for n in range(1000)
    )
    other = replace(UNREADABLE, site_id="b", status="read", message="途中まで")
    facts = make_facts(unreadable=(*files, other))
    texts = [problem.text for problem in problems_of(facts, JAPANESE)]
    assert len(texts) == 2
    assert any("shop/0000: 壊れています — ほか 999 ファイル（shop/0001" in text for text in texts)
