"""An incident's day up close in the reader's words: by hour, against whom, with what, as when."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.report.detail.standing import Standing, standing_of
from pipelines.report.detail_facts import CloseUp, Hour, Past, PastFinding, Sample, Source, Touched
from pipelines.report.figures import shown_values, subjects_in_order
from pipelines.report.finding_view import ID_LIMIT, RenderContext
from pipelines.text.display import visible
from pipelines.triage.incidents import Incident

SITES_COMPARED = 3
_TIMELINE = Size(width=560, height=120)
_TICKS = (0, 6, 12, 18, 23)


@dataclass(frozen=True)
class SourceRow:
    """A network or browser: `mark` is `new`, `rare`, `known`, or empty where nobody can tell."""

    user: str
    name: str
    examples: tuple[str, ...]
    more: int
    requests: int
    mark: str
    note: str


@dataclass(frozen=True)
class TouchedRow:
    """A resource that was asked for."""

    site: str
    resource: str
    kind: str
    level: int
    accesses: int
    people: int
    refused: int


@dataclass(frozen=True)
class PastRow:
    """A finding of an earlier day; `link` is empty where that day has no page."""

    day: str
    link: str
    severity: str
    severity_label: str
    title: str
    actor: str
    site: str
    is_same_actor: bool
    outcome: str
    decision: str


@dataclass(frozen=True)
class PeopleView:
    """Whose data was seen: those seen most often, and how many more there are."""

    shown: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class DayView:
    """The lines of an incident's actors on its day."""

    totals: str
    timeline: Chart
    touched: tuple[TouchedRow, ...]
    touched_cut: int
    people: PeopleView
    networks: tuple[SourceRow, ...]
    networks_cut: int
    browsers: tuple[SourceRow, ...]
    browsers_cut: int


@dataclass(frozen=True)
class CloseUpView:
    """What stands below the findings of an incident; `day` is None where no line is the actor's.

    `worksheet` is the name of its worksheet's file, empty where there is none.
    """

    incident_id: str
    actor: str
    standings: tuple[Standing, ...]
    day: DayView | None
    pasts: tuple[PastRow, ...]
    past_summary: str
    worksheet: str


def close_up_view(context: RenderContext, incident: Incident, number: int) -> CloseUpView | None:
    """Return an incident's day up close; None where nothing is known of it.

    `number` makes ids unique on the page.
    """
    detail = context.detail
    close_up = detail.close_ups.get(incident.incident_id)
    past = detail.pasts.get(incident.incident_id)
    standings = [
        standing_of(context.words, detail.standings[incident.actor, site], f"s{number}-{place}")
        for place, site in enumerate(incident.site_ids)
        if incident.actor_kind == "user" and (incident.actor, site) in detail.standings
    ]
    if close_up is None and past is None and not standings:
        return None
    return CloseUpView(
        incident_id=incident.incident_id,
        actor=visible(incident.actor, ID_LIMIT),
        standings=tuple(standings[:SITES_COMPARED]),
        day=None if close_up is None else _day(context, incident, close_up, f"t{number}"),
        pasts=tuple(_past(context, one) for one in past.findings) if past else (),
        past_summary=_summary(context, past),
        worksheet=context.worksheets.get(incident.incident_id, ""),
    )


def people_view(sample: Sample) -> PeopleView:
    """Return a sample of people in the order of all pages, visible and cut."""
    shown = shown_values(subjects_in_order(sample.values))
    return PeopleView(shown, sample.total - len(shown))


def _day(context: RenderContext, incident: Incident, close_up: CloseUp, ident: str) -> DayView:
    words = context.words
    return DayView(
        totals=words(
            "closeup.totals",
            span=words.span(close_up.first_time, close_up.last_time),
            n=close_up.requests,
            accesses=close_up.accesses,
            refused=close_up.refused,
        ),
        timeline=_timeline(context, incident, close_up.hours, ident),
        touched=tuple(_touched(context, one) for one in close_up.touched),
        touched_cut=close_up.touched_cut,
        people=people_view(close_up.people),
        networks=tuple(_network(context, incident, one) for one in close_up.networks),
        networks_cut=close_up.networks_cut,
        browsers=tuple(_browser(context, incident, one) for one in close_up.browsers),
        browsers_cut=close_up.browsers_cut,
    )


