"""Five weeks of all sites in six small charts, each with its least, middle and most in words."""

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.report.detail_facts import TrendDay
from pipelines.report.evidence import DayPoint
from pipelines.report.finding_view import RenderContext, history_in_words
from pipelines.text.words import Words

_SIZE = Size(width=380, height=104)
_MEASURES = (
    "personal_accesses",
    "findings",
    "login_failures",
    "client_errors",
    "server_errors",
    "lines",
)


@dataclass(frozen=True)
class Trend:
    """A measure over the days."""

    title: str
    chart: Chart


def trends_of(context: RenderContext) -> tuple[Trend, ...]:
    """Return the charts of the days up to the examined one; none with fewer than two days."""
    days = context.detail.trend
    if len(days) < 2:  # noqa: PLR2004 - one day is no trend
        return ()
    return tuple(_trend(context, days, measure) for measure in _MEASURES)


def days_chart(
    words: Words,
    points: list[DayPoint],
    on: dt.date,
    title: str,
    ident: str,
    size: Size,
    expected: float | None = None,
) -> Chart:
    """Return bars of the days up to `on`, which is marked; `expected` is drawn across them."""
    caption = history_in_words(words, points, on)
    first = points[0].on
    svg = bar_chart(
        [Bar(point.on.toordinal(), point.value, words.number(point.value)) for point in points],
        [Tick(day.toordinal(), words.short_day(day)) for day in (first, on)],
        Caption(title, caption),
        ident,
        marked=on.toordinal(),
        expected=expected,
        places=(first.toordinal(), on.toordinal()),
        size=size,
    )
    return Chart(Markup(svg), caption)  # noqa: S704 - the chart escapes its texts


def _trend(context: RenderContext, days: Sequence[TrendDay], measure: str) -> Trend:
    words, on = context.words, context.facts.on
    points = [DayPoint(day.on, getattr(day, measure)) for day in days]
    before = [point.value for point in points if point.on < on]
    middle = statistics.median(before) if before else None
    title = words(f"trends.{measure}")
    return Trend(title, days_chart(words, points, on, title, f"trend-{measure}", _SIZE, middle))
