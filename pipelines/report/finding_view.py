"""A finding in the reader's words: who, what, when, whose data, against what, and what to do."""

import datetime as dt
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from pipelines.detect.catalogue import Detector
from pipelines.findings import Finding, Weighed, WeighedBy
from pipelines.report.charts import Bar, Caption, Chart, Tick, bar_chart
from pipelines.report.detail_facts import Detail
from pipelines.report.evidence import DayPoint, Evidence, HourPoint, parse
from pipelines.report.facts import DayFacts
from pipelines.report.figures import (
    DECIDED,
    Figure,
    figures_of,
    saw_people,
    shown_values,
    subjects_in_order,
    why_unusual,
)
from pipelines.report.rule_words import rule_words, title_in
from pipelines.report.site_label import site_of
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.text.words import Words
from pipelines.triage.decisions import Decision

ID_LIMIT = 80
QUERY_LIMIT = 4_000
_CHART_DAYS = 60
_HOURS_WORTH_NAMING = 12
_CIRCLED = "①②③④⑤⑥⑦"


@dataclass(frozen=True)
class FindingView:
    """A finding ready to be shown; log values are visible and cut, not yet escaped.

    `figures` are those that decided, `more_figures` the rest of the evidence; `steps` say how the
    severity that is shown came of the one that was found.
    """

    finding_id: str
    severity: str
    severity_label: str
    score: str
    title: str
    description: str
    summary: str
    actor_kind: str
    actor: str
    user_type: str
    site: str
    domain: str
    franchise: str
    when: str
    events: str
    subjects: str
    subject_examples: tuple[str, ...]
    baseline: str
    enough_history: bool
    why: str
    figures: tuple[Figure, ...]
    more_figures: tuple[Figure, ...]
    chart: Chart | None
    playbook: tuple[str, ...]
    false_positives: str
    attack_ids: tuple[str, ...]
    measures: tuple[str, ...]
    query: tuple[str, ...]
    status: str
    category: str
    decision: str
    corrections: tuple[str, ...]
    steps: tuple[str, ...]
    case_id: str


@dataclass(frozen=True)
class RenderContext:
    """What is needed to render findings: the words, the detectors and the day's facts.

    `detail` is empty where only findings are shown, `days` are those whose page can be linked to,
    by its name; `worksheets` the files of breach worksheets beside the page by incident.
    """

    words: Words
    catalogue: Mapping[str, Detector]
    facts: DayFacts
    detail: Detail = field(default_factory=Detail)
    days: Mapping[dt.date, str] = field(default_factory=dict)
    worksheets: Mapping[str, str] = field(default_factory=dict)

    def title(self, finding: Finding) -> str:
        """Return the title of the detector or rule, or its id when it has none."""
        return title_in(finding) or self.title_of(finding.detector)

    def title_of(self, detector_id: str) -> str:
        """Return the title of a detector by its id, or the id."""
        detector = self.catalogue.get(detector_id)
        if detector is None:
            return visible(detector_id, ID_LIMIT)
        return detector.title.in_locale(self.words.language)

    def user_type(self, finding: Finding) -> str:
        """Return the type of the user whom a finding names; empty for other actors."""
        return self.type_of(finding.actor_kind, finding.actor)

    def type_of(self, actor_kind: str, actor: str) -> str:
        """Return the type of a user; empty for other actors."""
        if actor_kind != "user":
            return ""
        kind = self.facts.user_types.get(actor, "")
        return self.words.known(f"user_type.{kind}", visible(kind, ID_LIMIT))

    def actor(self, actor_kind: str, actor: str) -> str:
        """Return who something is about; a site with the name that the roster gives it."""
        return self.site(actor) if actor_kind == "site" else visible(actor, ID_LIMIT)

    def site(self, site_id: str | None) -> str:
        """Return a site with the name that the roster gives it; empty for none."""
        return site_of(self.words, self.facts, site_id)

    def link_to(self, on: dt.date, finding_id: str) -> str:
        """Return the address of a finding on the page of its day; empty where there is none."""
        if on == self.facts.on:
            known = any(one.finding_id == finding_id for one in self.facts.findings)
            return f"#f-{finding_id}" if known else ""
        page = self.days.get(on)
        return f"../{on.isoformat()}/{page}#f-{finding_id}" if page else ""

    def decision(self, finding: Finding) -> str:
        """Return who last decided about a finding, when, and the note; empty where nobody did."""
        return self.decision_text(self.facts.decisions.get(finding.finding_id))

    def decision_text(self, decision: Decision | None) -> str:
        """Return a decision: when, who, the verdict and the note; empty without one."""
        if decision is None:
            return ""
        verdict = self.words.known(f"triage_verdict.{decision.verdict}", "")
        note = visible(decision.note or "", SUMMARY_LIMIT)
        parts = (
            self.words.moment(decision.decided_at),
            visible(decision.author, ID_LIMIT),
            verdict,
            note,
        )
        return " · ".join(part for part in parts if part)

    def corrections(self, finding: Finding) -> tuple[str, ...]:
        """Return what persons in a finding say is wrong, each with the days that it is about."""
        return tuple(
            self.words(
                "finding.correction",
                first=one.from_day.isoformat(),
                last=one.to_day.isoformat(),
                note=visible(one.note, SUMMARY_LIMIT),
            )
            for one in finding.assessment.corrections
        )