def _timeline(
    context: RenderContext, incident: Incident, hours: Sequence[Hour], ident: str
) -> Chart:
    """Accesses to personal data by hour, or answered requests where there are none."""
    words = context.words
    by_accesses = any(one.accesses for one in hours)
    what = "accesses" if by_accesses else "requests"
    values = {
        one.hour: one.accesses if by_accesses else max(one.requests - one.refused, 0)
        for one in hours
    }
    refused = {one.hour: one.refused for one in hours}
    busiest = max(hours, key=lambda one: (values[one.hour] + one.refused, -one.hour)).hour
    caption = words(
        f"closeup.hours_{what}",
        hour=str(busiest),
        n=values[busiest],
        total=sum(values.values()),
        refused=sum(refused.values()),
    )
    svg = bar_chart(
        [
            Bar(hour, values[hour], words.number(values[hour] + refused[hour]), refused[hour])
            for hour in sorted(values)
        ],
        [Tick(hour, words("chart.hour", hour=str(hour))) for hour in _TICKS],
        Caption(words("closeup.timeline", actor=visible(incident.actor, ID_LIMIT)), caption),
        ident,
        marked=busiest,
        places=(0, 23),
        size=_TIMELINE,
    )
    return Chart(Markup(svg), caption)  # noqa: S704 - the chart escapes its texts


def _touched(context: RenderContext, one: Touched) -> TouchedRow:
    return TouchedRow(
        site=context.site(one.site_id),
        resource=visible(one.resource_id, ID_LIMIT),
        kind=context.words.known(f"resource_kind.{one.kind}", visible(one.kind or "–", ID_LIMIT)),
        level=one.level,
        accesses=one.accesses,
        people=one.people,
        refused=one.refused,
    )


def _network(context: RenderContext, incident: Incident, one: Source) -> SourceRow:
    words = context.words
    country, owner, network = one.name
    parts = (
        words.country(visible(country, ID_LIMIT)) if country else words("closeup.no_country"),
        visible(owner or "", ID_LIMIT),
        network or "",
    )
    return _source(context, incident, one, " · ".join(part for part in parts if part))


def _browser(context: RenderContext, incident: Incident, one: Source) -> SourceRow:
    named = [visible(part, ID_LIMIT) for part in one.name if part]
    return _source(context, incident, one, " · ".join(dict.fromkeys(named)))


def _source(context: RenderContext, incident: Incident, one: Source, name: str) -> SourceRow:
    mark = (
        ""
        if one.is_known is None
        else "known"
        if one.is_known
        else "rare"
        if one.past_days
        else "new"
    )
    is_actor = incident.actor_kind == "user" and one.user_id == incident.actor
    return SourceRow(
        user="" if is_actor else visible(one.user_id or "", ID_LIMIT),
        name=name,
        examples=tuple(visible(each, ID_LIMIT) for each in one.examples.values),
        more=one.examples.total - len(one.examples.values),
        requests=one.requests,
        mark=mark,
        note=context.words(f"closeup.mark.{mark or 'none'}", n=one.past_days),
    )


def _past(context: RenderContext, one: PastFinding) -> PastRow:
    words = context.words
    decision = context.detail.past_decisions.get(one.finding_id)
    return PastRow(
        day=words.iso_day(one.on),
        link=context.link_to(one.on, one.finding_id),
        severity=one.severity,
        severity_label=words(f"severity.{one.severity}"),
        title=context.title_of(one.detector),
        actor=visible(one.actor, ID_LIMIT),
        site=context.site(one.site_id),
        is_same_actor=one.is_same_actor,
        outcome=words(f"status.{one.status}"),
        decision=context.decision_text(decision),
    )


def _summary(context: RenderContext, past: Past | None) -> str:
    if past is None:
        return ""
    words = context.words
    outcomes = [
        words(
            "closeup.outcome",
            outcome=words.known(
                f"triage_verdict.{name}", words.known(f"status.{name}", visible(name, ID_LIMIT))
            ),
            n=count,
        )
        for name, count in past.outcomes
    ]
    return words(
        "closeup.past_summary", n=past.total, outcomes=words("list_separator").join(outcomes)
    )
