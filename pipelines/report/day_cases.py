"""What a day is counted in: its cases, each once, however many findings it has."""

from collections import Counter

from pipelines.findings import Severity, gravest
from pipelines.report.facts import DayFacts
from pipelines.triage.incidents import Incident


def urgent_incidents(facts: DayFacts) -> tuple[Incident, ...]:
    """Return the incidents with an open finding above low, the riskiest first.

    Those of a case that the report shows as a whole are left out.
    """
    return tuple(one for one in _apart(facts) if one.is_within_budget)


def cases_by_severity(facts: DayFacts) -> dict[Severity, int]:
    """Return how many cases a day has by severity: each by the gravest of its open findings.

    Those that the report shows as a whole are `high`.
    """
    severities = {one.finding_id: one.severity for one in facts.findings}
    found = Counter(
        gravest(severities[one] for one in incident.finding_ids) for incident in _apart(facts)
    )
    found[Severity.HIGH] += len(facts.cases.as_a_whole)
    return {severity: found[severity] for severity in Severity}


def to_look_at(cases: dict[Severity, int]) -> int:
    """Return how many of the cases of a day somebody must look at, by `cases_by_severity`."""
    return sum(n for severity, n in cases.items() if severity.needs_a_look)


def _apart(facts: DayFacts) -> tuple[Incident, ...]:
    whole = {case.case_id for case in facts.cases.as_a_whole}
    of_them = {one.finding_id for one in facts.findings if one.case_id in whole}
    return tuple(one for one in facts.incidents if not of_them.issuperset(one.finding_ids))
