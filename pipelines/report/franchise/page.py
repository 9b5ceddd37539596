"""The page of one shop: its facts in the reader's words, so that the template only lays out."""

import datetime as dt
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.findings import Severity
from pipelines.report.charts import Bar, Caption, Size, Tick, bar_chart
from pipelines.report.day_cases import cases_by_severity
from pipelines.report.evidence import DayPoint
from pipelines.report.finding_view import ID_LIMIT, RenderContext, history_in_words
from pipelines.report.franchise.facts import ShopFacts
from pipelines.report.franchise.overview import open_in_words
from pipelines.report.incident_view import (
    IncidentRow,
    IncidentView,
    incident_rows,
    incident_views,
)
from pipelines.report.page import TOP_INCIDENTS, Row, reject_rows, row_of, sentence_on
from pipelines.report.problems import Problem, problems_of
from pipelines.report.render import environment
from pipelines.report.site_label import site_label
from pipelines.report.verdict import Verdict
from pipelines.text.display import visible

FINDINGS_IN_FULL = 20
ROWS_SHOWN = 200
USERS_SHOWN = 100
_CHART = Size(width=1140, height=170)


@dataclass(frozen=True)
class UserRow:
    """One of the shop's users as a line of a table."""

    user: str
    accesses: int
    usual: str
    people: int
    exports: int
    refused: int
    requests: int
    when: str
    is_above_usual: bool


@dataclass(frozen=True)
class OtherRow:
    """People of somebody else, counted."""

    kind: str
    users: str
    accesses: int
    people: int


@dataclass(frozen=True)
class ShopPage:
    """All that the template of a shop needs; rows and findings are bounded, the rest counted.

    `shown` are the ids of findings that stand above the tables of attacks and operations.
    """

    shop: str
    verdict: Verdict
    open_worst: Severity | None
    open_said: str
    back: tuple[str, ...]
    sentence: str
    severities: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...]
    top: tuple[IncidentRow, ...]
    full: tuple[IncidentView, ...]
    rest: tuple[Row, ...]
    rest_cut: int
    shown: frozenset[str]
    rejects: tuple[tuple[str, int, int, str], ...]
    chart: Markup
    chart_words: str
    comparison: str
    users: tuple[UserRow, ...]
    users_cut: int
    others: tuple[OtherRow, ...]
    attacks: tuple[Row, ...]
    attacks_cut: int
    operations: tuple[Row, ...]
    last_seen: str


def render_shop(shop: ShopFacts, context: RenderContext, made_at: dt.datetime) -> str:
    """Return the HTML page of a shop's day; it links to no other page, to be handed over as it is.

    `context` has the shop's own facts (`shop.day`), `made_at` is an aware instant.
    """
    template = environment(context.words).get_template("shop.html.j2")
    return template.render(
        page=shop_page(shop, context), facts=shop.day, shop=shop, made_at=made_at, t=context.words
    )


def shop_page(shop: ShopFacts, context: RenderContext) -> ShopPage:
    """Return what the page of a shop shows, worded and bounded."""
    words, day = context.words, shop.day
    problems = problems_of(day, words)
    full = day.urgent[:FINDINGS_IN_FULL]
    apart = () if shop.is_silent else (*shop.attacks, *shop.operations)
    apart_ids = {one.finding_id for one in apart}
    rest = (
        *day.urgent[FINDINGS_IN_FULL:],
        *(one for one in day.others if one.finding_id not in apart_ids),
    )
    chart, chart_words = _chart(shop, context)
    last_seen = max((one.last_seen_on for one in day.sites if one.last_seen_on), default=None)
    return ShopPage(
        shop=site_label(words, shop.shop, shop.name),
        verdict=shop.verdict,
        open_worst=shop.open_severities[0] if shop.open_severities else None,
        open_said=open_in_words(shop, words),
        back=_back(shop, context),
        sentence=_sentence(shop, context, bool(problems)),
        severities=tuple(cases_by_severity(day).items()),
        problems=problems,
        top=incident_rows(context, TOP_INCIDENTS),
        full=incident_views(context, full),
        rest=tuple(row_of(context, one) for one in rest[:ROWS_SHOWN]),
        rest_cut=max(len(rest) - ROWS_SHOWN, 0),
        shown=frozenset(one.finding_id for one in (*full, *rest)),
        rejects=reject_rows(day, words),
        chart=chart,
        chart_words=chart_words,
        comparison=_comparison(shop, context),
        users=_users(shop, context),
        users_cut=max(len(shop.own_users) - USERS_SHOWN, 0),
        others=tuple(
            OtherRow(
                kind=words(f"shop.kind.{one.kind}"),
                users=words.number(one.users) if one.users else "–",
                accesses=one.accesses,
                people=one.people,
            )
            for one in shop.other_users
        ),
        attacks=tuple(row_of(context, one) for one in shop.attacks[:ROWS_SHOWN]),
        attacks_cut=max(len(shop.attacks) - ROWS_SHOWN, 0),
        operations=tuple(row_of(context, one) for one in shop.operations[:ROWS_SHOWN]),
        last_seen=words(
            "shop.silent_last", day=words.long_day(last_seen), n=(day.on - last_seen).days
        )
        if last_seen
        else "",
    )


