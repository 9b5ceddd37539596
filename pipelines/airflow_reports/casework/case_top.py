"""The top of a case's page, from which it can be decided: one sentence, whose data, where to look.

Searches are sent like any other, by a form with a token: no value of a person is in an address.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.airflow_reports.by_role import shop_page
from pipelines.airflow_reports.casework.history import ID_LIMIT
from pipelines.airflow_reports.casework.picks import SEARCH, picked
from pipelines.airflow_reports.casework.report_links import link_to_report
from pipelines.airflow_reports.casework.versions import CaseState
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding, gravest
from pipelines.report.evidence import parse
from pipelines.report.figures import saw_people, subjects_in_order, why_unusual
from pipelines.report.index import worksheet_name
from pipelines.search.question import DEFAULT_DAYS, Kind
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.triage.incidents import incident_id_of
from pipelines.triage.silences import by_silence

_KINDS: Mapping[str, Kind] = {"user": "account", "ip": "address"}
_SUBJECTS_SHOWN = 60
_DAYS_SHOWN = 60


@dataclass(frozen=True)
class Pick:
    """A button that searches: what it says, and what it sends."""

    name: str
    code: str


@dataclass(frozen=True)
class SearchView:
    """The searches that a case leads to, over its days; `subjects` are whose data it is about.

    `subjects_said` says how many of how many people they are; empty where none is named.
    """

    token: str
    first: str
    last: str
    actor: tuple[Pick, ...]
    subjects: tuple[Pick, ...]
    subjects_said: str


@dataclass(frozen=True)
class DayLink:
    """A day of a case; `link` is empty where it has no page."""

    day: str
    link: str


def said_of(words: Words, state: CaseState, since: str) -> str:
    """Return a case in one sentence: what was found, since when, its risk, why it is unusual.

    It is that of the gravest of its open findings, else of those that were closed, the newest of
    several; empty without any.
    """
    case, found = state.history.case, state.current
    if not found:
        return ""
    worst, *_ = min(by_silence(found), key=_gravity)
    others = len({one.detector for one in found}) - 1
    detector = load_catalogue().get(worst.detector)
    person = visible(state.person, ID_LIMIT)
    is_closed = not state.history.findings
    return words(
        "work.said_closed" if is_closed else "work.said_of",
        closed=closed_as(words, state) or words("work.state.closed") if is_closed else "",
        what=summary_in(worst, words.language, words.zone),
        person=words("work.said_person", person=person) if person else "",
        others=words("work.said_others", n=others) if others else "",
        since=since,
        risk=round(case.risk),
        severity=words(f"severity.{case.severity}"),
        why=why_unusual(words, detector, worst),
    )


def closed_as(words: Words, state: CaseState) -> str:
    """Return how a case without open findings ended, when and by whose word; else empty."""
    if state.history.findings:
        return ""
    said = [
        state.decisions[one.finding_id][-1]
        for one in state.history.closed
        if state.decisions.get(one.finding_id)
    ]
    judged = [one for one in said if one.verdict]
    if not judged:
        return ""
    last = max(judged, key=lambda one: one.decided_at)
    return words(
        "work.closed_as",
        verdict=words.known(f"triage_verdict.{last.verdict}", last.verdict or ""),
        at=words.moment(last.decided_at),
        author=visible(last.author, ID_LIMIT),
    )


def worksheet_links(visit: Visit, findings: Sequence[Finding]) -> tuple[DayLink, ...]:
    """Return the breach worksheets of a case's incidents that lie beside the reports."""
    language = visit.words.language
    names = {(one.date, incident_id_of(one)) for one in findings}
    return tuple(
        DayLink(visit.words.iso_day(on), f"{visit.root}{on.isoformat()}/{name}")
        for on, incident in sorted(names)
        if (name := worksheet_name(incident, language, "html"))
        and (visit.home.reports / on.isoformat() / name).is_file()
    )


def _gravity(group: Sequence[Finding]) -> tuple[int, float, int]:
    """What sorts findings, those of one silence as one: severity, score, and the newest first."""
    return (
        gravest(one.severity for one in group).rank,
        -max(one.score for one in group),
        -group[0].date.toordinal(),
    )


def search_view(
    visit: Visit,
    actor: tuple[str, str],
    days: Sequence[dt.date],
    findings: Sequence[Finding],
    case_id: str,
) -> SearchView | None:
    """Return the searches about the actor (its kind and value) and the people of `findings`.

    They are about the last of its days, as many as a search has by default, so that there are days
    before to compare with. None for a role that may not search, and without days. Who is no user
    and no address, as a site, is searched for by the case.
    """
    if not visit.may_search or not days:
        return None
    first, last = min(days), min(max(days), visit.today)
    first = max(first, last - dt.timedelta(days=DEFAULT_DAYS - 1))
    kind, value = actor
    found_as = _KINDS.get(kind)
    code = picked(found_as, value) if found_as else picked("finding", case_id)
    catalogue = load_catalogue()
    subjects = subjects_in_order(
        {
            subject
            for one in findings
            if saw_people(one)
            for subject in parse(one.evidence, catalogue.get(one.detector)).lists["subjects"]
        }
    )
    shown = subjects[:_SUBJECTS_SHOWN]
    most = max((one.subject_count for one in findings if saw_people(one)), default=0)
    return SearchView(
        token=visit.tokens.issue(SEARCH, "", visit.at),
        first=first.isoformat(),
        last=last.isoformat(),
        actor=(
            Pick(visible(value, ID_LIMIT) if found_as else visit.words("work.search_case"), code),
        )
        if value
        else (),
        subjects=tuple(Pick(visible(one, ID_LIMIT), picked("subject", one)) for one in shown),
        subjects_said=visit.words("work.subjects_said", n=len(shown), most=max(most, len(shown)))
        if shown
        else "",
    )


def day_links(visit: Visit, days: Sequence[dt.date]) -> tuple[DayLink, ...]:
    """Return the days of a case, the newest first, each with the page that the visitor may read."""
    newest = sorted(set(days), reverse=True)[:_DAYS_SHOWN]
    return tuple(DayLink(visit.words.iso_day(on), _page(visit, on)) for on in newest)


def _page(visit: Visit, on: dt.date) -> str:
    if visit.may_decide:
        return link_to_report(visit, on)
    own = shop_page(visit.home, visit.role, on)
    return f"{visit.root}{own}" if own else ""
