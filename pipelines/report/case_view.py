"""Cases on the page of a day: those that rose with their course, and all that are still open."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.findings import gravest
from pipelines.report.case_words import (
    day_ranges,
    days_in_words,
    rise_in_words,
    rise_of,
    with_question,
    with_silence,
)
from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.report.finding_view import RenderContext
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case
from pipelines.triage.cases.risk import HIGH, Evidence, Rise
from pipelines.triage.silences import by_silence

IN_FULL = 10
ROWS_SHOWN = 100
EVIDENCE_SHOWN = 12
CHART_DAYS = 60
_CHART = Size(width=440, height=132)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class EvidenceRow:
    """A finding of a case, or a silence of several days as a whole.

    `link` is empty where its day has no page, `is_new` not a repeat.
    """

    day: str
    link: str
    severity: str
    severity_label: str
    title: str
    site: str
    events: int
    people: int
    is_new: bool


@dataclass(frozen=True)
class CaseView:
    """A case that rose, with what it rests on."""

    case_id: str
    severity: str
    severity_label: str
    actor_kind: str
    actor: str
    user_type: str
    risk: str
    said: str
    owner: str
    risk_chart: Chart
    evidence_chart: Chart
    evidence: tuple[EvidenceRow, ...]
    evidence_cut: int


@dataclass(frozen=True)
class CaseRow:
    """An open case as one line of a table; `anchor` is empty where it is not shown in full."""

    case_id: str
    anchor: str
    severity: str
    severity_label: str
    actor: str
    user_type: str
    risk: str
    rise: str
    days: str
    findings: int
    titles: str
    since: str
    owner: str
    is_overdue: bool


@dataclass(frozen=True)
class CasesView:
    """The cases of a day: `fact` is the sentence of the first screen, empty without any."""

    fact: str
    summary: str
    full: tuple[CaseView, ...]
    rows: tuple[CaseRow, ...]
    cut: int


def cases_view(context: RenderContext) -> CasesView:
    """Return the cases of the day that need a look or have an owner, those that rose first."""
    words, of_day = context.words, context.facts.cases
    shown = of_day.shown
    full = [one for one in of_day.rising if len(one.course) > 1 or one.rise is Rise.UNANSWERED][
        :IN_FULL
    ]
    anchors = {one.case_id for one in full}
    return CasesView(
        fact=_fact(context, shown),
        summary=words("case.summary", n=len(shown), rose=len(of_day.rising)) if shown else "",
        full=tuple(_view(context, one, number) for number, one in enumerate(full)),
        rows=tuple(_row(context, one, anchors) for one in shown[:ROWS_SHOWN]),
        cut=max(len(shown) - ROWS_SHOWN, 0),
    )


def risk_in_words(words: Words, case: Case) -> str:
    """Return the risk of a case as a whole number."""
    return words.number(round(case.risk))


def titles_of(context: RenderContext, case: Case) -> str:
    """Return what was found in a case, the titles of its detectors."""
    titles = dict.fromkeys(context.title_of(one) for one in case.detectors)
    return context.words("list_separator").join(titles)


def _fact(context: RenderContext, shown: Sequence[Case]) -> str:
    words, on = context.words, context.facts.on
    if not shown:
        return ""
    older = len(context.facts.earlier_cases)
    parts = [
        words("case.fact", n=len(shown)),
        words("case.fact_today", n=len(shown) - older),
        words("case.fact_older", n=older),
    ]
    overdue = sum(one.is_late(on) for one in shown)
    if overdue:
        parts.append(words("case.fact_overdue", n=overdue))
    return words("list_separator").join(parts)


def _row(context: RenderContext, case: Case, anchors: set[str]) -> CaseRow:
    words = context.words
    return CaseRow(
        case_id=case.case_id,
        anchor=f"c-{case.case_id}" if case.case_id in anchors else "",
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        actor=context.actor(case.actor_kind, case.actor),
        user_type=context.type_of(case.actor_kind, case.actor),
        risk=risk_in_words(words, case),
        rise=rise_in_words(words, case),
        days=day_ranges(words, [one.on for one in case.course]),
        findings=case.findings,
        titles=titles_of(context, case),
        since="" if case.opened_on is None else case.opened_on.isoformat(),
        owner=with_question(words, case),
        is_overdue=case.is_late(case.on),
    )


def _view(context: RenderContext, case: Case, number: int) -> CaseView:
    words = context.words
    newest_first = [
        found
        for day in reversed(case.course)
        for of_day in (day.news, day.repeats)
        for found in sorted(of_day, key=lambda one: (one.severity.rank, -one.score))
    ]
    news = {found.finding_id for day in case.course for found in day.news}
    rows = [_evidence(context, group, news) for group in by_silence(newest_first)]
    return CaseView(
        case_id=case.case_id,
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        actor_kind=words(f"actor_kind.{case.actor_kind}"),
        actor=context.actor(case.actor_kind, case.actor),
        user_type=context.type_of(case.actor_kind, case.actor),
        risk=risk_in_words(words, case),
        said=words(
            f"case.said.{rise_of(case)}", days=days_in_words(words, [one.on for one in case.course])
        ),
        owner=with_question(words, case),
        risk_chart=_risk_chart(words, case, number),
        evidence_chart=_evidence_chart(words, case, number),
        evidence=tuple(rows[:EVIDENCE_SHOWN]),
        evidence_cut=max(len(rows) - EVIDENCE_SHOWN, 0),
    )


def _evidence(
    context: RenderContext, group: Sequence[Evidence], news: Collection[str]
) -> EvidenceRow:
    """A finding as a row; of a silence the newest one stands for all, with how long it lasts."""
    words, found = context.words, group[0]
    worst = gravest(one.severity for one in group)
    return EvidenceRow(
        day=words.short_day(found.on),
        link=context.link_to(found.on, found.finding_id),
        severity=worst,
        severity_label=words(f"severity.{worst}"),
        title=with_silence(words, context.title_of(found.detector), group),
        site=context.site(found.site_id),
        events=found.event_count,
        people=found.subject_count,
        is_new=any(one.finding_id in news for one in group),
    )


def _risk_chart(words: Words, case: Case, number: int) -> Chart:
    """The risk at the end of each day; what a day added is hatched, where `high` begins a line."""
    added = {one.on: one.risk - min(one.carried, one.risk) for one in case.course}
    risks = {day: case.risk_at(day) for day in _days(case)}
    bars = [
        Bar(day.toordinal(), risk - added.get(day, 0), words.number(round(risk)), added.get(day, 0))
        for day, risk in risks.items()
    ]
    most = max(risks, key=lambda day: risks[day])
    caption = words(
        "case.risk_alt",
        risk=round(case.risk),
        most=round(risks[most]),
        day=words.short_day(most),
        high=round(HIGH),
    )
    return _chart(words, case, bars, words("case.risk_title"), caption, f"case-{number}-r", HIGH)


def _evidence_chart(words: Words, case: Case, number: int) -> Chart:
    """The findings of each day; those that go on unchanged are hatched."""
    counts = {one.on: (len(one.news), len(one.repeats)) for one in case.course}
    bars = [
        Bar(day.toordinal(), new, words.number(new + same), same)
        for day in _days(case)
        for new, same in [counts.get(day, (0, 0))]
        if new + same
    ]
    new, same = (sum(one) for one in zip(*counts.values(), strict=True))
    caption = words("case.evidence_alt", n=new + same, new=new, same=same)
    return _chart(words, case, bars, words("case.evidence_title"), caption, f"case-{number}-e")


def _chart(
    words: Words,
    case: Case,
    bars: Iterable[Bar],
    title: str,
    caption: str,
    ident: str,
    expected: float | None = None,
) -> Chart:
    days = _days(case)
    svg = bar_chart(
        list(bars),
        [Tick(day.toordinal(), words.short_day(day)) for day in (days[0], days[-1])],
        Caption(title, caption),
        ident,
        marked=case.on.toordinal(),
        expected=expected,
        places=(days[0].toordinal(), days[-1].toordinal()),
        size=_CHART,
    )
    return Chart(Markup(svg), caption)  # noqa: S704 - the chart escapes its texts


def _days(case: Case) -> list[dt.date]:
    """From its first finding that counts to its day, the last ones where they are many."""
    first = max(case.course[0].on, case.on - (CHART_DAYS - 1) * _DAY)
    return [first + number * _DAY for number in range((case.on - first).days + 1)]
