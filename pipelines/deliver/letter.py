"""A notice in words, before it takes the form of a mail or a chat message.

The subject says product, date, worst severity and counts, nothing else: subjects show on locked
screens and in the logs of every mail server on the way. Text from logs is shown by `visible`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.deliver.day import ReportedDay
from pipelines.deliver.notice import Notice
from pipelines.findings import Severity
from pipelines.report.case_words import earlier_in_words
from pipelines.report.verdict_obstacles import Trouble
from pipelines.text.display import visible
from pipelines.text.words import Words

SHOWN = 10
_TOLD_BY_OTHERS = frozenset({Trouble.NO_LINES, Trouble.CHECKS_FAILED})
_SUMMARY_LIMIT = 240


@dataclass(frozen=True)
class Item:
    """One finding: its severity, in words too, what happened, and the id to go on with."""

    severity: Severity
    label: str
    text: str
    finding_id: str


@dataclass(frozen=True)
class DayLine:
    """One day of a digest."""

    date: str
    text: str
    link: str | None


@dataclass(frozen=True)
class Letter:
    """The parts in the order in which people read them; plain text, nothing escaped."""

    subject: str
    title: str
    verdict: str
    worst: Severity | None
    facts: tuple[str, ...]
    items_heading: str
    items: tuple[Item, ...]
    more: str
    days: tuple[DayLine, ...]
    closing: tuple[str, ...]
    link: str | None
    footer: str


def write_letter(
    notice: Notice, words: Words, *, details: bool, link: str | None, is_attached: bool = False
) -> Letter:
    """Return the letter of an alert or a digest.

    `details` says whether findings are told one by one; `link` is the address below which reports
    are served.
    """
    counts = _counts(notice.counts, words)
    first = notice.days[0]
    if notice.is_week:
        return Letter(
            subject=_subject(notice, words),
            title=words("deliver.week_title", span=_span(notice)),
            verdict=_worst(notice, words),
            worst=notice.worst,
            facts=(words("deliver.open", counts=counts),),
            items_heading="",
            items=(),
            more="",
            days=_day_lines(notice, words, link),
            closing=(),
            link=None,
            footer=_footer(notice, words),
        )
    shown = first.urgent[:SHOWN] if details else ()
    hidden = len(first.urgent) - len(shown)
    return Letter(
        subject=_subject(notice, words),
        title=words("deliver.day_title", day=words.long_day(first.on)),
        verdict=words(f"verdict.{first.summary.verdict}"),
        worst=notice.worst,
        facts=_facts(notice, first, counts, words),
        items_heading=words("deliver.items") if shown else "",
        items=tuple(
            Item(
                one.severity,
                words(f"severity.{one.severity}"),
                _defanged(visible(one.summary, _SUMMARY_LIMIT)),
                visible(one.finding_id, _SUMMARY_LIMIT),
            )
            for one in shown
        ),
        more=words("deliver.more", n=hidden) if shown and hidden else "",
        days=(),
        closing=_closing(first, words, link, is_attached=is_attached),
        link=None if link is None else f"{link}/{first.address}",
        footer=_footer(notice, words),
    )


def as_text(letter: Letter) -> str:
    """Return the letter as plain text, one fact a line."""
    lines = [letter.title, letter.verdict, "", *letter.facts]
    if letter.items:
        lines += ["", letter.items_heading]
        lines += [f"- [{one.label}] {one.text} ({one.finding_id})" for one in letter.items]
    if letter.more:
        lines.append(letter.more)
    if letter.days:
        lines.append("")
    for day in letter.days:
        lines.append(f"- {day.date}: {day.text}")
        if day.link:
            lines.append(f"  {day.link}")
    lines += ["", *letter.closing] if letter.closing else []
    lines += [letter.link] if letter.link else []
    return "\n".join([*lines, "", "-- ", letter.footer, ""])


def _footer(notice: Notice, words: Words) -> str:
    if not notice.head:
        return words("deliver.footer")
    head = words("deliver.records_head", head=notice.head)
    return words("sentence_separator").join([words("deliver.footer"), head])


def _subject(notice: Notice, words: Words) -> str:
    return words(
        "deliver.subject",
        product=words("product"),
        date=_span(notice),
        worst=_worst(notice, words),
        counts=_counts(notice.counts, words),
    )


def _span(notice: Notice) -> str:
    if notice.is_week:
        return f"{notice.first_on}/{notice.last_on}"
    return notice.period


def _worst(notice: Notice, words: Words) -> str:
    if notice.worst is not None:
        return words("deliver.worst", severity=words(f"severity.{notice.worst}"))
    return words("deliver.nothing" if notice.is_clear else f"verdict.{notice.verdict}")


def _counts(counts: Mapping[Severity, int], words: Words) -> str:
    parts = [
        words("sentence.count", severity=words(f"severity.{one}"), n=counts[one])
        for one in Severity
        if counts.get(one)
    ]
    return words("list_separator").join(parts) or words("deliver.no_count")


def _facts(notice: Notice, day: ReportedDay, counts: str, words: Words) -> tuple[str, ...]:
    summary = day.summary
    facts = [words("deliver.updated")] if notice.is_update else []
    facts.append(words("deliver.open", counts=counts))
    if day.is_part:  # figures of all sites are not for everybody
        unjudged = [words("sentence.unjudged")] if notice.is_unjudged else []
        return (*facts, *_of_shop(day, words), *unjudged, words("deliver.part"))
    if summary.cases.get("rose"):
        facts.append(words("case.letter", n=summary.cases["rose"]))
    if summary.cases.get("added_up"):
        facts.append(words("case.added_up", n=summary.cases["added_up"]))
    if summary.cases.get("unanswered"):
        facts.append(words("case.unanswered", n=summary.cases["unanswered"]))
    if summary.open_cases and summary.open_cases_gravest is not None:
        facts.append(
            earlier_in_words(
                words,
                summary.open_cases,
                summary.open_cases_gravest,
                summary.open_cases_oldest_on,
            )
        )
    if notice.is_unjudged:
        facts.append(words("sentence.unjudged"))
    if not summary.lines:
        facts.append(words("sentence.no_lines"))
    else:
        present = summary.sites - summary.sites_missing
        facts.append(
            words("sentence.coverage", total=summary.sites, present=present, lines=summary.lines)
        )
    if summary.checks_failed:
        facts.append(words("sentence.checks_failed", n=summary.checks_failed))
    # No site and no detector is named: the counts alone go to whoever may read the letter.
    facts += [
        words(f"trouble.{trouble}", n=n)
        for trouble, n in summary.troubles.items()
        if trouble not in _TOLD_BY_OTHERS
    ]
    return tuple(facts)


def _of_shop(day: ReportedDay, words: Words) -> list[str]:
    """What a shop hears beside the findings of the day: its open cases, and its silence."""
    if day.shop is None:
        return []
    told = []
    if n := sum(day.shop.open_cases.values()):
        counts = _counts(day.shop.open_cases, words)
        told.append(words("deliver.open_cases", n=n, counts=counts))
    if since := day.shop.silent_since:
        n = (day.on - since).days
        told.append(words("deliver.silent_since", day=since.isoformat(), n=n))
    return told


def _closing(
    day: ReportedDay, words: Words, link: str | None, *, is_attached: bool
) -> tuple[str, ...]:
    if is_attached:
        return (words("deliver.attached", name=attachment_name(day)),)
    if link is None:
        return () if day.is_part else (words("deliver.on_server", day=day.on.isoformat()),)
    return (words("deliver.linked"),)


def attachment_name(day: ReportedDay) -> str:
    """Return the file name of a report that travels with a mail."""
    return f"mimamori-{day.on.isoformat()}.html"


def _day_lines(notice: Notice, words: Words, link: str | None) -> tuple[DayLine, ...]:
    """Every day of the period, those without a report among them: silence is no good news."""
    reported = {day.on: day for day in notice.days}
    lines = []
    for number in range((notice.last_on - notice.first_on).days + 1):
        on = notice.first_on + dt.timedelta(days=number)
        day = reported.get(on)
        if day is None:
            lines.append(DayLine(words.iso_day(on), words("deliver.no_report"), None))
            continue
        text = words(
            "deliver.day_line",
            verdict=words(f"verdict.{day.summary.verdict}"),
            counts=_counts(day.summary.open, words),
        )
        target = None if link is None else f"{link}/{day.address}"
        lines.append(DayLine(words.iso_day(on), text, target))
    return tuple(lines)


def _defanged(text: str) -> str:
    """Return the text with addresses that no mail program makes a link of."""
    return text.replace("://", "[:]//")
