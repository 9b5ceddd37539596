"""The page of one day: everything decided and worded here, so that the template only lays out.

Bounds keep a night of 3,000 sites and 500 findings readable and under 2 MB: `findings_per_night`
findings in full, the others as rows, then a count; sites fold by group; a check names at most
`CHECK_SITES` sites; files beyond the largest are counted.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import groupby

from markupsafe import Markup

from pipelines.findings import Finding, gravest
from pipelines.ingest.reject_reasons import in_words
from pipelines.report.ai_agent_view import AiAgentsView, ai_agents_view
from pipelines.report.case_view import CasesView, cases_view
from pipelines.report.case_words import earlier_in_words
from pipelines.report.charts import Size
from pipelines.report.coverage_words import (
    aside_in_words,
    blind_in_words,
    closed_in_words,
    explained_in_words,
    quiet_in_words,
)
from pipelines.report.day_cases import cases_by_severity, to_look_at
from pipelines.report.detail.access_view import AccessView, access_view
from pipelines.report.detail.digest import Digest, digest_of
from pipelines.report.detail.review_view import ReviewView, review_view
from pipelines.report.detail.trends import Trend, days_chart, trends_of
from pipelines.report.evidence import DayPoint
from pipelines.report.facts import (
    HISTORY_DAYS,
    RECENT_DAYS,
    CheckFailure,
    DayFacts,
    Reading,
    SiteDay,
)
from pipelines.report.finding_view import RenderContext, steps_of
from pipelines.report.incident_view import (
    IncidentRow,
    IncidentView,
    PrecisionRow,
    RuleRow,
    below_in_words,
    incident_rows,
    incident_views,
    precision_rows,
    rule_rows,
)
from pipelines.report.index import PAGE
from pipelines.report.problems import Problem, first_names, problems_of
from pipelines.report.render import environment
from pipelines.report.service_use import service_sentence
from pipelines.report.verdict import Verdict, verdict_on
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.text.words import Language, Words

TOP_INCIDENTS = 6
RULES_SHOWN = 200
ROWS_SHOWN = 800
CHECK_SITES = 100
SITES_UNFOLDED = 60
WATCH_ROWS = 50
_TREND = Size(width=340, height=84)


@dataclass(frozen=True)
class Navigation:
    """What stands around the page of a day: when it was made, and which pages it links to.

    `page` is the name of pages in its language, `pages` that of each day's page; `other` is the
    other language and the name of its page, None where there is none; `link` the address below
    which the pages are served with forms to act, empty where nobody named it.
    """

    made_at: dt.datetime
    findings_per_night: int
    previous: dt.date | None = None
    following: dt.date | None = None
    has_data_docs: bool = False
    has_shops: bool = False
    page: str = PAGE
    pages: Mapping[dt.date, str] = field(default_factory=dict)
    other: tuple[Language, str] | None = None
    link: str = ""


@dataclass(frozen=True)
class Row:
    """A finding as one line of a table."""

    finding_id: str
    severity: str
    severity_label: str
    title: str
    summary: str
    actor: str
    user_type: str
    site: str
    when: str
    events: int
    status: str
    decision: str
    corrections: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Totals:
    """Sums over sites; `sites` are those expected, `present` those of them with lines."""

    sites: int
    present: int
    lines: int
    records: int
    rejects: int
    personal_accesses: int
    client_errors: int
    server_errors: int
    bot_records: int
    checks_failed: int


@dataclass(frozen=True)
class Group:
    """The sites of one group, those with a problem first."""

    name: str
    totals: Totals
    sites: tuple[SiteDay, ...]


@dataclass(frozen=True)
class FailedCheck:
    """A check and the sites that failed it, as far as they are listed."""

    check_id: str
    critical: bool
    failures: tuple[CheckFailure, ...]
    cut: int


@dataclass(frozen=True)
class DayPage:
    """All that the template of a day needs."""

    verdict: Verdict
    sentence: str
    severities: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...]
    top: tuple[IncidentRow, ...]
    top_cut: int
    full: tuple[IncidentView, ...]
    further: tuple[Row, ...]
    further_cut: int
    below: tuple[Row, ...]
    below_cut: int
    below_words: str
    others: tuple[Row, ...]
    others_cut: int
    rules: tuple[RuleRow, ...]
    precisions: tuple[PrecisionRow, ...]
    groups: tuple[Group, ...]
    total: Totals
    unfolded: bool
    failed_checks: tuple[FailedCheck, ...]
    rejects: tuple[tuple[str, int, int, str], ...]
    readings: tuple[Reading, ...]
    readings_cut: int
    trend: Markup
    trend_words: str
    explained: str
    services: str
    quiet: tuple[str, ...]
    blind: str
    aside: str
    closed: str
    delay: str
    over: bool
    access: AccessView
    attacks: Digest
    operations: Digest
    trends: tuple[Trend, ...]
    review: ReviewView
    cases: CasesView
    ai_agents: AiAgentsView


def render_day(facts: DayFacts, context: RenderContext, navigation: Navigation) -> str:
    """Return the HTML page of a day."""
    words = context.words
    template = environment(words).get_template("day.html.j2")
    return template.render(
        page=day_page(facts, context, navigation),
        facts=facts,
        site_days=RECENT_DAYS,
        watch_rows=WATCH_ROWS,
        navigation=navigation,
        t=words,
    )


def day_page(facts: DayFacts, context: RenderContext, navigation: Navigation) -> DayPage:
    """Return what the page of a day shows, worded and bounded."""
    words = context.words
    problems = problems_of(facts, words)
    full = facts.urgent[: navigation.findings_per_night]
    further = facts.urgent[navigation.findings_per_night :]
    day_end = dt.datetime.combine(facts.on + dt.timedelta(days=1), dt.time(), words.zone)
    cases, top = cases_by_severity(facts), incident_rows(context, TOP_INCIDENTS)
    trend, trend_words = _trend(facts, words)
    return DayPage(
        verdict=verdict_on(facts),
        sentence=sentence_on(facts, words, bool(problems)),
        severities=tuple(cases.items()),
        problems=problems,
        top=top,
        top_cut=to_look_at(cases) - len(top),
        full=incident_views(context, full),
        further=tuple(row_of(context, finding) for finding in further[:ROWS_SHOWN]),
        further_cut=max(len(further) - ROWS_SHOWN, 0),
        below=tuple(row_of(context, finding) for finding in facts.below[:ROWS_SHOWN]),
        below_cut=max(len(facts.below) - ROWS_SHOWN, 0),
        below_words=below_in_words(words, facts.below),
        others=tuple(row_of(context, finding) for finding in facts.others[:ROWS_SHOWN]),
        others_cut=max(len(facts.others) - ROWS_SHOWN, 0),
        rules=rule_rows(words, facts.rules[:RULES_SHOWN]),
        precisions=precision_rows(context),
        groups=_groups(facts.sites),
        total=replace(_totals(facts.sites), checks_failed=len(facts.check_failures)),
        unfolded=len(facts.sites) <= SITES_UNFOLDED,
        failed_checks=_failed_checks(facts.check_failures),
        rejects=reject_rows(facts, words),
        readings=_files(facts),
        readings_cut=facts.readings_total - len(facts.readings),
        trend=trend,
        trend_words=trend_words,
        explained=explained_in_words(facts, words),
        services=service_sentence(facts.services, words),
        quiet=quiet_in_words(facts, words),
        blind=blind_in_words(facts, words),
        aside=aside_in_words(facts, words),
        closed=closed_in_words(facts, words),
        delay=words.duration(navigation.made_at - day_end),
        over=navigation.made_at >= day_end,
        access=access_view(context),
        attacks=digest_of(context, "web_attack"),
        operations=digest_of(context, "operations"),
        trends=trends_of(context),
        review=review_view(context, HISTORY_DAYS),
        cases=cases_view(context),
        ai_agents=ai_agents_view(context),
    )


def reject_rows(facts: DayFacts, words: Words) -> tuple[tuple[str, int, int, str], ...]:
    """Return reason, lines, sites and an example (`file:line`) of the rejected lines."""
    return tuple(
        (
            visible(
                in_words(words.language, count.code, count.arguments, count.reason), SUMMARY_LIMIT
            ),
            count.lines,
            count.sites,
            visible(f"{count.example_path}:{count.example_line_no}", SUMMARY_LIMIT),
        )
        for count in facts.rejects
    )


def sentence_on(facts: DayFacts, words: Words, has_problems: bool) -> str:
    """Return the verdict's sentences: what is open, what came in, which checks failed."""
    verdict = verdict_on(facts)
    cases = cases_by_severity(facts)
    if n := to_look_at(cases):
        counts = [
            words("sentence.count", severity=words(f"severity.{severity}"), n=n)
            for severity, n in cases.items()
            if severity.needs_a_look and n
        ]
        told = words("list_separator").join(counts)
        parts = [words("sentence.urgent", n=n, counts=told, findings=len(facts.urgent))]
    elif verdict is Verdict.UNJUDGED:
        parts = [words("sentence.unjudged")]
    else:
        parts = [words("sentence.no_finding_but" if has_problems else "sentence.no_finding")]
    if facts.cases.added_up:
        parts.append(words("case.added_up", n=len(facts.cases.added_up)))
    if facts.cases.unanswered:
        parts.append(words("case.unanswered", n=len(facts.cases.unanswered)))
    if facts.earlier_cases:
        parts.append(
            earlier_in_words(
                words,
                len(facts.earlier_cases),
                gravest(one.severity for one in facts.earlier_cases),
                facts.earlier_cases[0].opened_on,
            )
        )
    if facts.below:
        parts.append(words("sentence.below", counts=below_in_words(words, facts.below)))
    if facts.lines:
        parts.append(
            words(
                "sentence.coverage",
                total=len(facts.expected_sites),
                present=len(facts.expected_sites) - len(facts.missing_sites),
                lines=facts.lines,
            )
        )
    else:
        parts.append(words("sentence.no_lines"))
    if n := facts.checks_failed:
        titles = [count.title for count in facts.check_counts if count.failed]
        key = "sentence.checks_failed_named" if titles[0] else "sentence.checks_failed"
        parts.append(words(key, n=n, names=first_names(titles[:1], n, words)))
    return words("sentence_separator").join(parts)


