"""A case in the reader's words: why now, over which days, who has it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from pipelines.findings import Severity
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case
from pipelines.triage.cases.risk import Rise
from pipelines.triage.silences import Found

ID_LIMIT = 80
_RANGES_NAMED = 8
_DAY = dt.timedelta(days=1)


def case_in_words(words: Words, case: Case) -> str:
    """Return a case as one sentence: whom it is about, why now, which days, what, who has it."""
    parts = [
        *([] if case.rise is None else [rise_in_words(words, case)]),
        *([days_in_words(words, [one.on for one in case.course])] if case.course else []),
        words(
            "with_detail",
            text=words("case.findings", n=case.findings),
            detail=words("list_separator").join(visible(one, ID_LIMIT) for one in case.detectors),
        )
        if case.findings
        else words("case.closed"),
        *([owner_in_words(words, case)] if case.findings else []),
    ]
    return words(
        "case.about",
        kind=words(f"actor_kind.{case.actor_kind}"),
        actor=visible(case.actor, ID_LIMIT),
        parts=words("case.part_separator").join(parts),
    )


def rise_of(case: Case) -> str:
    """Return what happened to a case on its day; empty where nothing did.

    A `Rise`; for its first finding that needs a look `rose` where lesser ones of earlier days count
    still, and `returned` where those of before are too old to count.
    """
    if case.rise is not Rise.OPENED or case.first_on is None or case.first_on == case.on:
        return "" if case.rise is None else str(case.rise)
    return "rose" if len(case.course) > 1 else "returned"


def rise_in_words(words: Words, case: Case) -> str:
    """Return what happened to a case on its day, and on which; empty where nothing did."""
    kind = rise_of(case)
    return words(f"case.rise.{kind}", day=words.month_day(case.on)) if kind else ""


def days_in_words(words: Words, days: Sequence[dt.date]) -> str:
    """Return how many days and which."""
    return words("case.days", n=len(days), days=day_ranges(words, days))


def day_ranges(words: Words, days: Iterable[dt.date]) -> str:
    """Return which days, days in a row as a range; the last ones where they are many."""
    ordered = sorted(set(days))
    ranges: list[list[dt.date]] = []
    for day in ordered:
        if ranges and day - ranges[-1][-1] == _DAY:
            ranges[-1].append(day)
        else:
            ranges.append([day])
    named = [
        words.month_day(one[0])
        if len(one) == 1
        else words("case.day_range", first=words.month_day(one[0]), last=words.month_day(one[-1]))
        for one in ranges[-_RANGES_NAMED:]
    ]
    more = ["…"] if len(ranges) > _RANGES_NAMED else []
    return words("list_separator").join([*more, *named])


def with_silence(words: Words, title: str, group: Sequence[Found]) -> str:
    """Return the title of a finding, of a silence over several days with how long it lasts."""
    if len(group) == 1:
        return title
    return words("with_detail", text=title, detail=_silence_in_words(words, group))


def _silence_in_words(words: Words, silence: Sequence[Found]) -> str:
    """Return when the last record of a silent site was, and how many days have had none since."""
    begins_at = min(one.first_seen for one in silence if one.first_seen)
    ends_at = max(one.last_seen for one in silence if one.last_seen)
    # A gap ends with its day, at the first instant of the next.
    last_on = (ends_at - dt.timedelta(microseconds=1)).astimezone(words.zone).date()
    days = (last_on - begins_at.astimezone(words.zone).date()).days
    return words("case.silence", since=words.moment(begins_at), n=max(days, 1))


def question_in_words(words: Words, case: Case, day: dt.date) -> str:
    """Return how a question to the manager stands at the end of a day; empty if none was asked."""
    asked = case.question
    if asked is None:
        return ""
    state = asked.state_on(day)
    return words(f"case.question.{state}", due=words.month_day(asked.reply_by))


def with_question(words: Words, case: Case) -> str:
    """Return who has a case and, where the manager was asked, how that stands."""
    parts = [owner_in_words(words, case), question_in_words(words, case, case.on)]
    return words("case.part_separator").join(one for one in parts if one)


def owner_in_words(words: Words, case: Case) -> str:
    """Return who has a case until when, as of its day, or that nobody has it."""
    has_it = case.assignment
    if has_it is None:
        return words("case.nobody")
    key = "case.overdue" if case.is_overdue(case.on) else "case.owner"
    return words(key, owner=visible(has_it.owner, ID_LIMIT), due=words.month_day(has_it.due_on))


def earlier_in_words(words: Words, n: int, worst: Severity, oldest: dt.date | None) -> str:
    """Return how many cases of earlier days are open, the gravest and the oldest of them."""
    since = words.iso_day(oldest) if oldest else words("none")
    return words("case.earlier", n=n, severity=words(f"severity.{worst}"), day=since)
