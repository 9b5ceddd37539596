"""A case as its page shows it: what was found, what decided, what people said, and the forms."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from pipelines.airflow_reports.casework.acts import reopened_with
from pipelines.airflow_reports.casework.case_top import (
    DayLink,
    SearchView,
    closed_as,
    day_links,
    said_of,
    search_view,
    worksheet_links,
)
from pipelines.airflow_reports.casework.finding_cards import FindingCard, finding_card
from pipelines.airflow_reports.casework.history import (
    ID_LIMIT,
    HistoryRow,
    history_rows,
    titles_in_words,
)
from pipelines.airflow_reports.casework.versions import CaseState
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.asking.send import as_sent
from pipelines.deliver.ledger import Ledger
from pipelines.findings import gravest
from pipelines.report.case_words import (
    days_in_words,
    owner_in_words,
    rise_in_words,
)
from pipelines.report.site_label import actor_label, sites_in_words
from pipelines.settings.delivery import Questions
from pipelines.settings.names import SECURITY
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.text.words import Words
from pipelines.triage.cases.commands import DUE_DAYS
from pipelines.triage.cases.questions import Question, QuestionState, questions_in
from pipelines.triage.cases.read import Case
from pipelines.triage.suppressions import LONGEST_DAYS, is_one_of

FINDINGS_IN_FULL = 20
FINDINGS_SHOWN = 200
HISTORY_SHOWN = 200
_PATIENCE_SECONDS = 2.0
_TONES: dict[QuestionState, str] = {
    "unsent": "medium",
    "waiting": "medium",
    "overdue": "high",
    "explained": "ok",
    "unexplained": "high",
    "closed": "info",
    "superseded": "info",
}


@dataclass(frozen=True)
class QuestionView:
    """The last question to the manager; `answered` empty while there is no answer."""

    state: str
    tone: str
    asked: str
    sent: str
    answered: str
    by_asker: str
    answer: str


@dataclass(frozen=True)
class CaseView:
    """All that the page of a case shows to the role `security`; `is_own` is about the visitor."""

    case_id: str
    said: str
    searches: SearchView | None
    day_links: tuple[DayLink, ...]
    worksheets: tuple[DayLink, ...]
    first_finding: str
    version: str
    severity: str
    severity_label: str
    actor_kind: str
    actor: str
    person: str
    state: str
    state_label: str
    risk: str
    rise: str
    owner: str
    is_overdue: bool
    since: str
    days: str
    sites: str
    titles: str
    open_cards: tuple[FindingCard, ...]
    closed_cards: tuple[FindingCard, ...]
    cut: int
    open_findings: int
    closed_findings: int
    question: QuestionView | None
    history: tuple[HistoryRow, ...]
    history_cut: int
    new_findings: int
    reopened: int
    is_own: bool
    may_ask: bool
    may_answer: bool

    def offers(self, act: str, finding_id: str) -> bool:
        """Return whether the page has a form of an act, about a finding or (empty) the case."""
        if finding_id:
            cards = (*self.open_cards, *self.closed_cards)
            card = next((one for one in cards if one.finding_id == finding_id), None)
            if card is None:
                return False
            if act == "acknowledge":
                return card.status == "new"
            return card.is_open if act in {"close", "suppress"} else not card.is_open
        of_case = {
            "acknowledge": self.new_findings > 0,
            "answer": self.may_answer,
            "ask": self.may_ask,
            "assign": self.open_findings > 0,
            "close": self.open_findings > 0,
            "comment": True,
            "reopen": self.open_findings == 0 and self.reopened > 0,
        }
        return of_case.get(act, False)


def case_view(visit: Visit, state: CaseState) -> CaseView:
    """Return the view of a case as of the last examined day."""
    words, case = visit.words, state.history.case
    history = history_rows(words, state)
    since = since_in_words(words, case.opened_on, visit.today)
    settled = [one.severity for one in state.history.closed]
    severity = case.severity
    if not case.findings and settled:
        severity = gravest(settled)
    dates = [one.date for one in state.current]
    questions = questions_in(state.history.decisions)
    last = questions[-1] if questions else None
    groups = state.groups
    cards = [
        finding_card(visit, group, state.names, is_full=number < FINDINGS_IN_FULL)
        for number, group in enumerate(groups[:FINDINGS_SHOWN])
    ]
    return CaseView(
        case_id=case.case_id,
        said=said_of(words, state, since),
        searches=search_view(
            visit, (case.actor_kind, case.actor), dates, state.current, case.case_id
        ),
        day_links=day_links(visit, dates),
        version=state.version,
        severity=severity,
        severity_label=words(f"severity.{severity}"),
        actor_kind=words(f"actor_kind.{case.actor_kind}"),
        actor=actor_label(words, case.actor_kind, case.actor, state.names, ID_LIMIT),
        person=visible(state.person, SUMMARY_LIMIT),
        state=case.state,
        state_label=closed_as(words, state) or words(f"work.state.{case.state}"),
        first_finding=state.findings[0].finding_id if state.findings else "",
        worksheets=worksheet_links(visit, state.findings),
        risk=words.number(round(case.risk)) if case.findings else "",
        rise=rise_in_words(words, case),
        owner=owner_in_words(words, case) if case.findings else "",
        is_overdue=case.is_overdue(visit.today),
        since=since,
        days=days_in_words(words, [one.on for one in case.course]) if case.course else "",
        sites=sites_in_words(words, case.site_ids, state.names),
        titles=titles_in_words(words, case.detectors),
        open_cards=tuple(one for one in cards if one.is_open),
        closed_cards=tuple(one for one in cards if not one.is_open),
        cut=sum(map(len, groups[FINDINGS_SHOWN:])),
        open_findings=len(state.history.findings),
        closed_findings=len(state.history.closed),
        question=None if last is None else _question(visit, last),
        history=history[:HISTORY_SHOWN],
        history_cut=max(len(history) - HISTORY_SHOWN, 0),
        new_findings=sum(one.status == "new" for one in state.history.findings),
        reopened=len(reopened_with(state)),
        is_own=is_one_of(state.accounts, visit.author),
        may_ask=_may_ask(visit, case),
        may_answer=last is not None and last.answer is None,
    )


def form_values(visit: Visit) -> dict[str, Any]:
    """Return what the forms of a case begin with: possible owners, usual and last days."""
    members = visit.access[SECURITY].members if SECURITY in visit.access else ()
    return {
        "owners": tuple(dict.fromkeys((visit.name, *members))),
        "today": visit.today,
        "due": visit.today + dt.timedelta(days=DUE_DAYS),
        "reply_by": visit.today + dt.timedelta(days=_reply_days(visit)),
        "last_until": visit.today + dt.timedelta(days=LONGEST_DAYS),
    }


def _reply_days(visit: Visit) -> int:
    target = visit.settings.deliver
    return (Questions() if target is None else target.questions).reply_days


def _may_ask(visit: Visit, case: Case) -> bool:
    """Whether somebody could be asked: a person's open case, mail, and no answer waited for."""
    target = visit.settings.deliver
    is_waiting = case.question is not None and case.question.is_pending(visit.today)
    has_mail = target is not None and target.email is not None
    return has_mail and case.actor_kind == "user" and case.findings > 0 and not is_waiting


