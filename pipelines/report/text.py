"""The report of a day as text: the verdict, what to look at, what went wrong, what came in."""

import datetime as dt

import duckdb
from rich.cells import cell_len

from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Severity
from pipelines.report.finding_view import RenderContext
from pipelines.report.gather import gather
from pipelines.report.incident_view import IncidentRow, incident_rows
from pipelines.report.page import DayPage, Navigation, day_page
from pipelines.report.text_layout import TextLayout, padded
from pipelines.settings.model import Settings
from pipelines.text.words import Words

_INDENT = 7
_LABEL_CELLS = 10


def day_text(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    on: dt.date,
    made_at: dt.datetime,
    layout: TextLayout,
) -> str:
    """Return the report of the day `on` in the report's language, laid out for `layout`.

    `con` is a read-only connection to the lake in the configured time zone, `made_at` an aware
    instant.
    """
    words = Words(settings.locale, settings.zone)
    context = RenderContext(words, load_catalogue(), gather(con, settings, on))
    page = day_page(context.facts, context, Navigation(made_at, settings.findings_per_night))
    incidents = incident_rows(context, settings.findings_per_night)
    parts = [
        _head(page, words, on, layout),
        _incidents(incidents, page, words, layout),
        _problems(page, words, layout),
        _coverage(page, words, layout),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(page: DayPage, words: Words, on: dt.date, layout: TextLayout) -> list[str]:
    verdict = words(f"verdict.{page.verdict}")
    severity = page.verdict.severity
    return [
        layout.strong(f"{words('product')}  {words.iso_day(on)}"),
        layout.marked(verdict, severity) if severity else layout.strong(verdict),
        *layout.wrapped(page.sentence),
        *([] if page.over else layout.wrapped(words("not_over"))),
    ]


def _incidents(
    rows: tuple[IncidentRow, ...], page: DayPage, words: Words, layout: TextLayout
) -> list[str]:
    if not rows:
        return []
    lines = [layout.strong(words("first.top"))]
    for row in rows:
        label = layout.marked(row.severity_label, Severity(row.severity))
        gap = " " * (_LABEL_CELLS - cell_len(row.severity_label))
        actor = words("with_detail", text=row.actor, detail=row.user_type)
        about = dict.fromkeys((actor if row.user_type else row.actor, row.sites, row.when))
        lines += [
            f"{row.risk:>5}  {label}{gap}{layout.strong(row.title)}",
            *layout.wrapped(" · ".join(one for one in about if one), _INDENT),
            *layout.wrapped(row.summary, _INDENT),
            *(
                layout.wrapped(words("incident.others", titles=row.others), _INDENT)
                if row.others
                else []
            ),
            *(layout.wrapped(row.case, _INDENT) if row.case else []),
            layout.quiet(" " * _INDENT + row.command),
        ]
    if page.below_words:
        lines += layout.wrapped(words("first.below", counts=page.below_words))
    return lines


def _problems(page: DayPage, words: Words, layout: TextLayout) -> list[str]:
    if not page.problems:
        return []
    lines = [layout.strong(words("problem.heading"))]
    for problem in page.problems:
        first, *others = layout.wrapped(problem.text, 4)
        lines += [f"  {'!' if problem.critical else '-'} {first[4:]}", *others]
    return lines


def _coverage(page: DayPage, words: Words, layout: TextLayout) -> list[str]:
    total = page.total
    rows = [
        (
            words("first.sites"),
            words("first.sites_value", present=total.present, total=total.sites),
        ),
        (
            words("first.lines"),
            words("first.lines_split", records=total.records, rejects=total.rejects),
        ),
        (words("explained.heading"), page.explained),
        (words("services.heading"), page.services),
        (words("blind.heading"), page.blind),
    ]
    cells = 2 + max(cell_len(name) for name, value in rows if value)
    return [
        layout.strong(words("first.coverage")),
        *(
            line
            for name, value in rows
            if value
            for line in layout.wrapped(f"{padded(name, cells)}{value}", 2)
        ),
    ]
