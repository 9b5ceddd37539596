"""An answer as its page shows it: in the reader's words, every text from a log made visible."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from pipelines.airflow_reports.casework.history import ID_LIMIT, title_of
from pipelines.airflow_reports.casework.picks import picked
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.airflow_reports.search.sentences import (
    TONES,
    by_standing_out,
    case_said,
    counts_accesses,
    said,
)
from pipelines.report.charts import Bar, Caption, Chart, Size, Tick, bar_chart
from pipelines.search.answer import (
    LEAST_PAST_DAYS,
    PAST_DAYS,
    Answer,
    Count,
    Found,
    Habit,
    Line,
    Parties,
    Party,
)
from pipelines.search.run import LINES_A_PAGE, MOST_PAGES
from pipelines.text.display import VALUE_LIMIT, visible
from pipelines.text.words import Words

_DAYS_SIZE, _HOURS_SIZE = Size(width=620, height=132), Size(width=300, height=112)
_LEAST_SITES_CUT = 3


@dataclass(frozen=True)
class OriginRow:
    """An address from which an account came, and what is open or was confirmed about it."""

    name: str
    pick: str
    case: str
    case_id: str


@dataclass(frozen=True)
class PartyRow:
    """A row of a table of accounts, subjects or addresses; `pick` searches for it."""

    name: str
    pick: str
    kind: str
    note: str
    accesses: int
    lines: int
    days: int
    people: int
    sites: str
    when: str
    before: str
    is_first: bool
    usual: str
    tone: str
    compared: str
    case: str
    case_id: str
    origins: tuple[OriginRow, ...]
    origins_cut: int


@dataclass(frozen=True)
class PartyTable:
    """A table of the parties of an answer, and how many it leaves out."""

    key: str
    rows: tuple[PartyRow, ...]
    cut: int

    @property
    def has_origins(self) -> bool:
        """Whether it says from where each came."""
        return any(one.origins for one in self.rows)


@dataclass(frozen=True)
class LineRow:
    """A request as a row of the table of lines."""

    at: dt.datetime
    site: str
    user: str
    user_pick: str
    is_credited: bool
    address: str
    address_pick: str
    country: str
    what: str
    status: str
    subject: str
    subject_pick: str
    resource: str


@dataclass(frozen=True)
class FindingRow:
    """A finding as a row; `case_id` is empty where it has no page."""

    severity: str
    severity_label: str
    title: str
    case_id: str
    actor: str
    site: str
    day: str
    events: int
    people: int
    status: str


@dataclass(frozen=True)
class AnswerView:
    """All that the page shows of an answer; `said` are its sentences, the first one the figures."""

    label: str
    value: str
    first: dt.date
    last: dt.date
    total: Count
    said: tuple[str, ...]
    days: Chart | None
    hours: Chart | None
    past_hours: Chart | None
    day_rows: tuple[tuple[dt.date, Count, bool], ...]
    tables: tuple[PartyTable, ...]
    findings: tuple[FindingRow, ...]
    findings_cut: int
    lines: tuple[LineRow, ...]
    page: int
    pages: int
    people: tuple[tuple[str, str, str], ...]
    has_more_people: bool
    is_of_finding: bool


def answer_view(visit: Visit, answer: Answer, page: int) -> AnswerView:
    """Return an answer in the reader's words; `page` is that of the lines, from 1."""
    words, question = visit.words, answer.question
    total = answer.total
    pages = min(-(-total.lines // LINES_A_PAGE), MOST_PAGES)
    pick: Callable[[Count], int] = _accesses if counts_accesses(answer) else _lines
    measure = words("search.chart.accesses" if pick is _accesses else "search.chart.lines")
    return AnswerView(
        label=words(f"search.kind.{question.kind}"),
        value=visible(question.value, VALUE_LIMIT),
        first=question.first,
        last=question.last,
        total=total,
        said=said(words, answer),
        days=_days(words, answer, pick, measure) if total.lines else None,
        hours=_hours(words, answer.hours, pick, measure, "hours") if total.lines else None,
        past_hours=_hours(words, answer.past_hours, pick, measure, "past_hours")
        if answer.total_before.lines and total.lines
        else None,
        day_rows=tuple(
            (on, count, on < question.first)
            for on, count in sorted(answer.days.items(), reverse=True)
        ),
        tables=_tables(words, answer),
        findings=tuple(_finding(words, one) for one in answer.findings),
        findings_cut=answer.findings_cut,
        lines=tuple(_line(words, one) for one in answer.lines),
        page=min(page, max(pages, 1)),
        pages=pages,
        people=tuple(
            (visible(user, ID_LIMIT), picked("person", user), visible(text, VALUE_LIMIT))
            for user, text in answer.people
        ),
        has_more_people=answer.has_more_people,
        is_of_finding=question.kind == "finding",
    )


def _accesses(count: Count) -> int:
    return count.accesses


def _lines(count: Count) -> int:
    return count.lines


def _days(words: Words, answer: Answer, pick: Callable[[Count], int], title: str) -> Chart:
    question = answer.question
    begin = question.first - dt.timedelta(days=PAST_DAYS)
    bars = [
        Bar(on.toordinal(), 0, "", pick(count))
        if on < question.first
        else Bar(on.toordinal(), pick(count), words.number(pick(count)))
        for on, count in sorted(answer.days.items())
    ]
    asked = {on: pick(one) for on, one in answer.days.items() if on >= question.first}
    top = max(asked, key=lambda on: (asked[on], on))
    told = words(
        "search.chart.days_said",
        days=sum(map(bool, asked.values())),
        of=answer.days_read,
        most=asked[top],
        day=words.iso_day(top),
    )
    svg = bar_chart(
        bars,
        [
            Tick(on.toordinal(), words.month_day(on))
            for on in (begin, question.first, answer.last_read)
        ],
        Caption(words("search.chart.days", measure=title), told),
        "days",
        marked=top.toordinal(),
        places=(begin.toordinal(), answer.last_read.toordinal()),
        size=_DAYS_SIZE,
    )
    return Chart(Markup(svg), told)  # noqa: S704 - the chart escapes its texts


def _hours(
    words: Words, hours: Mapping[int, Count], pick: Callable[[Count], int], title: str, key: str
) -> Chart:
    counts = {hour: pick(one) for hour, one in hours.items()}
    top = max(counts, key=lambda hour: (counts[hour], hour))
    told = words("search.chart.hours_said", hour=f"{top:02}", most=counts[top])
    svg = bar_chart(
        [Bar(hour, count, words.number(count)) for hour, count in sorted(counts.items())],
        [Tick(hour, f"{hour:02}") for hour in (0, 6, 12, 18, 23)],
        Caption(words(f"search.chart.{key}", measure=title, days=PAST_DAYS), told),
        key,
        marked=top,
        places=(0, 23),
        size=_HOURS_SIZE,
    )
    return Chart(Markup(svg), told)  # noqa: S704 - the chart escapes its texts


def _tables(words: Words, answer: Answer) -> tuple[PartyTable, ...]:
    found: Iterable[tuple[str, str, Parties]] = (
        ("accounts", "account", answer.accounts),
        ("subjects", "subject", answer.subjects),
        ("origins", "address", answer.origins),
    )
    return tuple(
        PartyTable(
            key,
            tuple(_party(words, kind, one) for one in by_standing_out(parties.shown)),
            parties.cut,
        )
        for key, kind, parties in found
        if parties.shown
    )


def _party(words: Words, kind: str, party: Party) -> PartyRow:
    habit = party.habit
    known = party.kind or ""
    label = (
        words.known(f"user_type.{known}", known)
        if kind == "account"
        else words.country(known)
        if kind == "address" and known
        else known
    )
    sites = [visible(one, ID_LIMIT) for one in party.sites[:_LEAST_SITES_CUT]]
    more = ["…"] if len(party.sites) > _LEAST_SITES_CUT else []
    compared = habit.compared if habit and party.count.accesses else None
    return PartyRow(
        name=words("search.nobody") if party.name is None else visible(party.name, ID_LIMIT),
        pick="" if party.name is None else picked(kind, party.name),
        kind=visible(label, ID_LIMIT),
        note=visible(party.note, VALUE_LIMIT),
        accesses=party.count.accesses,
        lines=party.count.lines,
        days=party.days,
        people=party.people,
        sites=words("list_separator").join([*sites, *more]),
        when=words.span(party.first_time, party.last_time),
        before="" if party.before is None else words("search.days", n=party.before),
        is_first=party.is_new,
        usual=_usual(words, habit),
        tone=_tone(compared, party.open_findings or party.confirmed),
        compared=words(f"search.compared.{compared}") if compared else "",
        case=case_said(words, party.case),
        case_id=(party.case.case_id if party.case else None) or "",
        origins=tuple(
            OriginRow(
                visible(one.name, ID_LIMIT),
                picked("address", one.name),
                case_said(words, one),
                one.case_id or "",
            )
            for one in party.origins
        ),
        origins_cut=party.origins_cut,
    )


def _tone(compared: str | None, findings: int) -> str:
    """The mark of a comparison: no tick where a finding is open, or was closed as true."""
    if compared is None:
        return ""
    return "low" if compared == "as_before" and findings else TONES[compared]


def _usual(words: Words, habit: Habit | None) -> str:
    """What a comparison rests on: people a day, or lists and exports where these are more."""
    if habit is None or (not habit.past_days and not habit.most):
        return ""
    if habit.usual is None or habit.most_before is None:
        return words("search.usual_none", most=habit.most)
    if habit.past_days < LEAST_PAST_DAYS:
        return words("search.usual_short", n=habit.past_days, most=habit.most)
    if habit.most <= habit.most_before and habit.bulk > habit.bulk_before:
        return words("search.usual_bulk", before=habit.bulk_before, most=habit.bulk)
    return words("search.usual", usual=habit.usual, before=habit.most_before, most=habit.most)


def _finding(words: Words, one: Found) -> FindingRow:
    return FindingRow(
        severity=one.severity,
        severity_label=words(f"severity.{one.severity}"),
        title=title_of(words, one.detector),
        case_id=one.case_id or "",
        actor=visible(one.actor or words("work.not_shown"), ID_LIMIT),
        site=visible(one.site_id or "", ID_LIMIT),
        day=words.iso_day(one.on),
        events=one.events,
        people=one.people,
        status=words(f"status.{one.status}"),
    )


def _line(words: Words, one: Line) -> LineRow:
    what = " ".join(filter(None, [one.method, one.url_path]))
    resource = words.known(f"resource_kind.{one.resource_kind}", one.resource_kind or "")
    if one.data_level:
        level = words("search.level", n=one.data_level)
        resource = words("with_detail", text=resource, detail=level)
    return LineRow(
        at=one.time,
        site=visible(one.site_id, ID_LIMIT),
        user="" if one.user_id is None else visible(one.user_id, ID_LIMIT),
        user_pick="" if one.user_id is None else picked("account", one.user_id),
        is_credited=one.is_credited and one.user_id is not None,
        address="" if one.address is None else visible(one.address, ID_LIMIT),
        address_pick="" if one.address is None else picked("address", one.address),
        country=one.country or "",
        what=visible(what, VALUE_LIMIT),
        status="" if one.status is None else str(one.status),
        subject="" if one.subject_id is None else visible(one.subject_id, ID_LIMIT),
        subject_pick="" if one.subject_id is None else picked("subject", one.subject_id),
        resource=resource if one.resource_kind else "",
    )