def _question(visit: Visit, one: Question) -> QuestionView:
    one = as_sent(one, Ledger(visit.home, _PATIENCE_SECONDS))
    words, given, sent_at = visit.words, one.answer, one.sent_at
    state = one.state_on(visit.today)
    return QuestionView(
        state=words(f"work.question.{state}"),
        tone=_TONES[state],
        asked=words(
            "work.question.asked",
            manager=visible(one.manager, ID_LIMIT),
            author=visible(one.author, ID_LIMIT),
            at=words.moment(one.asked_at),
            due=one.reply_by.isoformat(),
            reference=one.question_id,
        ),
        sent=words("work.question.sent", at=words.moment(sent_at))
        if sent_at is not None
        else words("work.question.mail_unsent")
        if one.is_open
        else words("work.question.never_sent"),
        answered=""
        if given is None
        else words(
            "work.question.late" if one.is_late else "work.question.answered",
            by=visible(given.answered_by, ID_LIMIT),
            author=visible(given.author, ID_LIMIT),
            at=words.moment(given.answered_at),
        ),
        by_asker=words("work.question.by_asker") if one.is_by_asker else "",
        answer="" if given is None else given.note,
    )


def since_in_words(words: Words, opened_on: dt.date | None, today: dt.date) -> str:
    """Return since when something is open and for how many days; empty for what is not."""
    if opened_on is None:
        return ""
    return words("work.since", day=opened_on.isoformat(), n=(today - opened_on).days)
