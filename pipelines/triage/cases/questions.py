"""Questions to the manager of a person about their case, and the answers: read from the decisions.

A question is open until it is answered, its case is closed, or somebody asks again. From the day
after the one by which an answer was asked for, an open question raises its case (docs/cases.md).
The days to answer count from the one on which the letter went out: nobody is late before.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import duckdb

from pipelines.findings import rfc3339
from pipelines.triage.cases.decisions import CaseDecision, decisions_with_questions
from pipelines.triage.suppressions import account_in

QuestionState = Literal[
    "unsent", "waiting", "overdue", "explained", "unexplained", "closed", "superseded"
]
ASSIGNMENTS = "context.assignments"
"""Stands for whoever answered by an entry in that list."""


@dataclass(frozen=True)
class Answer:
    """What was answered: by whom as it was entered, and who entered it."""

    answered_by: str
    is_explained: bool
    note: str
    author: str
    answered_at: dt.datetime


@dataclass(frozen=True)
class Question:
    """A question about a case; `manager` is the account of whom was asked, days are local ones.

    `finding_ids` are the findings that it is about. `is_again` is true where one before it had no
    answer in time, or none that explained, and the case was not closed since. `answer` is None
    while there is none, `closed_at` the instant at which the case was closed, or somebody asked
    again (`is_superseded`), before there was one. `sent_at` is when the letter went out, None where
    that is not known to the lake. Instants are in the connection's zone.
    """

    question_id: str
    case_id: str
    actor: str
    manager: str
    note: str | None
    author: str
    findings: int
    asked_at: dt.datetime
    reply_by: dt.date
    finding_ids: frozenset[str] = frozenset()
    is_again: bool = False
    answer: Answer | None = None
    closed_at: dt.datetime | None = None
    is_superseded: bool = False
    sent_at: dt.datetime | None = None

    @property
    def asked_on(self) -> dt.date:
        """The local day on which it was asked."""
        return self.asked_at.date()

    @property
    def is_open(self) -> bool:
        """True while an answer is still wanted."""
        return self.answer is None and self.closed_at is None

    @property
    def is_late(self) -> bool:
        """True where there is an answer that came after the day by which one was asked for."""
        return self.answer is not None and self.answer.answered_at.date() > self.reply_by

    @property
    def is_by_asker(self) -> bool:
        """True where whoever asked entered the answer too, so that one person alone vouches."""
        given = self.answer
        return (
            given is not None
            and given.answered_by != ASSIGNMENTS
            and account_in(given.author) == account_in(self.author)
        )

    def when_sent(self, at: dt.datetime) -> "Question":
        """Return the question as it is once its letter went out at the aware instant `at`.

        Where that is on a later day than the question, the answer is due as many days later. What
        the lake knows of the letter already stands.
        """
        if self.sent_at is not None:
            return self
        sent_at = at.astimezone(self.asked_at.tzinfo)
        later = dt.timedelta(days=max((sent_at.date() - self.asked_on).days, 0))
        return replace(self, sent_at=sent_at, reply_by=self.reply_by + later)

    def is_pending(self, day: dt.date) -> bool:
        """Return whether nobody may ask again yet: the letter or the answer is still to come."""
        state = self.state_on(day)
        return state == "waiting" or (state == "unsent" and self.reply_by >= day)

    def state_on(self, day: dt.date) -> QuestionState:
        """Return how the question stands at the end of a day, by what had happened until then."""
        if self.answer is not None and self.answer.answered_at.date() <= day:
            return "explained" if self.answer.is_explained else "unexplained"
        if self.closed_at is not None and self.closed_at.date() <= day:
            return "superseded" if self.is_superseded else "closed"
        if self.sent_at is None or self.sent_at.date() > day:
            return "unsent"
        return "overdue" if self.reply_by < day else "waiting"

    def raises_on(self, day: dt.date) -> bool:
        """Return whether its case is at least `high` on a day: no answer in time, or no reason."""
        state = self.state_on(day)
        return state in {"overdue", "unexplained"} or (
            state in {"unsent", "waiting"} and self.is_again
        )

    def as_json(self, day: dt.date) -> dict[str, Any]:
        """Return the question as JSON-ready values, as of a day."""
        given = self.answer
        return {
            "question_id": self.question_id,
            "case_id": self.case_id,
            "state": self.state_on(day),
            "manager": self.manager,
            "asked_at": rfc3339(self.asked_at),
            "asked_by": self.author,
            "reply_by": self.reply_by.isoformat(),
            "note": self.note,
            "findings": self.findings,
            "answered_at": given and rfc3339(given.answered_at),
            "answered_by": given and given.answered_by,
            "answer": given and given.note,
            "entered_by": given and given.author,
            "is_late": self.is_late,
            "is_by_asker": self.is_by_asker,
        }


def questions_in(decisions: Iterable[CaseDecision]) -> tuple[Question, ...]:
    """Return the questions among decisions that are in their order, the oldest first."""
    found: dict[str, Question] = {}
    unsettled: set[str] = set()  # cases
    for one in decisions:
        if one.act in {"asked", "closed"}:
            for key, asked in found.items():
                if asked.case_id == one.case_id and asked.is_open:
                    if asked.sent_at and asked.reply_by < one.decided_at.date():
                        unsettled.add(one.case_id)
                    found[key] = replace(
                        asked, closed_at=one.decided_at, is_superseded=one.act == "asked"
                    )
        if one.act == "closed":
            unsettled.discard(one.case_id)
        reference = one.question_id or ""
        if one.act == "asked" and reference and one.person and one.due_on:
            found[reference] = Question(
                reference, one.case_id, one.actor, one.person, one.note, one.author,
                one.findings, one.decided_at, one.due_on, frozenset(one.finding_ids or ()),
                one.case_id in unsettled,
            )  # fmt: skip
        elif one.act == "sent" and reference in found:
            found[reference] = found[reference].when_sent(one.decided_at)
        elif one.act == "answered" and reference in found:
            answer = _answer(one)
            found[reference] = replace(found[reference], answer=answer, closed_at=None)
            (unsettled.discard if answer.is_explained else unsettled.add)(one.case_id)
    return tuple(found.values())


def _answer(one: CaseDecision) -> Answer:
    return Answer(
        one.person or "", one.verdict == "explained", one.note or "", one.author, one.decided_at
    )


def read_questions(
    con: duckdb.DuckDBPyConnection, case_ids: Sequence[str] | None = None
) -> tuple[Question, ...]:
    """Return all questions, or those about some cases, the oldest first."""
    return questions_in(decisions_with_questions(con, case_ids))


def last_questions(con: duckdb.DuckDBPyConnection) -> dict[str, Question]:
    """Return the last question about each case that has any, by the case's id."""
    return {one.case_id: one for one in read_questions(con)}
