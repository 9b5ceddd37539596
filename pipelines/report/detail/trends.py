"""Five weeks of the house in six small charts, each with its least, middle and most in words."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.report.detail.facts import TrendDay
from pipelines.report.evidence import DayPoint
from pipelines.report.finding_view import Guide, history_in_words

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


def trends_of(guide: Guide) -> tuple[Trend, ...]:
    """Return the charts of the days up to the examined one; none with fewer than two days."""
    days = guide.detail.trend
    if len(days) < 2:  # noqa: PLR2004 - one day is no trend
        return ()
    return tuple(_trend(guide, days, measure) for measure in _MEASURES)


def _trend(guide: Guide, days: Sequence[TrendDay], measure: str) -> Trend:
    words, on = guide.words, guide.facts.on
    points = [DayPoint(day.on, getattr(day, measure)) for day in days]
    before = [point.value for point in points if point.on < on]
    said = history_in_words(words, points, on)
    title = words(f"trends.{measure}")
    svg = bar_chart(
        [Bar(point.on.toordinal(), point.value, words.number(point.value)) for point in points],
        [Tick(day.toordinal(), words.short_day(day)) for day in (points[0].on, on)],
        Caption(title, said),
        f"trend-{measure}",
        marked=on.toordinal(),
        expected=statistics.median(before) if before else None,
        places=(points[0].on.toordinal(), on.toordinal()),
        size=_SIZE,
    )
    return Trend(title, Chart(Markup(svg), said))  # noqa: S704 - the chart escapes its texts