def row_of(context: RenderContext, finding: Finding) -> Row:
    """Return a finding as one line of a table."""
    words = context.words
    severity = finding.severity_before_budget
    return Row(
        finding_id=finding.finding_id,
        severity=severity,
        severity_label=words(f"severity.{severity}"),
        title=context.title(finding),
        summary=visible(finding.summary, SUMMARY_LIMIT),
        actor=context.actor(finding.actor_kind, finding.actor),
        user_type=context.user_type(finding),
        site=context.site(finding.site_id),
        when=words.span(finding.first_seen, finding.last_seen),
        events=finding.event_count,
        status=words(f"status.{finding.status}"),
        decision=context.decision(finding),
        corrections=context.corrections(finding),
        steps=steps_of(words, context.catalogue.get(finding.detector), finding),
    )


def _groups(sites: Sequence[SiteDay]) -> tuple[Group, ...]:
    """Groups in the order of `sites`, in which those of a group stand together."""
    return tuple(
        Group(name, _totals(members), tuple(sorted(members, key=_trouble)))
        for name, members in (
            (name, tuple(found)) for name, found in groupby(sites, key=lambda site: site.group)
        )
    )


def _trouble(site: SiteDay) -> int:
    """0 for the sites that a reader must see first."""
    if site.missing or site.checks_failed_critical:
        return 0
    is_doubtful = site.checks_failed or site.state in {"unlisted", "partial"}
    return 1 if is_doubtful else 2


