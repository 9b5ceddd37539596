"""Asking a person's manager for the reason, and what was answered (docs/cases.md).

Here a question is put down, and an answer taken; `pipelines.asking` sends the question. So a
question is never lost: one that cannot be sent now is sent by a later night.
"""

import datetime as dt
import logging
import secrets
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines import lake
from pipelines.context.directory import usual_ids
from pipelines.context.load import subject_key
from pipelines.context.read import ContextRead
from pipelines.errors import UsageError
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.records import Records, Series, account
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text
from pipelines.triage.cases.decisions import CaseDecision, insert_decisions
from pipelines.triage.cases.lookup import (
    decision_on,
    due_day,
    findings_of_case,
    found_cases,
    still_open,
)
from pipelines.triage.cases.managers import manager_to_ask
from pipelines.triage.cases.questions import ASSIGNMENTS, Question, read_questions
from pipelines.triage.channel import COMMAND_LINE, Channel
from pipelines.triage.commands import Word, put_down
from pipelines.triage.own import accounts_about, is_named
from pipelines.triage.suppressions import is_one_of

log = logging.getLogger(__name__)

_REFERENCE_BYTES = 6


@dataclass(frozen=True)
class _Given:
    """An answer as it is put down: who gave it, who entered it, and when."""

    question: Question
    answered_by: str
    note: str
    author: str
    at: dt.datetime
    is_explained: bool


