"""How a question to a manager stands on a day, and what the decisions about a case make of it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from pipelines.triage.cases.decisions import CaseAct, CaseDecision
from pipelines.triage.cases.questions import (
    ASSIGNMENTS,
    Answer,
    Question,
    questions_in,
)
from tests.detect.given_findings import at
from tests.triage.given_evidence import day_of

_ASKED = at("09:00", day_of(0))
_DUE = day_of(5)


def _question(**values: Any) -> Question:
    base = Question("q-1", "case", "st-1", "boss", "why?", "officer (mm)", 2, _ASKED, _DUE)
    return replace(base, **values)


def _answer(number: int, **values: Any) -> Answer:
    base = Answer("boss", is_explained=True, note="stock", author="lead (nn)",
                  answered_at=at("10:00", day_of(number)))  # fmt: skip
    return replace(base, **values)


_SENT = at("09:30", day_of(0))
_STATES = [
    ({}, 0, "unsent"),
    ({}, 9, "unsent"),
    ({"sent_at": _SENT}, -1, "unsent"),
    ({"sent_at": _SENT}, 0, "waiting"),
    ({"sent_at": _SENT}, 5, "waiting"),
    ({"sent_at": _SENT}, 6, "overdue"),
    ({"sent_at": _SENT, "answer": _answer(3)}, 2, "waiting"),
    ({"sent_at": _SENT, "answer": _answer(3)}, 3, "explained"),
    ({"sent_at": _SENT, "answer": _answer(3)}, 9, "explained"),
    ({"answer": _answer(3, is_explained=False)}, 3, "unexplained"),
    ({"sent_at": _SENT, "closed_at": at("10:00", day_of(3))}, 2, "waiting"),
    ({"sent_at": _SENT, "closed_at": at("10:00", day_of(3))}, 3, "closed"),
    ({"sent_at": _SENT, "closed_at": at("10:00", day_of(3)), "is_superseded": True}, 4,
     "superseded"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "number", "state"), _STATES)
def test_state_on_a_day(values: dict[str, Any], number: int, state: str) -> None:
    """By what had happened until its end, the day of the answer and of the letter included."""
    assert _question(**values).state_on(day_of(number)) == state


@pytest.mark.parametrize(
    ("values", "number", "is_pending"),
    [
        ({}, 5, True),
        ({}, 6, False),
        ({"sent_at": _SENT}, 5, True),
        ({"sent_at": _SENT}, 6, False),
        ({"answer": _answer(1)}, 2, False),
        ({"closed_at": _SENT}, 2, False),
    ],
)
def test_nobody_asks_again_before_the_day_is_over(
    values: dict[str, Any], number: int, is_pending: bool
) -> None:
    """Neither where the letter did not go out yet, nor where the answer is to come."""
    assert _question(**values).is_pending(day_of(number)) is is_pending


@pytest.mark.parametrize(
    ("values", "number", "raises"),
    [
        ({}, 9, False),
        ({"is_again": True}, 9, True),
        ({"sent_at": _SENT}, 5, False),
        ({"sent_at": _SENT, "is_again": True}, 5, True),
        ({"sent_at": _SENT}, 6, True),
        ({"answer": _answer(1)}, 2, False),
        ({"answer": _answer(1), "is_again": True}, 2, False),
        ({"answer": _answer(1, is_explained=False)}, 2, True),
        ({"closed_at": _SENT, "is_again": True}, 2, False),
    ],
)
def test_what_raises_a_case(values: dict[str, Any], number: int, raises: bool) -> None:
    """No answer in time, none that explains, or one of these before a question that still waits."""
    assert _question(**values).raises_on(day_of(number)) is raises


@pytest.mark.parametrize(
    ("sent", "reply_by"),
    [((0, "23:59"), 5), ((1, "00:00"), 6), ((3, "12:00"), 8), ((-1, "12:00"), 5)],
)
def test_days_to_answer_count_from_the_letter(sent: tuple[int, str], reply_by: int) -> None:
    """A letter that goes out days later leaves as many days, by the clock of the question."""
    number, clock = sent
    went_out = at(clock, day_of(number))
    after = _question().when_sent(went_out.astimezone(dt.UTC))
    assert after.reply_by == day_of(reply_by)
    assert after.sent_at == went_out
    assert after.sent_at.tzinfo is _ASKED.tzinfo
    assert after.when_sent(at("09:00", day_of(20))) is after


def test_an_answer_is_late_after_the_day_itself() -> None:
    """On the day it is in time; without one nothing is late yet."""
    assert not _question().is_late
    assert not _question(answer=_answer(5)).is_late
    assert _question(answer=_answer(6)).is_late


@pytest.mark.parametrize(
    ("answer", "is_by_asker"),
    [
        (None, False),
        (_answer(1), False),
        (_answer(1, author="Other Name (MM)"), True),
        (_answer(1, author="officer (mm)", answered_by=ASSIGNMENTS), False),
    ],
)
def test_one_person_who_asks_and_enters_the_answer(
    answer: Answer | None, is_by_asker: bool
) -> None:
    """By the account; an entry in a list was written by others."""
    assert _question(answer=answer).is_by_asker is is_by_asker


def test_a_question_is_open_until_it_is_answered_or_closed() -> None:
    """Either settles it."""
    assert _question().is_open
    assert not _question(answer=_answer(1)).is_open
    assert not _question(closed_at=_SENT).is_open
    assert _question(asked_at=at("23:30", day_of(2))).asked_on == day_of(2)


def test_a_question_in_json() -> None:
    """With the answer or without; its state is that of the day."""
    told = _question(sent_at=_SENT).as_json(day_of(6))
    assert (told["state"], told["answered_at"], told["answer"]) == ("overdue", None, None)
    told = _question(answer=_answer(6, author="x (mm)")).as_json(day_of(6))
    assert told == {
        "question_id": "q-1",
        "case_id": "case",
        "state": "explained",
        "manager": "boss",
        "asked_at": "2026-11-19T00:00:00.000000Z",
        "asked_by": "officer (mm)",
        "reply_by": "2026-11-24",
        "note": "why?",
        "findings": 2,
        "answered_at": "2026-11-25T01:00:00.000000Z",
        "answered_by": "boss",
        "answer": "stock",
        "entered_by": "x (mm)",
        "is_late": True,
        "is_by_asker": True,
    }


def _act(number: int, act: CaseAct, reference: str | None = "q-1", **values: Any) -> CaseDecision:
    base = CaseDecision(
        "case", "user", "st-1", act, None, None, None, None, 2, "officer (mm)",
        at("09:00", day_of(number)), reference,
    )  # fmt: skip
    if act == "asked":
        due = day_of(number + 5)
        base = replace(base, due_on=due, person="boss", note="why?", finding_ids=["f", "g"])
    return replace(base, **values)


def _closed(number: int) -> CaseDecision:
    return _act(number, "closed", None)


def _answered(number: int, reference: str = "q-1", *, is_explained: bool = True) -> CaseDecision:
    verdict = "explained" if is_explained else "unexplained"
    return _act(number, "answered", reference, verdict=verdict, person="boss", note="stock")


def test_a_question_is_read_from_its_decision() -> None:
    """As it was asked, with the findings that it is about."""
    (one,) = questions_in([_act(0, "asked")])
    assert one == _question(finding_ids=frozenset({"f", "g"}))
    (without,) = questions_in([_act(0, "asked", finding_ids=None)])
    assert without.finding_ids == frozenset()
    assert questions_in([]) == ()


@pytest.mark.parametrize("lacking", ["question_id", "person", "due_on"])
def test_what_is_no_whole_question_is_none(lacking: str) -> None:
    """Each needs a reference, somebody to ask and a day; letters and answers of none are none."""
    broken = _act(0, "asked", **{} if lacking == "question_id" else {lacking: None})
    if lacking == "question_id":
        broken = replace(broken, question_id=None)
    assert questions_in([broken, _act(1, "sent"), _answered(2)]) == ()


def test_letter_answer_and_closing_belong_to_the_question() -> None:
    """A comment or an owner changes nothing of it, nor what is about another case."""
    acts = [_act(0, "asked"), _act(2, "sent"), _act(3, "commented"), _act(3, "assigned")]
    (one,) = questions_in([*acts, replace(_closed(3), case_id="other")])
    assert (one.sent_at, one.reply_by) == (at("09:00", day_of(2)), day_of(7))
    assert one.is_open
    (answered,) = questions_in([*acts, _answered(4)])
    assert answered.answer == Answer(
        "boss", is_explained=True, note="stock", author="officer (mm)",
        answered_at=at("09:00", day_of(4)),
    )  # fmt: skip
    (empty,) = questions_in([*acts, replace(_answered(4), person=None, note=None)])
    assert empty.answer is not None
    assert (empty.answer.answered_by, empty.answer.note) == ("", "")
    (closed,) = questions_in([*acts, _closed(4), _closed(5)])
    assert closed.closed_at == at("09:00", day_of(4))
    assert not closed.is_superseded
    (late,) = questions_in([*acts, _closed(4), _answered(6)])
    assert late.answer is not None
    assert late.closed_at is None
    (both,) = questions_in([*acts, _answered(4), _closed(5)])
    assert both.closed_at is None


def test_asking_again_supersedes_the_question_before() -> None:
    """Of the same case alone; the oldest is first."""
    other = _act(0, "asked", "q-0", case_id="other")
    first, one, two = questions_in([other, _act(1, "asked"), _act(2, "asked", "q-2")])
    assert first.is_open
    assert (one.is_superseded, one.closed_at) == (True, two.asked_at)
    assert two.is_open
    assert [first.question_id, one.question_id, two.question_id] == ["q-0", "q-1", "q-2"]


@pytest.mark.parametrize(
    ("between", "again_on", "is_again"),
    [
        ([_act(0, "sent")], 5, False),
        ([_act(0, "sent")], 6, True),
        ([], 9, False),
        ([_act(0, "sent"), _closed(7)], 9, False),
        ([_act(0, "sent"), _answered(3)], 9, False),
        ([_act(0, "sent"), _answered(3, is_explained=False)], 4, True),
        ([_answered(3, is_explained=False), _answered(4)], 5, False),
        ([_answered(3, is_explained=False), _closed(4)], 5, False),
        ([_answered(3, is_explained=False), _act(3, "commented", None)], 5, True),
    ],
)
def test_a_question_is_asked_again(
    between: list[CaseDecision], again_on: int, is_again: bool
) -> None:
    """Where the one before had no answer in time or none that explained, and nothing was closed."""
    acts = [_act(0, "asked"), *between, _act(again_on, "asked", "q-2")]
    assert questions_in(acts)[-1].is_again is is_again
    elsewhere = [*acts[:-1], replace(acts[-1], case_id="other")]
    assert not questions_in(elsewhere)[-1].is_again