def _sentence(shop: ShopFacts, context: RenderContext, has_problems: bool) -> str:
    said = sentence_on(shop.day, context.words, has_problems)
    if not shop.open_severities:
        return said
    gravest = context.words(f"severity.{shop.open_severities[0]}")
    n = len(shop.open_severities)
    still = context.words("shop.still_open", n=n, severity=gravest)
    return context.words("sentence_separator").join((still, said))


def _back(shop: ShopFacts, context: RenderContext) -> tuple[str, ...]:
    """Which sites have lines again, and from when to when none came."""
    words, on = context.words, shop.day.on
    return tuple(
        words(
            "shop.back",
            site=site_label(words, site.site_id, site.name),
            day=words.long_day(on),
            first=words.long_day(site.last_seen_on + dt.timedelta(days=1)),
            last=words.long_day(on - dt.timedelta(days=1)),
        )
        for site in shop.back
        if site.last_seen_on
    )


def _users(shop: ShopFacts, context: RenderContext) -> tuple[UserRow, ...]:
    words = context.words
    return tuple(
        UserRow(
            user=visible(one.user_id, ID_LIMIT),
            accesses=one.accesses,
            usual="–" if one.usual is None else words.number(one.usual),
            people=one.people,
            exports=one.exports,
            refused=one.refused,
            requests=one.requests,
            when=(
                words.span(one.first_time, one.last_time)
                if one.first_time and one.last_time
                else "–"
            ),
            is_above_usual=one.usual is not None and one.accesses > 2 * max(one.usual, 1),
        )
        for one in shop.own_users[:USERS_SHOWN]
    )


def _comparison(shop: ShopFacts, context: RenderContext) -> str:
    words = context.words
    seen = words("shop.accesses_value", n=shop.day.personal_accesses, people=shop.people)
    if shop.usual_accesses is None:
        return words("sentence_separator").join((seen, words("shop.no_usual")))
    usual = words("shop.usual_value", usual=shop.usual_accesses)
    ratio = [] if shop.trend is None else [words("shop.trend_value", ratio=f"{shop.trend:,.1f}")]
    return words("sentence_separator").join((seen, usual, *ratio))


def _chart(shop: ShopFacts, context: RenderContext) -> tuple[Markup, str]:
    words = context.words
    with_lines = [DayPoint(one.on, one.accesses) for one in shop.history if one.lines]
    days = [one.on for one in shop.history]
    if len(days) < 2 or not with_lines:  # noqa: PLR2004 - one day is no history
        return Markup(), ""
    caption = history_in_words(words, with_lines, shop.day.on)
    gaps = [one.on.toordinal() for one in shop.history if not one.lines]
    if gaps:
        caption += words("sentence_separator") + words("shop.chart_gaps", n=len(gaps))
    svg = bar_chart(
        [Bar(one.on.toordinal(), one.value, words.number(one.value)) for one in with_lines],
        [Tick(on.toordinal(), words.short_day(on)) for on in _ticks(days)],
        Caption(words("shop.chart", n=len(days)), caption),
        "access",
        marked=shop.day.on.toordinal(),
        expected=shop.usual_accesses,
        places=(days[0].toordinal(), days[-1].toordinal()),
        gaps=gaps,
        size=_CHART,
    )
    return Markup(svg), caption  # noqa: S704 - the chart escapes its texts


def _ticks(days: list[dt.date]) -> list[dt.date]:
    """The first and the last day, and the weeks before the last one that have room between."""
    inner = [on for on in days[4:-4] if (days[-1] - on).days % 7 == 0]
    return [days[0], *inner, days[-1]]
