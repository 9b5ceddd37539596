"""A case as its page shows it: what was found, what decided, what people said, and the forms."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.airflow_reports.casework.acts import reopened_with
from pipelines.airflow_reports.casework.versions import CaseState
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.report.case_words import days_in_words, owner_in_words
from pipelines.report.figures import Figure, figures_of
from pipelines.report.index import PAGE
from pipelines.report.rule_words import title_in
from pipelines.settings.names import SECURITY
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.triage.cases.commands import DUE_DAYS
from pipelines.triage.suppressions import LONGEST_DAYS, is_about

ID_LIMIT = 80
FINDINGS_IN_FULL = 20
FINDINGS_SHOWN = 200
HISTORY_SHOWN = 200
_FIGURES_FIRST = 3


@dataclass(frozen=True)
class FindingCard:
    """A finding with its evidence; `link` is empty where its day has no page."""

    finding_id: str
    link: str
    day: str
    severity: str
    severity_label: str
    title: str
    summary: str
    site: str
    when: str
    events: str
    people: str
    status: str
    status_label: str
    figures: tuple[Figure, ...]
    more_figures: tuple[Figure, ...]
    playbook: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True)
class HistoryRow:
    """What somebody said of the case or of findings in it; `at` is an aware instant."""

    at: dt.datetime
    author: str
    said: str
    note: str


@dataclass(frozen=True)
class CaseView:
    """All that the page of a case shows to the role `security`; `is_own` is about the visitor."""

    case_id: str
    version: str
    severity: str
    severity_label: str
    actor_kind: str
    actor: str
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
    history: tuple[HistoryRow, ...]
    history_cut: int
    new_findings: int
    reopened: int
    is_own: bool

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
        if act in {"assign", "close"}:
            return self.open_findings > 0
        if act == "acknowledge":
            return self.new_findings > 0
        return act == "comment" or (self.open_findings == 0 and self.reopened > 0)


def case_view(visit: Visit, state: CaseState) -> CaseView:
    """Return the view of a case as of the last examined day."""
    words, case = visit.words, state.history.case
    history = _history(words, state)
    shown = state.findings[:FINDINGS_SHOWN]
    cards = [
        _card(visit, one, is_full=number < FINDINGS_IN_FULL) for number, one in enumerate(shown)
    ]
    return CaseView(
        case_id=case.case_id,
        version=state.version,
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        actor_kind=words(f"actor_kind.{case.actor_kind}"),
        actor=visible(case.actor, ID_LIMIT),
        state=case.state,
        state_label=words(f"work.state.{case.state}"),
        risk=words.number(round(case.risk)),
        rise="" if case.rise is None else words(f"case.rise.{case.rise}"),
        owner=owner_in_words(words, case) if case.findings else "",
        is_overdue=case.is_overdue(visit.today),
        since=since_in_words(words, case.opened_on, visit.today),
        days=days_in_words(words, [one.on for one in case.course]) if case.course else "",
        sites=words("list_separator").join(visible(one, ID_LIMIT) for one in case.site_ids),
        titles=titles_in_words(words, case.detectors),
        open_cards=tuple(one for one in cards if one.is_open),
        closed_cards=tuple(one for one in cards if not one.is_open),
        cut=len(state.findings) - len(shown),
        open_findings=len(state.history.findings),
        closed_findings=len(state.history.closed),
        history=history[:HISTORY_SHOWN],
        history_cut=max(len(history) - HISTORY_SHOWN, 0),
        new_findings=sum(one.status == "new" for one in state.history.findings),
        reopened=len(reopened_with(state)),
        is_own=any(is_about(one, visit.author) for one in state.findings),
    )


def form_values(visit: Visit) -> dict[str, Any]:
    """Return what the forms of a case begin with: possible owners, usual and last days."""
    members = visit.access[SECURITY].members if SECURITY in visit.access else ()
    return {
        "owners": tuple(dict.fromkeys((visit.name, *members))),
        "today": visit.today,
        "due": visit.today + dt.timedelta(days=DUE_DAYS),
        "last_until": visit.today + dt.timedelta(days=LONGEST_DAYS),
    }


def title_of(words: Words, detector_id: str) -> str:
    """Return the title of a detector, or its id where it is none of today's."""
    detector = load_catalogue().get(detector_id)
    if detector is None:
        return visible(detector_id, ID_LIMIT)
    return detector.title.in_locale(words.language)


