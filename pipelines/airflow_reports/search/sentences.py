"""An answer in sentences: how much, whether that is usual, and which accounts stand out."""

from collections.abc import Iterable

from pipelines.airflow_reports.casework.history import ID_LIMIT
from pipelines.search.answer import PAST_DAYS, Answer, Habit, OpenCase, Party
from pipelines.text.display import visible
from pipelines.text.words import Words

TONES = {"far_more": "high", "more": "medium", "as_before": "ok", "unknown": "low"}
"""How a comparison of an account with its own past is marked."""
_OUTSTANDING_SAID = 5
_WHOLE_FROM = 10


def counts_accesses(answer: Answer) -> bool:
    """Return whether the figures of an answer are accesses to personal data, not requests."""
    return answer.question.kind in {"subject", "account", "person"} and answer.total.accesses > 0


def said(words: Words, answer: Answer) -> tuple[str, ...]:
    """Return the answer in a few sentences: whether that is usual, how much, what to look at."""
    if answer.question.kind == "finding" or answer.people:
        return ()
    total, before = answer.total, answer.total_before
    unread = answer.last_read < answer.question.last
    until = words.iso_day(answer.last_read)
    not_read = (words("search.said.not_read", day=until),) if unread else ()
    if not total.lines:
        if not answer.days_read:
            return not_read
        return (words("search.said.none", before=before.lines, days=PAST_DAYS), *not_read)
    seen = [one for one in answer.accounts.shown if one.name is not None and one.count.accesses]
    verdict = (
        _is_confirmed(words, answer)
        + _is_open(words, answer)
        + (_is_usual(words, answer, seen) if total.accesses else "")
    )
    told = [
        *([verdict] if verdict else []),
        words(
            "search.said.total",
            n=total.lines,
            accesses=total.accesses,
            refused=answer.refused,
        ),
        _said_before(words, answer),
    ]
    nobody = sum(one.count.accesses for one in answer.accounts.shown if one.name is None)
    if seen:
        told.append(_compared(words, answer, seen))
    if nobody:
        told.append(words("search.said.nobody", n=nobody))
    outstanding = [one for one in by_standing_out(seen) if _stands_out(one)]
    if outstanding:
        names = [_outstanding(words, one) for one in outstanding[:_OUTSTANDING_SAID]]
        more = ["…"] if len(outstanding) > _OUTSTANDING_SAID else []
        listed = words("list_separator").join([*names, *more])
        told.append(words("search.said.outstanding", n=len(outstanding), names=listed))
    return (*told, *not_read)


def case_said(words: Words, case: OpenCase | None) -> str:
    """Return what is open about somebody, and what was closed as true, when and by whom."""
    if case is None:
        return ""
    parts = [_confirmed(words, case)] if case.confirmed else []
    if case.open_findings:
        parts.append(words("search.open_findings", n=case.open_findings))
    return words("list_separator").join(parts)


def _confirmed(words: Words, case: OpenCase) -> str:
    at, by = case.confirmed_at, visible(case.confirmed_by or "", ID_LIMIT)
    when = "" if at is None else words.iso_day(at.astimezone(words.zone).date())
    return words("search.confirmed", n=case.confirmed, day=when, by=by)


def _is_confirmed(words: Words, answer: Answer) -> str:
    """Of whom a case was closed as true, whatever is open now."""
    cases = [one for one in answer.open_cases if one.confirmed]
    if not cases:
        return ""
    names = [
        words("with_detail", text=visible(one.name, ID_LIMIT), detail=_confirmed(words, one))
        for one in cases[:_OUTSTANDING_SAID]
    ]
    more = ["…"] if len(cases) > _OUTSTANDING_SAID else []
    listed = words("list_separator").join([*names, *more])
    return words("search.said.is_confirmed", n=len(cases), names=listed)


