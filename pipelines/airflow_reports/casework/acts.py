"""What a form asks for is done by the functions of the command line, in the name of the visitor."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import Literal, cast, get_args

import duckdb

from pipelines.airflow.deployment import secret
from pipelines.airflow_reports.casework.forms import Form, line_of
from pipelines.airflow_reports.casework.versions import (
    CaseState,
    ChangedError,
    case_version,
    day_version,
    opening_unless_changed,
)
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.audit.reviews import review_days, sign
from pipelines.errors import MimamoriError, UsageError
from pipelines.findings import Finding
from pipelines.night.deliveries import Outside, send_question
from pipelines.text.messages import message
from pipelines.triage.cases import commands as cases
from pipelines.triage.cases.ask import answer, ask
from pipelines.triage.channel import Channel
from pipelines.triage.commands import Word, decide, suppress
from pipelines.triage.decisions import Verdict

log = logging.getLogger(__name__)

CaseAct = Literal[
    "acknowledge", "answer", "ask", "assign", "close", "comment", "reopen", "suppress"
]
ACTS: tuple[CaseAct, ...] = get_args(CaseAct)


def act_on_case(
    visit: Visit, act: CaseAct, state: CaseState, finding: Finding | None, form: Form
) -> None:
    """Do what a form asks for about a case, or about one `finding` of it.

    A finding on a card of several days stands for all of them, but for a suppression, which is of
    its detector, actor and site. `state` is the case as the page showed it.

    Raises:
        UsageError: something is missing in the form, or a rule forbids it; nothing is done then.
        ChangedError: the case is not as the page showed it; nothing is done then.
        LakeBusyError: a night, or somebody else, is writing.
        MimamoriError: it cannot be put on record; nothing is done then.
    """
    case_id = state.history.case.case_id
    if form.get("version") != state.version:
        raise ChangedError

    def version_now(con: duckdb.DuckDBPyConnection) -> str:
        return case_version(con, case_id, visit.today)

    channel = Channel(visit.author, opening_unless_changed(state.version, version_now))
    note = line_of(form, "note")
    author, clock = visit.author, _clock(visit)
    home, settings = visit.home, visit.settings
    match act:
        case "comment":
            cases.comment(home, settings, case_id, note, author, clock, channel)
        case "assign":
            owner, due_on = line_of(form, "owner"), _day_in(form, "due")
            given = note or None
            cases.assign(home, settings, [case_id], owner, due_on, given, author, clock, channel)
        case "close" if finding is None:
            verdict = _verdict_in(form)
            cases.close(home, settings, [case_id], verdict, note, author, clock, channel)
        case "ask":
            reply_by = _day_in(form, "due")
            asked = ask(home, settings, case_id, reply_by, note or None, author, clock, channel)
            _send(visit, asked.question_id)
        case "answer":
            by, is_explained = line_of(form, "answered_by"), _outcome_in(form)
            answer(
                home, settings, case_id, by, note, author, clock, channel,
                is_explained=is_explained,
            )  # fmt: skip
        case "suppress":
            until = _day_in(form, "until")
            if finding is None or until is None:
                raise UsageError(message("airflow_reports.casework.until_missing"))
            suppress(home, settings, finding.finding_id, note, author, until, clock, channel)
        case _:
            chosen = _meant(state, act) if finding is None else _together(state, act, finding)
            word = _word(act, author, form, note)
            ids = [one.finding_id for one in chosen]
            decide(home, settings, ids, word, clock, channel)


def sign_day(visit: Visit, on: dt.date, form: Form) -> None:
    """Sign the report of a day as the page showed it.

    Raises:
        UsageError, ChangedError, LakeBusyError, MimamoriError: as `act_on_case`.
    """

    def version_now(con: duckdb.DuckDBPyConnection) -> str:
        return day_version(review_days(con, [on])[0])

    channel = Channel(visit.author, opening_unless_changed(form.get("version", ""), version_now))
    note = line_of(form, "note") or None
    sign(visit.home, visit.settings, [on], visit.author, note, _clock(visit), channel)


def reopened_with(state: CaseState) -> Sequence[Finding]:
    """Return what is open again when a case is reopened: what its last closing closed.

    Where that closed none of what is closed now, it is all of it; retention may have taken the
    decisions about a finding.
    """
    closed = [one for one in state.history.closed if one.status == "closed"]
    closings = [one.decided_at for one in state.history.decisions if one.act == "closed"]
    with_case = [
        one
        for one in closed
        if closings
        and any(
            said.decided_at == closings[-1] for said in state.decisions.get(one.finding_id, ())[-1:]
        )
    ]
    return with_case or closed


def _meant(state: CaseState, act: CaseAct) -> Sequence[Finding]:
    if act == "acknowledge":
        found = [one for one in state.history.findings if one.status == "new"]
    else:
        found = list(reopened_with(state))
    if not found:
        raise UsageError(message("airflow_reports.casework.nothing_to_do"))
    return found


def _together(state: CaseState, act: CaseAct, finding: Finding) -> Sequence[Finding]:
    """The days of the silence that a finding stands for on the page; any other alone."""
    group = next(one for one in state.groups if finding in one)
    chosen = [one for one in group if act != "acknowledge" or one.status == "new"]
    return chosen or (finding,)


def _word(act: CaseAct, author: str, form: Form, note: str) -> Word:
    if act == "close":
        if not note:
            raise UsageError(message("airflow_reports.casework.reason_missing"))
        return Word("closed", author, _verdict_in(form), note)
    return Word("acknowledged" if act == "acknowledge" else "new", author, None, note or None)


def _send(visit: Visit, reference: str) -> None:
    """Send a question that is put down; what cannot be sent now goes out with the next night."""
    outside = Outside(secret, _clock(visit), is_airflow=True)
    try:
        send_question(visit.settings, visit.home, reference, outside, is_quick=True)
    except (MimamoriError, duckdb.Error):
        log.exception("question %s was put down, and not sent yet", reference)


def _outcome_in(form: Form) -> bool:
    given = form.get("outcome", "")
    if given not in {"explained", "unexplained"}:
        raise UsageError(message("airflow_reports.casework.outcome_missing"))
    return given == "explained"


def _verdict_in(form: Form) -> Verdict:
    given = form.get("verdict", "")
    if given not in get_args(Verdict):
        raise UsageError(message("airflow_reports.casework.verdict_missing"))
    return cast("Verdict", given)


def _day_in(form: Form, name: str) -> dt.date | None:
    given = form.get(name, "")
    if not given:
        return None
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        raise UsageError(message("airflow_reports.casework.no_day")) from None


def _clock(visit: Visit) -> Callable[[], dt.datetime]:
    return lambda: visit.at
