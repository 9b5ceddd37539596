"""The register of questions to managers about cases: who was asked, when, what they answered."""

from collections import Counter
from collections.abc import Sequence

from pipelines.audit.questions import AuditedQuestion
from pipelines.audit.writer import AuditWriter
from pipelines.triage.cases.questions import QuestionState
from pipelines.worksheet.document import Cell, Mark, Part, Value

ROWS_SHOWN = 120
_TONES: dict[QuestionState, str] = {
    "unsent": "doubt",
    "waiting": "unchecked",
    "overdue": "nothing",
    "explained": "complete",
    "unexplained": "doubt",
    "closed": "unchecked",
    "superseded": "unchecked",
}


def questions_part(questions: Sequence[AuditedQuestion], writer: AuditWriter) -> Part:
    """Return the section; of many questions the latest are shown, `audit.json` has all."""
    sentence = writer.sentence
    states = Counter(one.state for one in questions)
    lead = [sentence("questions.lead", n=len(questions))]
    lead += [sentence(f"questions.count.{state}", n=n) for state, n in sorted(states.items())]
    by_asker = sum(_is_by_asker(one) for one in questions)
    if by_asker:
        lead.append(sentence("questions.count.by_asker", n=by_asker))
    rows = [_row(one, writer) for one in reversed(questions[-ROWS_SHOWN:])]
    return Part(
        "questions",
        sentence("questions.heading"),
        tuple(lead),
        (writer.table("questions.columns", rows, kind="reviews"),) if rows else (),
        (*writer.cut(len(questions) - ROWS_SHOWN), sentence("questions.note")),
    )


def _row(one: AuditedQuestion, writer: AuditWriter) -> tuple[Cell, ...]:
    asked, given = one.question, one.question.answer
    return (
        Value(asked.question_id),
        Value(asked.case_id),
        writer.local(asked.asked_at),
        Value(asked.author),
        Value(asked.manager),
        writer.local(one.question.sent_at) if one.question.sent_at else "–",
        asked.reply_by.isoformat(),
        Mark(_state(one, writer), _TONES[one.state]),
        writer.local(given.answered_at) if given else "–",
        Value(given.answered_by) if given else "–",
        Value(given.note) if given else "–",
    )


def _state(one: AuditedQuestion, writer: AuditWriter) -> str:
    state = writer.sentence(f"questions.state.{one.state}")
    if one.state in {"explained", "unexplained"} and one.question.is_late:
        state = writer.sentence("questions.late", state=state)
    return writer.sentence("questions.by_asker", state=state) if _is_by_asker(one) else state


def _is_by_asker(one: AuditedQuestion) -> bool:
    return one.state in {"explained", "unexplained"} and one.question.is_by_asker
