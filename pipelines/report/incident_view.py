"""Incidents and what people decided, in the reader's words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.findings import Finding, Severity
from pipelines.report.case_view import risk_in_words, titles_of
from pipelines.report.case_words import days_in_words
from pipelines.report.day_cases import urgent_incidents
from pipelines.report.detail.close_up_view import CloseUpView, close_up_view
from pipelines.report.facts import RuleInForce
from pipelines.report.finding_view import ID_LIMIT, FindingView, RenderContext, finding_view
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case
from pipelines.triage.cases.risk import Rise
from pipelines.triage.incidents import Incident, incident_id_of

SITES_NAMED = 3
TITLES_NAMED = 3
CASES_ALONE = 3


@dataclass(frozen=True)
class IncidentRow:
    """An incident, or a case, as one line of the first screen.

    `anchor` is where it leads on the page, `command` what shows it at a terminal. `case` says what
    it is part of: over which days, or that it goes on unchanged; empty where it is of today alone.
    """

    anchor: str
    command: str
    severity: str
    severity_label: str
    title: str
    others: str
    actor: str
    user_type: str
    sites: str
    when: str
    summary: str
    case: str
    risk: str


@dataclass(frozen=True)
class IncidentView:
    """The findings of one incident in full; `heading` is empty where there is but one."""

    heading: str
    actor: str
    meta: tuple[str, ...]
    findings: tuple[FindingView, ...]
    close_up: CloseUpView | None = None


@dataclass(frozen=True)
class RuleRow:
    """A suppression in words."""

    criteria: str
    reason: str
    author: str
    until: str
    findings: int
    suppression_id: str


@dataclass(frozen=True)
class PrecisionRow:
    """How the findings of a detector turned out."""

    title: str
    confirmed: int
    false_alarms: int
    explained: int
    share: str


def incident_rows(context: RenderContext, limit: int) -> tuple[IncidentRow, ...]:
    """Return what somebody must look at first.

    That is the day's incidents, and a few of the cases that are `high` since today by their sum
    alone or for want of an answer: those of cases that rose before the others, the riskiest first.
    """
    facts = context.facts
    loud = {one.finding_id: one for one in facts.urgent}
    risen = {one.case_id for one in facts.cases.rising}
    alone = (*facts.cases.added_up[:CASES_ALONE], *facts.cases.unanswered[:CASES_ALONE])
    ids = {case.case_id for case in alone}
    whole = [case for case in facts.cases.as_a_whole if case.case_id in ids]
    rows = [(True, case.risk, _case_row(context, case)) for case in whole]
    for incident in urgent_incidents(facts)[:limit]:
        findings = [loud[one] for one in incident.finding_ids if one in loud]
        rose = any(one.case_id in risen for one in findings)
        rows.append((rose, incident.risk, _row(context, incident, findings)))
    ordered = sorted(rows, key=lambda one: (not one[0], -one[1]))
    return tuple(row for _, _, row in ordered[:limit])


def _case_row(context: RenderContext, case: Case) -> IncidentRow:
    words = context.words
    kind = "unanswered" if case.rise is Rise.UNANSWERED else "added_up"
    return IncidentRow(
        anchor=f"c-{case.case_id}",
        command=f"mimamori cases show {case.case_id}",
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        title=words(f"case.{kind}_title"),
        others="",
        actor=context.actor(case.actor_kind, case.actor),
        user_type=context.type_of(case.actor_kind, case.actor),
        sites=_sites(context, case.site_ids),
        when=words("case.day_count", n=len(case.course)),
        summary=words(f"case.{kind}_said", titles=titles_of(context, case)),
        case=days_in_words(words, [one.on for one in case.course]),
        risk=risk_in_words(words, case),
    )


def _case_said(context: RenderContext, of_day: Finding) -> str:
    """What the case of an incident adds to it; empty where it is of today alone, and no graver.

    `of_day` is the finding that the incident is shown by.
    """
    words = context.words
    case = context.facts.cases.of(of_day.case_id)
    if case is None:
        return ""
    parts = [_course_said(words, case)]
    if case.severity is not of_day.severity:
        whole = words(f"severity.{case.severity}")
        parts.append(words("case.whole_severity", severity=whole))
    return words("case.part_separator").join(one for one in parts if one)


def _course_said(words: Words, case: Case) -> str:
    if len(case.course) < 2:  # noqa: PLR2004 - one day is the incident itself
        return ""
    days = days_in_words(words, [one.on for one in case.course])
    if case.rise is None:
        return words("case.goes_on", days=days)
    return words("case.part_of", days=days, risk=risk_in_words(words, case))


def _row(context: RenderContext, incident: Incident, findings: Sequence[Finding]) -> IncidentRow:
    words = context.words
    first = findings[0]
    # A reader looks for the worst; the strongest finding is of the worst severity.
    title = context.title(first)
    titles = dict.fromkeys(context.title(one) for one in findings)
    others = [one for one in titles if one != title]
    more = len(others) - TITLES_NAMED
    named = [*others[:TITLES_NAMED], *([words("more", n=more)] if more > 0 else [])]
    return IncidentRow(
        anchor=f"f-{first.finding_id}",
        command=f"mimamori findings show {first.finding_id}",
        severity=first.severity,
        severity_label=words(f"severity.{first.severity}"),
        title=title,
        others=words("list_separator").join(named),
        actor=context.actor(incident.actor_kind, incident.actor),
        user_type=context.type_of(incident.actor_kind, incident.actor),
        sites=_sites(context, incident.site_ids),
        when=words.span(incident.first_seen, incident.last_seen),
        summary=visible(first.summary, SUMMARY_LIMIT),
        case=_case_said(context, first),
        risk=_risk(words, incident),
    )


def incident_views(context: RenderContext, findings: Sequence[Finding]) -> tuple[IncidentView, ...]:
    """Return findings in full, those of one incident together, in their order."""
    incidents = {one.incident_id: one for one in context.facts.incidents}
    groups: dict[str, list[FindingView]] = {}
    for number, finding in enumerate(findings):
        views = groups.setdefault(incident_id_of(finding), [])
        views.append(finding_view(context, finding, number))
    return tuple(
        _view(context, incidents.get(key), tuple(views), number)
        for number, (key, views) in enumerate(groups.items())
    )


def _view(
    context: RenderContext,
    incident: Incident | None,
    findings: tuple[FindingView, ...],
    number: int,
) -> IncidentView:
    close_up = None if incident is None else close_up_view(context, incident, number)
    if incident is None or len(findings) == 1:
        return IncidentView("", "", (), findings, close_up)
    words = context.words
    kind = words(f"actor_kind.{incident.actor_kind}")
    user_type = context.type_of(incident.actor_kind, incident.actor)
    return IncidentView(
        heading=words("incident.heading", kind=kind, n=len(findings)),
        actor=context.actor(incident.actor_kind, incident.actor),
        meta=tuple(
            text
            for text in (
                user_type,
                words("incident.risk", risk=_risk(words, incident)),
                words.span(incident.first_seen, incident.last_seen),
                _sites(context, incident.site_ids),
            )
            if text
        ),
        findings=findings,
        close_up=close_up,
    )


def below_in_words(words: Words, findings: Iterable[Finding]) -> str:
    """Return how many findings the budget had no place for, by severity before it."""
    counts = Counter(one.severity_before_budget for one in findings)
    return words("list_separator").join(
        words("sentence.count", severity=words(f"severity.{severity}"), n=counts[severity])
        for severity in Severity
        if counts[severity]
    )


def rule_rows(words: Words, rules: Iterable[RuleInForce]) -> tuple[RuleRow, ...]:
    """Return the suppressions in force on the day."""
    return tuple(
        RuleRow(
            criteria=words("list_separator").join(
                words(f"suppressions.{name}", value=visible(value, ID_LIMIT))
                for name, value in vars(one.rule.criteria).items()
                if value
            ),
            reason=visible(one.rule.reason, SUMMARY_LIMIT),
            author=visible(one.rule.author, ID_LIMIT),
            until=one.rule.valid_until.isoformat(),
            findings=one.findings,
            suppression_id=one.rule.suppression_id,
        )
        for one in rules
    )


def precision_rows(context: RenderContext) -> tuple[PrecisionRow, ...]:
    """Return how closed findings turned out, by detector, those most often wrong first."""
    known = context.facts.precisions
    ordered = sorted(known, key=lambda one: (-known[one].false_alarms, one))
    return tuple(
        PrecisionRow(
            title=context.title_of(detector),
            confirmed=known[detector].confirmed,
            false_alarms=known[detector].false_alarms,
            explained=known[detector].explained,
            share=context.words.percent(
                known[detector].confirmed,
                known[detector].confirmed + known[detector].false_alarms,
            ),
        )
        for detector in ordered
    )


def _risk(words: Words, incident: Incident) -> str:
    return words.number(round(incident.risk))


def _sites(context: RenderContext, site_ids: Sequence[str]) -> str:
    more = len(site_ids) - SITES_NAMED
    words = context.words
    named = [context.site(one) for one in site_ids[:SITES_NAMED]]
    return words("list_separator").join([*named, *([words("more", n=more)] if more > 0 else [])])
