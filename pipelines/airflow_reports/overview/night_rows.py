"""What the night did, how often detectors were right, and what is due by when."""

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.airflow_reports.casework.history import ID_LIMIT, title_of
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.airflow_reports.overview.gather import DetectorRecord, NightOf, Overview
from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.text.display import visible
from pipelines.text.words import Words

STAGES = ("aggregate", "check", "detect", "report")
_NIGHTS_SIZE = Size(width=620, height=120)
_SOON_DAYS = 7


@dataclass(frozen=True)
class NightRow:
    """What the night did for a day; `stages` are in the order of the columns."""

    on: dt.date
    tone: str
    state: str
    total: str
    stages: tuple[str, ...]
    failed: str
    runs: int
    reported: str


@dataclass(frozen=True)
class DetectorRow:
    """How often a detector was right, as figures and as a strip of three shapes."""

    title: str
    findings: int
    open_findings: int
    confirmed: int
    explained: int
    false_alarms: int
    suppressed: int
    share: str
    strip: Markup


@dataclass(frozen=True)
class DueRow:
    """Something that has to be done by a moment; `case_id` is empty where no page is behind it."""

    what: str
    whom: str
    when: str
    tone: str
    state: str
    case_id: str


def night_row(visit: Visit, night: NightOf) -> NightRow:
    """Return what the night did for a day in the reader's words.

    Of days that were read together later, the time is that of all of them and says nothing of one.
    """
    words = visit.words
    is_backlog = night.is_backlog(visit.settings)
    tone, state = ("ok", "done")
    if not night.runs:
        tone, state = "high", "none"
    elif night.failed:
        tone, state = "critical", "failed"
    elif night.reported_at is None:
        tone, state = "high", "unreported"
    elif night.is_late(visit.settings):
        tone, state = "medium", "late"
    elif is_backlog:
        tone, state = "info", "backlog"
    return NightRow(
        on=night.on,
        tone=tone,
        state=words(f"overview.night.{state}"),
        total=_minutes(words, night.seconds) if night.runs and not is_backlog else "",
        stages=tuple(
            _minutes(words, night.stages[one]) if one in night.stages and not is_backlog else ""
            for one in STAGES
        ),
        failed=words("list_separator").join(
            words.known(f"stage.{one}", one) for one in night.failed
        ),
        runs=night.runs,
        reported=words.moment(night.reported_at) if night.reported_at else "",
    )


def _minutes(words: Words, seconds: float) -> str:
    """A length of time in minutes; what is shorter in seconds."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return words("overview.seconds", n=round(seconds))
    return words.duration(dt.timedelta(seconds=seconds))


def night_chart(visit: Visit, nights: Sequence[NightOf]) -> Chart | None:
    """Return how long the night took for each day; days with a failure are hatched."""
    words = visit.words
    ran = [one for one in nights if one.runs and not one.is_backlog(visit.settings)]
    if len(ran) < 2:  # noqa: PLR2004 - one night is no course
        return None
    minutes = {one.on: one.seconds / 60 for one in ran}
    last = max(minutes)
    middle = statistics.median(minutes.values())
    told = words(
        "overview.night_chart.said",
        last=_minutes(words, minutes[last] * 60),
        middle=_minutes(words, middle * 60),
        most=_minutes(words, max(minutes.values()) * 60),
    )
    days = [one.on for one in nights]
    svg = bar_chart(
        [
            Bar(on.toordinal(), value, words.number(round(value, 1)))
            for on, value in sorted(minutes.items())
        ],
        [Tick(on.toordinal(), words.month_day(on)) for on in (min(days), max(days))],
        Caption(words("overview.night_chart.title"), told),
        "nights-chart",
        marked=last.toordinal(),
        expected=middle,
        places=(min(days).toordinal(), max(days).toordinal()),
        gaps=[one.on.toordinal() for one in nights if one.failed or not one.runs],
        size=_NIGHTS_SIZE,
    )
    return Chart(Markup(svg), told)  # noqa: S704 - the chart escapes its texts


def detector_row(words: Words, number: int, one: DetectorRecord) -> DetectorRow:
    """Return how often a detector was right; `number` makes its drawing unique on the page."""
    judged = one.confirmed + one.false_alarms
    return DetectorRow(
        title=title_of(words, one.detector),
        findings=one.findings,
        open_findings=one.open_findings,
        confirmed=one.confirmed,
        explained=one.explained,
        false_alarms=one.false_alarms,
        suppressed=one.suppressed,
        share=words(
            "overview.right", n=one.confirmed, of=judged, share=words.percent(one.confirmed, judged)
        )
        if judged
        else "",
        strip=_strip(words, number, one),
    )


def _strip(words: Words, number: int, one: DetectorRecord) -> Markup:
    """Confirmed solid, explained hatched, false alarms hollow, as wide as their shares."""
    if not one.closed:
        return Markup()
    width, ident = 96, f"strip-{number}"
    ends = [one.confirmed, one.confirmed + one.explained, one.closed]
    a, b, c = (width * end / one.closed for end in ends)
    said = words("overview.strip", a=one.confirmed, b=one.explained, c=one.false_alarms)
    return Markup(
        '<svg class="strip" viewBox="0 0 98 12" role="img" aria-label="{said}">'
        '<pattern id="{ident}" width="5" height="5" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><path d="M0 0V5" stroke="currentColor"'
        ' stroke-width="2"/></pattern>'
        '<rect x="1" y="1" width="{a:.1f}" height="10" fill="currentColor"/>'
        '<rect x="{x:.1f}" y="1" width="{b:.1f}" height="10" fill="url(#{ident})"/>'
        '<rect x="1" y="1" width="{c:.1f}" height="10" fill="none" stroke="currentColor"/></svg>'
    ).format(said=said, ident=ident, a=a, x=1 + a, b=b - a, c=c)


def due_rows(visit: Visit, found: Overview) -> list[DueRow]:
    """Return what the law or a person waits for, the next end first."""
    words = visit.words
    rows = []
    for one in found.breaches:
        whom = f"{words(f'actor_kind.{one.actor_kind}')} {visible(one.actor, ID_LIMIT)}"
        for end in one.ends:
            is_over = end.ends_at[-1] < found.at
            what = words(f"overview.law.{end.period.id}")
            when = words.iso_day(end.ends_at[-1].date())
            days = (end.ends_at[-1] - found.at).days
            state = words("overview.over") if is_over else words("overview.days_left", n=days)
            tone = "info" if is_over else "high" if days < _SOON_DAYS else "medium"
            rows.append(
                (is_over, end.ends_at[-1], DueRow(what, whom, when, tone, state, one.case_id))
            )
    found_rows = [row for *_, row in sorted(rows, key=lambda one: one[:2])]
    open_rows = [
        DueRow(
            words("overview.unfinished"),
            words.known(f"actor_kind.{one.person_kind}", one.person_kind),
            words("overview.since", at=words.moment(one.made_at)),
            "high",
            words("overview.not_ended"),
            "",
        )
        for one in found.unfinished
    ]
    return [*open_rows, *found_rows]