def finding_view(context: RenderContext, finding: Finding, number: int) -> FindingView:
    """Return the view of a finding; `number` makes the chart's ids unique on the page."""
    words = context.words
    detector = context.catalogue.get(finding.detector)
    evidence = parse(finding.evidence, detector)
    rule = rule_words(words, finding)
    language = words.language
    figures = figures_of(words, detector, finding)
    domains = {site.site_id: site.domain for site in context.facts.sites}
    return FindingView(
        finding_id=finding.finding_id,
        severity=finding.severity,
        severity_label=words(f"severity.{finding.severity}"),
        score=words.number(finding.score),
        title=context.title(finding),
        description=(
            detector.description.in_locale(language)
            if detector
            else rule.description
            if rule
            else words("finding.unknown_detector")
        ),
        summary=visible(finding.summary, SUMMARY_LIMIT),
        actor_kind=words(f"actor_kind.{finding.actor_kind}"),
        actor=context.actor(finding.actor_kind, finding.actor),
        user_type=context.user_type(finding),
        site=context.site(finding.site_id),
        domain=visible(domains.get(finding.site_id or "") or "", ID_LIMIT),
        franchise=visible(finding.franchise or "", ID_LIMIT),
        when=words.span(finding.first_seen, finding.last_seen),
        events=words("finding.events", n=finding.event_count),
        subjects=_subjects(words, finding),
        subject_examples=shown_values(subjects_in_order(evidence.lists["subjects"]))
        if saw_people(finding)
        else (),
        baseline=_baseline(words, evidence),
        enough_history=not _lacks_history(evidence),
        why=why_unusual(words, detector, finding),
        figures=tuple(figures[:DECIDED]),
        more_figures=tuple(figures[DECIDED:]),
        chart=_chart(context, finding, evidence, f"c{number}"),
        playbook=(
            tuple(step.in_locale(language) for step in detector.playbook)
            if detector
            else rule.playbook
            if rule
            else ()
        ),
        false_positives=(
            detector.false_positives.in_locale(language)
            if detector
            else rule.false_positives
            if rule
            else ""
        ),
        attack_ids=detector.attack_ids if detector else rule.attack_ids if rule else (),
        measures=tuple(
            words("measure_list", number=_CIRCLED[measure - 1], name=words(f"measure.{measure}"))
            for measure in finding.measures
            if 1 <= measure <= len(_CIRCLED)
        ),
        query=tuple(
            visible(line.expandtabs(2))
            for line in (evidence.query or "")[:QUERY_LIMIT].splitlines()
        ),
        status=words(f"status.{finding.status}"),
        category=words(f"category.{finding.category}"),
        decision=context.decision(finding),
        corrections=context.corrections(finding),
        steps=steps_of(words, detector, finding),
        case_id=finding.case_id or "",
    )


def steps_of(words: Words, detector: Detector | None, finding: Finding) -> tuple[str, ...]:
    """Return a sentence for each step from the severity that was found to the one that is shown."""
    return tuple(
        words(
            "weighed.step",
            before=words(f"severity.{step.before}"),
            after=words(f"severity.{step.after}"),
            why=_why(words, detector, step),
        )
        for step in finding.lowered
    )


