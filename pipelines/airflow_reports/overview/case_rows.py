"""Open cases by who has them and for how long they have been open."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.airflow_reports.casework.case_page import since_in_words
from pipelines.airflow_reports.casework.history import ID_LIMIT, titles_in_words
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.report.site_label import actor_label
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.triage.cases.read import Case

_AGES = (1, 7, 14, 30)  # days; the last column has what is older


@dataclass(frozen=True)
class OwnerRow:
    """Who has how many cases by age; `link` leads to them."""

    owner: str
    counts: tuple[int, ...]
    total: int
    overdue: int
    link: str


@dataclass(frozen=True)
class CaseRow:
    """A case that is still open."""

    case_id: str
    severity: str
    severity_label: str
    risk: str
    actor_kind: str
    actor: str
    titles: str
    since: str
    owner: str
    due: str
    is_overdue: bool


def age_names(words: Words) -> tuple[str, ...]:
    """Return the headings of the columns of ages."""
    first = [0, *(age + 1 for age in _AGES)]
    return (
        *(
            words("overview.age", first=begin, last=end)
            for begin, end in zip(first, _AGES, strict=False)
        ),
        words("overview.age_older", n=_AGES[-1]),
    )


def owners(visit: Visit, cases: Sequence[Case]) -> list[OwnerRow]:
    """Return who has how many, nobody first, then those with most."""
    words = visit.words
    by_owner: dict[str, list[Case]] = {}
    for one in cases:
        by_owner.setdefault(one.assignment.owner if one.assignment else "", []).append(one)
    return [
        OwnerRow(
            owner=visible(owner, ID_LIMIT) if owner else words("case.nobody"),
            counts=_by_age(visit.today, having),
            total=len(having),
            overdue=sum(one.is_late(visit.today) for one in having),
            link=f"{visit.root}cases/?show={'owned' if owner else 'unowned'}",
        )
        for owner, having in sorted(
            by_owner.items(), key=lambda one: (bool(one[0]), -len(one[1]), one[0])
        )
    ]


def _by_age(today: dt.date, cases: Sequence[Case]) -> tuple[int, ...]:
    counts = [0] * (len(_AGES) + 1)
    for one in cases:
        age = (today - (one.opened_on or today)).days
        counts[sum(age > bound for bound in _AGES)] += 1
    return tuple(counts)


def case_row(visit: Visit, case: Case, names: Mapping[str, str]) -> CaseRow:
    """Return a case in the reader's words; `names` are those of sites."""
    words, has_it = visit.words, case.assignment
    return CaseRow(
        case_id=case.case_id,
        severity=case.severity,
        severity_label=words(f"severity.{case.severity}"),
        risk=words.number(round(case.risk)),
        actor_kind=words(f"actor_kind.{case.actor_kind}"),
        actor=actor_label(words, case.actor_kind, case.actor, names, ID_LIMIT),
        titles=titles_in_words(words, case.detectors),
        since=since_in_words(words, case.opened_on, visit.today),
        owner=visible(has_it.owner, ID_LIMIT) if has_it else words("case.nobody"),
        due=has_it.due_on.isoformat() if has_it else "",
        is_overdue=case.is_overdue(visit.today),
    )