def titles_in_words(words: Words, detectors: Iterable[str]) -> str:
    """Return what was found, by the titles of the detectors."""
    titles = dict.fromkeys(title_of(words, one) for one in detectors)
    return words("list_separator").join(titles)


def since_in_words(words: Words, opened_on: dt.date | None, today: dt.date) -> str:
    """Return since when something is open and for how many days; empty for what is not."""
    if opened_on is None:
        return ""
    return words("work.since", day=opened_on.isoformat(), n=(today - opened_on).days)


def link_to_report(visit: Visit, on: dt.date, finding_id: str = "") -> str:
    """Return the address of a day's report, of a finding in it; empty where there is none."""
    if not Path(visit.home.reports, on.isoformat(), PAGE).is_file():
        return ""
    anchor = f"#f-{finding_id}" if finding_id else ""
    return f"{visit.root}{on.isoformat()}/{PAGE}{anchor}"


def _card(visit: Visit, finding: Finding, *, is_full: bool) -> FindingCard:
    words = visit.words
    detector = load_catalogue().get(finding.detector)
    figures = figures_of(words, detector, finding) if is_full else []
    playbook = detector.playbook if detector and is_full else ()
    return FindingCard(
        finding_id=finding.finding_id,
        link=link_to_report(visit, finding.date, finding.finding_id),
        day=words.iso_day(finding.date),
        severity=finding.severity,
        severity_label=words(f"severity.{finding.severity}"),
        title=title_in(finding) or title_of(words, finding.detector),
        summary=summary_in(finding, words.language, words.zone),
        site=visible(finding.site_id or "", ID_LIMIT),
        when=words.span(finding.first_seen, finding.last_seen),
        events=words("finding.events", n=finding.event_count),
        people=words("finding.subjects", n=finding.subject_count) if finding.subject_count else "",
        status=finding.status,
        status_label=words(f"status.{finding.status}"),
        figures=tuple(figures[:_FIGURES_FIRST]),
        more_figures=tuple(figures[_FIGURES_FIRST:]),
        playbook=tuple(step.in_locale(words.language) for step in playbook),
        is_open=finding.status in {"new", "acknowledged"},
    )


def _history(words: Words, state: CaseState) -> tuple[HistoryRow, ...]:
    """Decisions about the case and about its findings, the newest first.

    What one act said of several findings, or of a case and so of its findings, is one row.
    """
    rows = [
        HistoryRow(
            one.decided_at,
            visible(one.author, ID_LIMIT),
            _said(words, one.act, one.verdict, owner=one.owner, due_on=one.due_on),
            one.note or "",
        )
        for one in state.history.decisions
    ]
    closings = {one.decided_at for one in state.history.decisions if one.act == "closed"}
    of_findings: dict[tuple[dt.datetime, str, str, str | None, str], list[str]] = {}
    for finding in state.findings:
        for said in state.decisions.get(finding.finding_id, ()):
            if said.decided_at not in closings:
                key = (said.decided_at, said.author, said.status, said.verdict, said.note or "")
                of_findings.setdefault(key, []).append(finding.detector)
    rows += [
        HistoryRow(
            at,
            visible(author, ID_LIMIT),
            words("work.of_findings", said=_said(words, status, verdict), n=len(detectors))
            if len(detectors) > 1
            else words(
                "with_detail",
                text=_said(words, status, verdict),
                detail=titles_in_words(words, detectors),
            ),
            note,
        )
        for (at, author, status, verdict, note), detectors in of_findings.items()
    ]
    return tuple(sorted(rows, key=lambda one: one.at, reverse=True))


def _said(
    words: Words,
    act: str,
    verdict: str | None,
    *,
    owner: str | None = None,
    due_on: dt.date | None = None,
) -> str:
    said = words(f"work.said.{act}")
    details: Sequence[str] = ()
    if owner and due_on:
        details = (words("case.owner", owner=visible(owner, ID_LIMIT), due=due_on.isoformat()),)
    elif verdict:
        details = (words.known(f"triage_verdict.{verdict}", visible(verdict, ID_LIMIT)),)
    return words("with_detail", text=said, detail=details[0]) if details else said