def _totals(sites: Sequence[SiteDay]) -> Totals:
    summed = [field.name for field in fields(Totals)][2:]
    return Totals(
        sites=sum(site.expected for site in sites),
        present=sum(site.expected and not site.missing for site in sites),
        **{name: sum(getattr(site, name) for site in sites) for name in summed},
    )


def _failed_checks(failures: Sequence[CheckFailure]) -> tuple[FailedCheck, ...]:
    runs = groupby(failures, key=lambda one: (one.critical, one.suite, one.check_id))
    return tuple(
        FailedCheck(
            check_id=members[0].check_id,
            critical=members[0].critical,
            failures=members[:CHECK_SITES],
            cut=max(len(members) - CHECK_SITES, 0),
        )
        for members in (tuple(found) for _, found in runs)
    )


def _files(facts: DayFacts) -> tuple[Reading, ...]:
    """Unread files first; one that was read in part and brought lines stands once."""
    brought = {(reading.path, reading.site_id) for reading in facts.readings}
    unread = (one for one in facts.unreadable if (one.path, one.site_id) not in brought)
    return (*unread, *facts.readings)


def _trend(facts: DayFacts, words: Words) -> tuple[Markup, str]:
    points = [DayPoint(day.on, day.lines) for day in facts.history]
    if len(points) < 2:  # noqa: PLR2004 - one day is no history
        return Markup(), ""
    title = words("first.trend", n=len(points))
    chart = days_chart(words, points, facts.on, title, "trend", _TREND)
    return chart.svg, chart.alternative
