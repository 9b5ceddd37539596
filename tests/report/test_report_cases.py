"""Cases on the page of a day: what rose comes first, with its course; the older ones by number."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.deliver.day import ReportedDay
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding, Severity
from pipelines.report.case_facts import DayCases
from pipelines.report.case_words import rise_in_words
from pipelines.report.facts import DayFacts
from pipelines.report.finding_view import RenderContext
from pipelines.report.incident_view import incident_rows
from pipelines.report.index import summarise
from pipelines.report.page import Navigation, render_day
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.text.words import Language, Words
from pipelines.triage.cases.decisions import Assignment
from pipelines.triage.cases.read import Case, rising_first
from pipelines.triage.cases.risk import Evidence, Rise, course_of
from pipelines.triage.incidents import incidents_of, with_incidents
from tests.detect.given_findings import make
from tests.report import report_lake
from tests.report.report_facts import make_facts

_ON = report_lake.DAY
_HALF_LIFE = 14
_SLOW, _LOUD, _SAME = (f"{n}" * 16 for n in (1, 2, 3))


def _case(case_id: str, actor: str, days_ago: range, severity: str, score: float) -> Case:
    evidence = [
        Evidence(
            f"{actor}-{ago}", _ON - ago * dt.timedelta(days=1), "off-hours-access",
            "personal_data", Severity(severity), score, "prime-office", 3, 5,
        )
        for ago in days_ago
    ]  # fmt: skip
    course = course_of(evidence, _HALF_LIFE)
    return Case(
        case_id=case_id,
        on=_ON,
        actor_kind="user",
        actor=actor,
        severity=Severity(severity),
        risk=course[-1].risk,
        findings=len(evidence),
        first_on=course[0].on,
        opened_on=course[0].on,
        last_on=course[-1].on,
        subject_count=5,
        detectors=("off-hours-access",),
        site_ids=("prime-office",),
        course=course,
        half_life_days=_HALF_LIFE,
    )


def _finding(actor: str, case_id: str, score: float, severity: str = "high") -> Finding:
    return make(
        actor=actor, case_id=case_id, score=score, severity=Severity(severity), date=_ON,
        site_id="prime-office",
    )  # fmt: skip


def _slow() -> Case:
    """A case that is high today by its sum alone: a low finding on each of some days."""
    for days in range(2, 30):
        case = _case(_SLOW, "st-slow", range(days), "low", 35.0)
        if case.rise is not None:
            return replace(case, severity=Severity.HIGH)
    raise AssertionError


def _facts(
    *cases: Case, findings: tuple[Finding, ...] = (), types: dict[str, str] | None = None
) -> DayFacts:
    incidents = incidents_of(findings)
    ordered, first = rising_first(with_incidents(findings, incidents), incidents, cases)
    return make_facts(
        findings=tuple(ordered), incidents=tuple(first), cases=DayCases(cases, types or {})
    )


def _page(facts: DayFacts, language: Language) -> str:
    context = RenderContext(Words(language, report_lake.ZONE), load_catalogue(), facts)
    return render_day(facts, context, Navigation(report_lake.NOW, 20))


@pytest.mark.parametrize(("language", "said"), [("ja", "積み重なって"), ("en", "high by its sum")])
def test_small_findings_that_add_up_make_the_day_one_to_act_on(
    language: Language, said: str
) -> None:
    """No finding asks for a look; the verdict, the first screen and the section all do."""
    case = _slow()
    facts = _facts(case)
    assert verdict_on(facts) is Verdict.ACT_TODAY
    assert summarise(facts, report_lake.NOW).cases == {
        "open": 1, "overdue": 0, "rose": 1, "added_up": 1, "unanswered": 0,
    }  # fmt: skip
    day = ReportedDay(summarise(facts, report_lake.NOW), (), Path())
    assert day.warrants(Severity.HIGH)
    assert not day.warrants(Severity.CRITICAL)
    page = _page(facts, language)
    assert said in page
    assert f'<a href="#c-{_SLOW}">' in page
    (article,) = re.findall(r'<article class="card case".*?</article>', page, re.DOTALL)
    assert article.count("<svg") == 2 + 1 + min(len(case.course), 12)  # charts and marks
    first, last = case.course[0].on, case.course[-1].on
    assert f"{first:%m/%d}–{last:%m/%d}" in article
    assert f"mimamori cases show {_SLOW}" in article


def test_a_flood_from_outside_hides_no_person_at_work() -> None:
    """However many addresses add up on one day, and however much."""
    flood = [
        replace(_slow(), case_id=f"{n:016}", actor_kind="ip", actor=f"192.0.2.{n}", risk=90.0)
        for n in range(50)
    ]
    staff = replace(_slow(), case_id="f" * 16)
    facts = _facts(*flood, staff, types={"st-slow": "staff"})
    context = RenderContext(Words("en", report_lake.ZONE), load_catalogue(), facts)
    assert "st-slow" in [one.actor for one in incident_rows(context, 6)]
    page = _page(facts, "en")
    assert f'<article class="card case" id="c-{staff.case_id}"' in page


def test_cases_that_rose_come_before_those_that_go_on() -> None:
    """What goes on unchanged stands behind, however risky, and says that it was told."""
    loud = _case(_LOUD, "st-loud", range(1), "high", 65.0)
    same = _case(_SAME, "st-same", range(4), "high", 79.0)
    assert same.rise is None
    findings = (_finding("st-same", _SAME, 79.0), _finding("st-loud", _LOUD, 65.0))
    facts = _facts(loud, same, findings=findings)
    assert [one.actor for one in facts.findings] == ["st-loud", "st-same"]
    context = RenderContext(Words("en", report_lake.ZONE), load_catalogue(), facts)
    first, second = incident_rows(context, 6)
    assert (first.actor, first.case) == ("st-loud", "")
    assert (second.actor, second.risk) == ("st-same", "79")
    assert second.case.startswith("Goes on unchanged")
    slow, _, behind = incident_rows(
        replace(context, facts=_facts(_slow(), same, findings=findings)), 6
    )
    assert slow.command == f"mimamori cases show {_SLOW}"
    assert behind.actor in {"st-loud", "st-same"}


def test_what_rose_or_came_back_did_not_begin_on_that_day() -> None:
    """A first finding that needs a look is a beginning only where nothing is open from before."""
    words = Words("en", report_lake.ZONE)
    new = _case(_LOUD, "st-loud", range(1), "high", 65.0)
    assert rise_in_words(words, new) == f"began on {words.month_day(_ON)}"
    old = replace(new, first_on=_ON - dt.timedelta(days=400))
    assert rise_in_words(words, old) == f"came back on {words.month_day(_ON)}"
    lesser = _case(_LOUD, "st-loud", range(1, 3), "low", 5.0)
    graver = (*lesser.course, *(replace(one, rise=new.rise) for one in new.course))
    risen = replace(new, course=graver, first_on=lesser.first_on)
    assert rise_in_words(words, risen) == f"rose on {words.month_day(_ON)}"
    page = _page(_facts(risen, findings=(_finding("st-loud", _LOUD, 65.0),)), "en")
    assert "Rose on this day" in page
    assert "Began on this day" not in page
    same = _case(_SAME, "st-same", range(4), "high", 79.0)
    assert rise_in_words(words, same) == ""


def test_older_cases_are_counted_on_the_first_screen_with_those_overdue() -> None:
    """By number, linked to the table that has their owners."""
    old = _case(_SAME, "st-old", range(3, 5), "high", 70.0)
    yesterday = _ON - dt.timedelta(days=1)
    given = Assignment("tanaka <b>", due_on=yesterday, since_on=yesterday, owned_from=yesterday)
    page = _page(_facts(replace(old, assignment=given)), "en")
    fact = "1 open case in all, 0 to look at on this day, 1 from before, 1 overdue"
    assert f'<a href="#cases">{fact}</a>' in page
    assert 'class="bad">tanaka &lt;b&gt;, overdue since' in page
    facts = _facts(old, replace(_case(_LOUD, "st-old-too", range(5, 9), "medium", 50.0)))
    assert verdict_on(facts) is Verdict.LOOK_TODAY
    oldest = _ON - dt.timedelta(days=8)
    told = f"2 cases of earlier days are open (the gravest “High”, the oldest of {oldest}"
    assert told in _page(facts, "en")
    summary = summarise(facts, report_lake.NOW)
    assert (summary.open_cases, summary.open_cases_gravest) == (2, Severity.HIGH)
    assert summary.open_cases_oldest_on == oldest
    assert "st-old" in _page(facts, "ja").partition("担当者がいないか")[2][:200]
    in_time = replace(given, due_on=_ON)
    assert verdict_on(_facts(replace(old, assignment=in_time))) is Verdict.CLEAR
    assert 'id="cases"' not in _page(_facts(), "en")


def test_a_case_with_a_finding_of_the_day_is_none_of_earlier_days() -> None:
    """Also where it goes on and did not rise: the sentence counts as the fact beside it does."""
    same = _case(_SAME, "st-same", range(4), "medium", 50.0)
    older = _case(_SLOW, "st-older", range(3, 5), "medium", 50.0)
    facts = _facts(same, older, findings=(_finding("st-same", _SAME, 50.0, "medium"),))
    assert same.rise is None
    assert [one.actor for one in facts.earlier_cases] == ["st-older"]
    page = _page(facts, "en")
    assert "1 case of earlier days is open" in page
    assert "2 open cases in all, 1 to look at on this day, 1 from before" in page


@pytest.mark.parametrize(("language", "said"), [("ja", "その後 3 日分なし"), ("en", "for 3 days")])
def test_a_silence_of_days_is_one_line_of_its_case(language: Language, said: str) -> None:
    """The newest day stands for all; since when, and for how many days, stands with it."""
    since = dt.datetime.combine(_ON - 3 * dt.timedelta(days=1), dt.time(21), report_lake.ZONE)
    evidence = [
        Evidence(
            f"gap-{ago}", on := _ON - ago * dt.timedelta(days=1), "log-gap", "operations",
            Severity.HIGH, 60.0, "benry-007", 0, 0, first_seen=since,
            last_seen=dt.datetime.combine(on + dt.timedelta(1), dt.time(), report_lake.ZONE),
        )
        for ago in (2, 1, 0)
    ]  # fmt: skip
    case = replace(
        _case(_LOUD, "benry-007", range(1), "high", 60.0), actor_kind="site",
        course=course_of(evidence, _HALF_LIFE),
    )  # fmt: skip
    risen = replace(case, course=(*case.course[:-1], replace(case.course[-1], rise=Rise.GREW)))
    page = _page(_facts(risen), language)
    (article,) = re.findall(r'<article class="card case".*?</article>', page, re.DOTALL)
    assert len(re.findall("<tr>", article)) == 2  # the heading and the line
    assert said in article