def _why(words: Words, detector: Detector | None, step: Weighed) -> str:
    is_detectors = step.by in {WeighedBy.REASON, WeighedBy.HABIT}
    rule = detector.lowering(step.reason or "") if detector and is_detectors else None
    if rule is not None and rule.reason is not None:
        return rule.reason.in_locale(words.language)
    return words(f"weighed.{step.by}", reason=visible(step.reason or "", ID_LIMIT))


def _subjects(words: Words, finding: Finding) -> str:
    if not finding.subject_count:
        return words("finding.no_subjects")
    key = "subjects" if saw_people(finding) else "aimed_at"
    return words(f"finding.{key}", n=finding.subject_count)


def _lacks_history(evidence: Evidence) -> bool:
    """True for a detector that compares (it counts the days) and found too few to do so."""
    return evidence.baseline == "none" and evidence.baseline_days is not None


def _baseline(words: Words, evidence: Evidence) -> str:
    name = evidence.baseline
    if name not in {"own", "peers", "site"} and not _lacks_history(evidence):
        return words("baseline.unstated")
    if name == "none" or not evidence.baseline_days:
        return words(f"baseline.{name}")
    return words(f"baseline.{name}_days", n=evidence.baseline_days)


def _chart(
    context: RenderContext, finding: Finding, evidence: Evidence, ident: str
) -> Chart | None:
    if len(evidence.days) > 1:
        return _day_chart(context, finding, evidence, ident)
    if evidence.hours:
        return _hour_chart(context, finding, evidence.hours, ident)
    return None


def _day_chart(context: RenderContext, finding: Finding, evidence: Evidence, ident: str) -> Chart:
    words = context.words
    last = max(point.on for point in evidence.days)
    points = [point for point in evidence.days if point.on > last - dt.timedelta(days=_CHART_DAYS)]
    alternative = history_in_words(words, points, finding.date)
    if evidence.upper is not None:
        alternative += words("sentence_separator") + words("chart.alt_upper", upper=evidence.upper)
    first = points[0].on
    svg = bar_chart(
        [Bar(point.on.toordinal(), point.value, words.number(point.value)) for point in points],
        [Tick(on.toordinal(), words.short_day(on)) for on in (first, last)],
        Caption(
            title=words("chart.title", title=context.title(finding), actor=_name(finding)),
            description=alternative,
            upper="" if evidence.upper is None else words("chart.upper", upper=evidence.upper),
        ),
        ident,
        marked=finding.date.toordinal(),
        upper=evidence.upper,
        expected=evidence.expected,
    )
    return Chart(Markup(svg), alternative)  # noqa: S704 - the chart escapes its texts


def _hour_chart(
    context: RenderContext, finding: Finding, hours: tuple[HourPoint, ...], ident: str
) -> Chart:
    words = context.words
    busiest = max(hours, key=lambda point: point.value)
    alternative = words(
        "chart.alt_hours",
        hour=str(busiest.hour),
        value=busiest.value,
        total=sum(point.value for point in hours),
    )
    heard = {point.hour for point in hours if point.value > 0}
    silent = [hour for hour in range(24) if hour not in heard]
    is_gap = finding.category == "operations" and len(silent) <= _HOURS_WORTH_NAMING
    if silent and is_gap:
        alternative += words("sentence_separator") + words(
            "chart.alt_zero", hours=words("list_separator").join(map(str, silent))
        )
    svg = bar_chart(
        [Bar(point.hour, point.value, words.number(point.value)) for point in hours],
        [Tick(hour, words("chart.hour", hour=str(hour))) for hour in (0, 6, 12, 18, 23)],
        Caption(
            title=words("chart.title_hours", title=context.title(finding), actor=_name(finding)),
            description=alternative,
        ),
        ident,
        marked=None if is_gap else busiest.hour,
        places=(0, 23),
        gaps=silent if is_gap else (),
    )
    return Chart(Markup(svg), alternative)  # noqa: S704 - the chart escapes its texts


def history_in_words(words: Words, points: list[DayPoint], on: dt.date) -> str:
    """Return least, median and most of the days before `on`, and the value of `on`."""
    past = [point.value for point in points if point.on < on]
    today = next((point.value for point in points if point.on == on), 0)
    day = words("chart.alt_day", day=words.short_day(on), value=today)
    if not past:
        return day
    before = words(
        "chart.alt",
        n=len(past),
        low=min(past),
        middle=statistics.median(past),
        high=max(past),
    )
    return before + words("sentence_separator") + day


def _name(finding: Finding) -> str:
    return visible(finding.actor, ID_LIMIT)
