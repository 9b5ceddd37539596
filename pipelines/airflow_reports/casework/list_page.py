"""The list of cases: the ones that rose first, by what the reader wants to see."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.airflow_reports.casework.case_page import since_in_words
from pipelines.airflow_reports.casework.history import ID_LIMIT, titles_in_words
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.report.case_words import owner_in_words, question_in_words, rise_in_words
from pipelines.report.site_label import actor_label, sites_in_words
from pipelines.report.weekly.facts import monday_of, week_name
from pipelines.text.display import visible
from pipelines.triage.cases.read import Case
from pipelines.triage.suppressions import is_own

ROWS_SHOWN = 200


def before_this_week(case: Case, today: dt.date) -> bool:
    """Return whether a case was opened before the Monday of the week of `today`."""
    return case.opened_on is not None and case.opened_on < monday_of(today)


@dataclass(frozen=True)
class ListRow:
    """A case as one line; `risk` and `owner` are empty for roles that do not learn them."""

    case_id: str
    severity: str
    severity_label: str
    risk: str
    actor_kind: str
    actor: str
    rise: str
    state: str
    owner: str
    due: str
    is_overdue: bool
    question: str
    since: str
    sites: str
    findings: int
    titles: str


@dataclass(frozen=True)
class Choice:
    """A part of the cases that a reader may ask for, and how many are in it.

    `asked` is what its address asks for.
    """

    asked: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class ListView:
    """The list as it is shown: its parts, the rows of the chosen one, and how many were cut.

    `said` sums up the cases of a week, empty for other parts.
    """

    choices: tuple[Choice, ...]
    rows: tuple[ListRow, ...]
    cut: int
    said: str = ""


@dataclass(frozen=True)
class WeekOfCases:
    """A week, and the ids of the cases that were open at its end by what is decided now."""

    monday: dt.date
    case_ids: frozenset[str]

    @property
    def sunday(self) -> dt.date:
        """Its last day."""
        return self.monday + dt.timedelta(days=6)


def week_in(text: str, today: dt.date) -> dt.date:
    """Return the Monday of a week as `2026-W47`; that of last week for any other text."""
    last_week = monday_of(today) - dt.timedelta(days=7)
    try:
        monday = dt.date.fromisoformat(f"{text}-1")
    except ValueError:
        return last_week
    return monday if week_name(monday) == text and monday <= today else last_week


def list_view(
    visit: Visit,
    cases: Sequence[Case],
    chosen: str,
    names: Mapping[str, str],
    week: WeekOfCases,
) -> ListView:
    """Return the list of open `cases`, as `cases_of` orders them; an unknown choice is the first.

    `names` are those of sites. `chosen` is `week` for those that were open at the end of `week`.

    What needs no look and has no owner is a part of its own, as in `mimamori cases list`.
    """

    def mine(case: Case) -> bool:
        owner = case.assignment.owner if case.assignment else None
        return owner is not None and is_own(visit.name, owner)

    parts: dict[str, Callable[[Case], bool]] = {
        "open": lambda one: one.needs_a_look,
        "mine": mine,
        "owned": lambda one: one.assignment is not None,
        "unowned": lambda one: one.needs_a_look and one.assignment is None,
        "week": lambda one: one.case_id in week.case_ids,
        "older": lambda one: one.needs_a_look and before_this_week(one, visit.today),
        "overdue": lambda one: one.is_late(visit.today),
        "low": lambda one: not one.needs_a_look,
    }
    if chosen not in parts:
        chosen = "open"
    found = {name: [one for one in cases if is_in(one)] for name, is_in in parts.items()}
    words = visit.words
    return ListView(
        choices=tuple(
            Choice(
                f"week={week_name(week.monday)}" if name == "week" else f"show={name}",
                words(f"work.choice.{name}", **_span(visit, week)),
                len(of_part),
                name == chosen,
            )
            for name, of_part in found.items()
        ),
        rows=tuple(_row(visit, one, names) for one in found[chosen][:ROWS_SHOWN]),
        cut=max(len(found[chosen]) - ROWS_SHOWN, 0),
        said=_week_said(visit, found["week"], week) if chosen == "week" else "",
    )


def _span(visit: Visit, week: WeekOfCases) -> dict[str, str]:
    words = visit.words
    return {"first": words.month_day(week.monday), "last": words.month_day(week.sunday)}


def _week_said(visit: Visit, cases: Sequence[Case], week: WeekOfCases) -> str:
    """How many of a week are open still, how many of them began in it, and who has them."""
    began = sum(
        one.opened_on is not None and week.monday <= one.opened_on <= week.sunday for one in cases
    )
    return visit.words(
        "work.week_said",
        name=week_name(week.monday),
        **_span(visit, week),
        n=len(cases),
        began=began,
        before=len(cases) - began,
        owned=sum(one.assignment is not None for one in cases),
        unowned=sum(one.assignment is None for one in cases),
    )


def _row(visit: Visit, case: Case, names: Mapping[str, str]) -> ListRow:
    words, has_it = visit.words, case.assignment
    return ListRow(
        case_id=case.case_id,
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        risk=words.number(round(case.risk)),
        actor_kind=words(f"actor_kind.{case.actor_kind}"),
        actor=actor_label(words, case.actor_kind, case.actor, names, ID_LIMIT),
        rise=rise_in_words(words, case),
        state=words(f"work.state.{case.state}"),
        owner=visible(has_it.owner, ID_LIMIT) if has_it else owner_in_words(words, case),
        due=has_it.due_on.isoformat() if has_it else "",
        is_overdue=case.is_overdue(visit.today),
        question=question_in_words(words, case, visit.today),
        since=since_in_words(words, case.opened_on, visit.today),
        sites=sites_in_words(words, case.site_ids, names),
        findings=case.findings,
        titles=titles_in_words(words, case.detectors),
    )