def _is_open(words: Words, answer: Answer) -> str:
    """Which of those who saw the data, or else of those in the lines, have an open case."""
    is_seen = answer.total.accesses > 0
    cases = [
        one for one in answer.open_cases if one.open_findings and (one.has_accesses or not is_seen)
    ]
    if not cases:
        return ""
    names = [
        words(
            "with_detail",
            text=visible(one.name, ID_LIMIT),
            detail=words("search.open_findings", n=one.open_findings),
        )
        for one in cases[:_OUTSTANDING_SAID]
    ]
    more = ["…"] if len(cases) > _OUTSTANDING_SAID else []
    listed = words("list_separator").join([*names, *more])
    key = "search.said.is_open" if is_seen else "search.said.is_open_line"
    return words(key, n=len(cases), names=listed)


def _is_usual(words: Words, answer: Answer, seen: list[Party]) -> str:
    """How the people that each account saw a day compare, which says nothing about this one."""
    compared = [(one.habit or Habit()).compared for one in seen]
    far_more = compared.count("far_more")
    if not seen:
        return words("search.said.is_nobody")
    if far_more:
        return words("search.said.is_far_more", n=far_more)
    if all(one == "unknown" for one in compared):
        return words("search.said.is_unknown")
    text = words("search.said.is_usual")
    is_subject = answer.question.kind == "subject"
    return text + (words("search.said.is_usual_subject") if is_subject else "")


def _said_before(words: Words, answer: Answer) -> str:
    """How the days before were, a day, so that a shorter past compares too."""
    days, before = answer.past_days, answer.total_before
    if not days:
        return words("search.said.no_past", days=PAST_DAYS)
    first, asked = answer.past_from, answer.days_read
    text = words(
        "search.said.before" if days == PAST_DAYS else "search.said.before_short",
        n=days,
        first="" if first is None else words.iso_day(first),
        lines=before.lines,
        accesses=before.accesses,
    )
    if not counts_accesses(answer):
        return text
    rates = words(
        "search.said.rates",
        now=_a_day(words, answer.total.accesses, asked),
        before=_a_day(words, before.accesses, days),
    )
    if answer.question.kind != "subject":
        return text + rates
    users = sum(one.name is not None and one.count.accesses > 0 for one in answer.accounts.shown)
    return (
        text
        + rates
        + words("search.said.users", now=users + answer.accounts.cut, before=answer.users_before)
    )


def _a_day(words: Words, count: int, days: int) -> str:
    """A figure a day in two significant digits: nothing that happened reads as 0."""
    rate = count / days
    return words.number(round(rate)) if rate >= _WHOLE_FROM else f"{rate:.2g}"


def _stands_out(party: Party) -> bool:
    return (
        party.open_findings > 0
        or party.confirmed > 0
        or (party.habit or Habit()).compared == "far_more"
    )


def by_standing_out(parties: Iterable[Party]) -> list[Party]:
    """Return the parties, first those with far more than usual, then those with open findings."""
    places = {"far_more": 0, "more": 2}
    return sorted(
        parties,
        key=lambda one: min(
            places.get((one.habit or Habit()).compared, 3),
            1 if one.open_findings or one.confirmed else 3,
        ),
    )


def _outstanding(words: Words, party: Party) -> str:
    parts = []
    compared = (party.habit or Habit()).compared
    if compared == "far_more":
        parts.append(words(f"search.compared.{compared}"))
    if found := case_said(words, party.case):
        parts.append(found)
    detail = words("list_separator").join(parts)
    return words("with_detail", text=visible(party.name or "", ID_LIMIT), detail=detail)


def _compared(words: Words, answer: Answer, seen: list[Party]) -> str:
    counts = {key: sum((one.habit or Habit()).compared == key for one in seen) for key in TONES}
    parts = [words(f"search.said.{key}", n=count) for key, count in counts.items() if count]
    new = sum(one.is_new for one in seen)
    if new and answer.question.kind == "subject":
        parts.append(words("search.said.first", n=new, days=PAST_DAYS))
    return words("search.said.compared", n=len(seen), parts=words("list_separator").join(parts)) + (
        words("search.said.cut", n=answer.accounts.cut) if answer.accounts.cut else ""
    )
