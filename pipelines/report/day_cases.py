"""What a day is counted in: its cases, each once, however many findings it has."""

from collections import Counter

from pipelines.findings import Severity
from pipelines.report.facts import DayFacts
from pipelines.triage.incidents import Incident


def urgent_incidents(facts: DayFacts) -> tuple[Incident, ...]:
    """Return the incidents with an open finding above low, the riskiest first.

    The day's part of a case that is told as a whole is none of them.
    """
    return tuple(one for one in _apart(facts) if one.is_within_budget)


def cases_by_severity(facts: DayFacts) -> dict[Severity, int]:
    """Return how many cases a day has by severity: each by the gravest of its open findings.

    Those that are told as a whole are `high`.
    """
    severities = {one.finding_id: one.severity for one in facts.findings}
    found = Counter(
        min((severities[one] for one in incident.finding_ids), key=lambda one: one.rank)
        for incident in _apart(facts)
    )
    found[Severity.HIGH] += len(facts.cases.told_whole)
    return {severity: found[severity] for severity in Severity}


def to_look_at(cases: dict[Severity, int]) -> int:
    """Return how many of the cases of a day somebody must look at, by `cases_by_severity`."""
    return sum(n for severity, n in cases.items() if severity.needs_a_look)


def _apart(facts: DayFacts) -> tuple[Incident, ...]:
    whole = {case.case_id for case in facts.cases.told_whole}
    told = {one.finding_id for one in facts.findings if one.case_id in whole}
    return tuple(one for one in facts.incidents if not told.issuperset(one.finding_ids))
