"""The questions to managers about cases that an audited month has to do with."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.asking.send import as_sent
from pipelines.deliver.ledger import Ledger
from pipelines.findings import rfc3339
from pipelines.text.month import Month
from pipelines.triage.cases.questions import Question, QuestionState, read_questions


@dataclass(frozen=True)
class AuditedQuestion:
    """A question as the register has it on a day."""

    question: Question
    on: dt.date

    @property
    def state(self) -> QuestionState:
        """How it stands on that day."""
        return self.question.state_on(self.on)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        sent_at = self.question.sent_at
        sent = sent_at and rfc3339(sent_at)
        return self.question.as_json(self.on) | {"sent_at": sent}


def questions_of(
    con: duckdb.DuckDBPyConnection, ledger: Ledger, month: Month, today: dt.date
) -> tuple[AuditedQuestion, ...]:
    """Return the questions that were asked or answered in a month, or were open in it.

    Raises:
        MimamoriError: the ledger of deliveries cannot be used.
    """
    on = min(month.last, today)
    found = [
        one
        for one in read_questions(con)
        if one.asked_on <= on and (one.asked_on >= month.first or _lasted(one, month.first))
    ]
    return tuple(AuditedQuestion(as_sent(one, ledger), on) for one in found)


def _lasted(one: Question, first: dt.date) -> bool:
    """Whether an earlier question was still open on a day."""
    ended = one.answer.answered_at if one.answer else one.closed_at
    return ended is None or ended.date() >= first
