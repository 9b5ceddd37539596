"""The page of a week in words: one page of A4, so that each table shows the first rows alone."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.detect.catalogue import load_catalogue
from pipelines.report.case_words import ID_LIMIT
from pipelines.report.index import other_than, page_in
from pipelines.report.render import environment
from pipelines.report.site_label import site_label
from pipelines.report.verdict import Verdict
from pipelines.report.weekly.facts import Week, WeekFacts, week_name
from pipelines.text.display import visible
from pipelines.text.words import Language, Words
from pipelines.triage.decisions import Precision

ROWS_SHOWN = 8


@dataclass(frozen=True)
class Measure:
    """A row of the comparison: the week, each of the four before, the newest first, their mean."""

    label: str
    now: str
    before: tuple[str, ...]
    mean: str
    tone: str = ""


@dataclass(frozen=True)
class OwnerRow:
    """What somebody has: open cases, those overdue, the gravest severity."""

    owner: str
    cases: int
    overdue: int
    severity: str
    severity_label: str


@dataclass(frozen=True)
class WeekPage:
    """All that the template needs."""

    name: str
    span: str
    tone: str
    heading: str
    sentences: tuple[str, ...]
    columns: tuple[str, ...]
    measures: tuple[Measure, ...]
    owners: tuple[OwnerRow, ...]
    owners_cut: int
    detectors: tuple[tuple[str, Precision, str], ...]
    detectors_cut: int
    silent: tuple[tuple[str, str], ...]
    silent_cut: int
    due: tuple[str, ...]
    other: Language
    index: str


def render_week(
    facts: WeekFacts, words: Words, made_at: dt.datetime, locale: Language, link: str = ""
) -> str:
    """Return the page of a week in the language of `words`; `made_at` is an aware instant.

    `locale` is the language of the settings, `link` the address below which pages are served with
    forms to act, empty where nobody named it.
    """
    template = environment(words).get_template("weekly.html.j2")
    return template.render(
        page=week_page(facts, words, locale), made_at=made_at, link=link, t=words
    )


def week_page(facts: WeekFacts, words: Words, locale: Language) -> WeekPage:
    """Return what the page of a week shows, worded and bounded."""
    week = facts.week
    owners, detectors = _owners(facts, words), _detectors(facts, words)
    verdict = _worst(week)
    return WeekPage(
        name=week_name(week.monday),
        span=words("week.span", first=words.iso_day(week.monday), last=words.iso_day(week.sunday)),
        tone=verdict.severity or "ok",
        heading=words(f"week.verdict.{verdict}"),
        sentences=_sentences(facts, words),
        columns=tuple(week_name(one.monday).partition("-")[2] for one in facts.weeks[1:]),
        measures=_measures(facts, words),
        owners=tuple(owners[:ROWS_SHOWN]),
        owners_cut=max(len(owners) - ROWS_SHOWN, 0),
        detectors=tuple(detectors[:ROWS_SHOWN]),
        detectors_cut=max(len(detectors) - ROWS_SHOWN, 0),
        silent=tuple(
            (
                site_label(words, one.site_id, facts.names.get(one.site_id), ID_LIMIT),
                words("week.last_seen", at=words.moment(one.last_record_at))
                if one.last_record_at
                else words("problem.never_seen"),
            )
            for one in facts.silent[:ROWS_SHOWN]
        ),
        silent_cut=max(len(facts.silent) - ROWS_SHOWN, 0),
        due=_due(facts, words),
        other=other_than(words.language),
        index=page_in(words.language, locale),
    )


def _worst(week: Week) -> Verdict:
    """The most urgent verdict of its days; a day without a report cannot be judged."""
    order = tuple(Verdict)
    found = [one.verdict for one in week.summaries.values()]
    if len(found) < 7:  # noqa: PLR2004 - days of a week
        found.append(Verdict.UNJUDGED)
    return min(found, key=order.index)


def _sentences(facts: WeekFacts, words: Words) -> tuple[str, ...]:
    week = facts.week
    judged = sum(one.verdict is not Verdict.UNJUDGED for one in week.summaries.values())
    overdue = sum(one.is_late(week.sunday) for one in facts.cases)
    unowned = sum(one.assignment is None for one in facts.cases)
    return (
        words("week.read", days=len(week.summaries), judged=judged, n=week.lines),
        words("week.cases", opened=week.opened, closed=week.closed, n=len(facts.cases)),
        *([words("week.waiting", unowned=unowned, overdue=overdue)] if facts.cases else []),
        words("week.missing", n=week.sites_missing, total=week.sites_expected)
        if week.sites_missing
        else words("week.none_missing", n=len(week.summaries)),
    )


def _measures(facts: WeekFacts, words: Words) -> tuple[Measure, ...]:
    weeks = facts.weeks
    still_open = [len(facts.cases), *(one.open_at_end for one in weeks[1:])]

    def row(key: str, values: Iterable[int | None], *, is_bad: bool = False) -> Measure:
        now, *before = values
        known = [one for one in before if one is not None]
        mean = sum(known) / len(known) if known else None
        tone = "bad" if is_bad and now else ""
        texts = [words.number(one) if one is not None else "–" for one in (now, *before)]
        shown_mean = "–" if mean is None else words.number(round(mean, 1))
        return Measure(words(f"week.measure.{key}"), texts[0], tuple(texts[1:]), shown_mean, tone)

    return (
        row("lines", [one.lines for one in weeks]),
        row("accesses", [one.accesses for one in weeks]),
        row("rejects", [one.rejects for one in weeks]),
        row("missing", [_by_reports(one, one.sites_missing) for one in weeks], is_bad=True),
        row("opened", [one.opened for one in weeks]),
        row("closed", [one.closed for one in weeks]),
        row("open", still_open),
        row("confirmed", [one.verdicts.confirmed for one in weeks]),
        row("false_alarms", [one.verdicts.false_alarms for one in weeks]),
        row("explained", [one.verdicts.explained for one in weeks]),
        row("signed", [one.signed for one in weeks]),
    )


def _by_reports(week: Week, value: int) -> int | None:
    return value if week.summaries else None


def _owners(facts: WeekFacts, words: Words) -> list[OwnerRow]:
    """Who has open cases, nobody first, then whoever has most."""
    on = facts.week.sunday
    found: dict[str | None, list[int]] = {}
    late: Counter[str | None] = Counter()
    gravest: dict[str | None, str] = {}
    for one in facts.cases:
        owner = one.assignment.owner if one.assignment else None
        found.setdefault(owner, []).append(one.severity.rank)
        late[owner] += one.is_late(on)
        if one.severity.rank == min(found[owner]):
            gravest[owner] = one.severity
    ordered = sorted(found, key=lambda one: (one is not None, -len(found[one]), one or ""))
    return [
        OwnerRow(
            words("case.nobody") if owner is None else visible(owner, ID_LIMIT),
            len(found[owner]),
            late[owner],
            gravest[owner],
            words(f"severity.{gravest[owner]}"),
        )
        for owner in ordered
    ]


def _detectors(facts: WeekFacts, words: Words) -> list[tuple[str, Precision, str]]:
    catalogue = load_catalogue()
    rows = []
    for detector, one in facts.detectors.items():
        known = catalogue.get(detector)
        title = known.title.in_locale(words.language) if known else visible(detector, ID_LIMIT)
        rows.append((title, one, words.percent(one.confirmed, one.confirmed + one.false_alarms)))
    return rows


def _due(facts: WeekFacts, words: Words) -> tuple[str, ...]:
    """What somebody has to do in the week to come, and what was asked of us in this one."""
    on, until = facts.week.sunday, facts.until
    soon = sum(
        one.assignment is not None and on < one.assignment.due_on <= until for one in facts.cases
    )
    asked = [one.question for one in facts.cases if one.question is not None]
    asked = [one for one in asked if one.asked_on <= on]
    waiting = sum(one.state_on(on) in {"unsent", "waiting"} for one in asked)
    unanswered = sum(one.state_on(on) == "overdue" for one in asked)
    lines = [words("week.due.cases", n=soon)] if soon else []
    if waiting or unanswered:
        lines.append(words("week.due.questions", waiting=waiting, unanswered=unanswered))
    if facts.unsigned:
        days = words("list_separator").join(words.month_day(one) for one in facts.unsigned)
        lines.append(words("week.due.unsigned", n=len(facts.unsigned), days=days))
    lines += [words(f"week.due.request.{one.act}", n=one.count) for one in facts.requests]
    return tuple(lines) or (words("week.due.nothing"),)