def ask(
    home: Home,
    settings: Settings,
    case_id: str,
    reply_by: dt.date | None,
    note: str | None,
    author: str,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> Question:
    """Put down a question about a case to the manager of its person; return it, not yet sent.

    The answer is due at the end of the day `reply_by`, by default `deliver.questions.reply_days`
    from today.

    Raises:
        UsageError: settings name no mail server, no such case, nothing open in it, it is about no
            person or about the author, nobody can be asked, or an answer is still waited for;
            nothing is asked then.
        MimamoriError: it cannot be put on record; nothing is asked then.
    """
    require_text("--author", author, LONGEST_NAME)
    if note:
        require_text("--note", note, LONGEST_NOTE)
    if settings.deliver is None or settings.deliver.email is None:
        raise UsageError(message("triage.questions.no_mail_server", at="deliver.email"))
    today = clock().astimezone(settings.zone).date()
    usual_days = settings.deliver.questions.reply_days
    day = due_day(reply_by, today, usual_days, "--reply-by")
    with channel.opening(home, settings.timezone) as con:
        (case,) = still_open(con, settings, [case_id], today)
        about = accounts_about(con, [case_id])
        if is_one_of(about, author):
            raise UsageError(message("triage.cases.own_case", at=case_id))
        asked = case.question
        if asked is not None and asked.is_pending(today):
            at = f"{case_id} {asked.question_id}"
            text = message("triage.questions.already_asked", at=at, reply_by=asked.reply_by)
            raise UsageError(text)
        manager = manager_to_ask(con, case, about, today, author)
        decided_at = clock()  # once nobody else decides
        question_id = f"q-{secrets.token_hex(_REFERENCE_BYTES)}"
        made = decision_on(
            case, "asked", author, decided_at, note=note, due_on=day, question_id=question_id,
            person=manager.user_id,
            finding_ids=[
                one.finding_id for one in findings_of_case(con, case_id, today, is_open=True)
            ],
        )  # fmt: skip
        with lake.transaction(con):
            insert_decisions(con, [made])
            records = Records(home)
            told = {
                "cases": [case_id],
                "question": question_id,
                "manager": f"#{records.hashed(manager.user_id)}",
                "reply_by": day.isoformat(),
                "by": author,
            }
            records.append(Series.DECISIONS, channel.act("cases ask", told, 1), decided_at)
        return read_questions(con, [case_id])[-1]


def answer(
    home: Home,
    settings: Settings,
    case_id: str,
    answered_by: str,
    note: str,
    author: str,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
    *,
    is_explained: bool,
) -> Question:
    """Put down what was answered to the last question about a case; return the question.

    An answer that explains closes what was asked about and is still open, with the answer for a
    reason; to a question that was closed meanwhile it closes nothing.

    Raises:
        UsageError: no such case, no question about it, an answer to the last one already,
            nothing to read in the answer, or one that is given or entered by whom the case is
            about; nothing is put down then.
        MimamoriError: it cannot be put on record; nothing is put down then.
    """
    require_text("--author", author, LONGEST_NAME)
    require_text("--by", answered_by, LONGEST_NAME)
    require_text("--note", note, LONGEST_NOTE)
    today = clock().astimezone(settings.zone).date()
    with channel.opening(home, settings.timezone) as con:
        asked = read_questions(con, [case_id])
        if not asked or asked[-1].answer is not None:
            found_cases(con, settings, [case_id], today)
            raise UsageError(message("triage.questions.nothing_asked", at=case_id))
        about = {asked[-1].actor, *accounts_about(con, [case_id])}
        if is_one_of(about, answered_by) or is_named(con, about, answered_by):
            raise UsageError(message("triage.questions.own_answer", at="--by"))
        if is_one_of(about, author):
            raise UsageError(message("triage.cases.own_case", at=case_id))
        given = _Given(asked[-1], answered_by, note, author, clock(), is_explained)
        found = _asked_about(con, given.question, today)
        _take(con, home, settings, given, found, channel)
        return read_questions(con, [case_id])[-1]


def take_answers(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    reads: Mapping[str, ContextRead],
    clock: Callable[[], dt.datetime],
) -> int:
    """Take the answers that stand in `context.assignments`; return how many cases they closed.

    An entry answers a question whose reference is in its `reason`, if it is for the person of the
    case, or for a team of theirs, and covers a finding asked about. The findings are closed where
    all of them that are open are covered by such entries together.
    """
    listed = reads.get("assignments")
    questions = [one for one in read_questions(con) if one.is_open]
    if listed is None or listed.problem is not None or not questions:
        return 0
    today = clock().astimezone(settings.zone).date()
    usual, teams = usual_ids(con), _teams(reads)
    closed = 0
    for question in questions:
        entries = [
            one
            for one in listed.entries
            if question.question_id in unicodedata.normalize("NFKC", str(one["reason"])).casefold()
        ]
        if not entries:
            continue
        found = _asked_about(con, question, today)
        fitting = [
            one
            for one in entries
            if _is_for(one, question.actor, usual, teams)
            and any(_covers(one, finding) for finding in found)
        ]
        if not fitting:
            log.warning(
                "question %s: an entry of %s names it and does not answer it: it is for another"
                " person, site or subject, or does not last over a finding that was asked about",
                question.question_id,
                ASSIGNMENTS,
            )
            continue
        covered = [one for one in found if any(_covers(entry, one) for entry in fitting)]
        closing = found if len(covered) == len(found) else []
        reason = str(fitting[0]["reason"])
        given = _Given(question, ASSIGNMENTS, reason, account(), clock(), is_explained=True)
        _take(con, home, settings, given, closing, COMMAND_LINE)
        closed += bool(closing)
    return closed


def _take(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    given: _Given,
    found: Sequence[Finding],
    channel: Channel,
) -> None:
    """Write an answer, on record, in one transaction; one that explains closes `found`."""
    question = given.question
    verdict = "explained" if given.is_explained else "unexplained"
    row = CaseDecision(
        question.case_id, "user", question.actor, "answered", None, None, verdict, given.note,
        len(found), given.author, given.at, question.question_id, given.answered_by,
    )  # fmt: skip
    closes = given.is_explained and bool(found)
    on = given.at.astimezone(settings.zone).date()
    every = findings_of_case(con, question.case_id, on, is_open=True)
    made = [row]
    if closes and len(every) == len(found):  # else its owner keeps what is still open
        made.append(replace(row, act="closed", question_id=None, person=None))
    with lake.transaction(con):
        if closes:
            word = Word("closed", given.author, "explained", given.note)
            put_down(con, settings, found, word, given.at)
        insert_decisions(con, made)
        records = Records(home)
        about = {
            "cases": [question.case_id],
            "question": question.question_id,
            "answer": verdict,
            "answered_by": f"#{records.hashed(given.answered_by)}",
            "by": given.author,
        }
        act = channel.act("cases answer", about, len(found) if closes else 0)
        records.append(Series.DECISIONS, act, given.at)


def _teams(reads: Mapping[str, ContextRead]) -> dict[str, set[str]]:
    """The members of each team, as the list has them."""
    listed = reads.get("teams")
    found: dict[str, set[str]] = {}
    for one in () if listed is None else listed.entries:
        found.setdefault(str(one["team"]), set()).add(str(one["user"]))
    return found


def _asked_about(
    con: duckdb.DuckDBPyConnection, question: Question, today: dt.date
) -> list[Finding]:
    """The open findings that a question is about; none once it is closed."""
    if not question.is_open:
        return []
    found = findings_of_case(con, question.case_id, today, is_open=True)
    return [one for one in found if one.finding_id in question.finding_ids]


def _is_for(
    entry: Mapping[str, object],
    actor: str,
    usual: Mapping[str, str],
    teams: Mapping[str, Collection[str]],
) -> bool:
    """Whether an entry is for the person of a case, or for a team of theirs."""
    users = {entry["user"]} if entry["user"] else teams.get(str(entry["team"]), ())
    return actor in {usual.get(str(one), one) for one in users}


def _covers(entry: Mapping[str, object], finding: Finding) -> bool:
    """Whether an entry lasts over a finding and is for its site and for all of its subjects.

    A finding lists its first subjects alone, so an entry for one covers a finding of one.
    """
    begin, end = entry["from_at"], entry["to_at"]
    if not isinstance(begin, dt.datetime) or not isinstance(end, dt.datetime):
        return False
    if entry["site"] is not None and entry["site"] != finding.site_id:
        return False
    if entry["subject"] is not None:
        listed = finding.evidence.get("subjects")
        keys = {subject_key(str(one)) for one in listed} if isinstance(listed, list) else set()
        if finding.subject_count > 1 or keys != {subject_key(str(entry["subject"]))}:
            return False
    return begin <= finding.first_seen and finding.last_seen <= end
