"""The one question of the first screen: is there something to act on?

Findings decide first. Where they ask for nothing, the reader must still not be told that all is
well when the day was not examined, or its logs are missing or broken.
"""

from enum import StrEnum

from pipelines.findings import Severity
from pipelines.report.facts import DayFacts
from pipelines.report.verdict_obstacles import troubles_of


class Verdict(StrEnum):
    """What the reader has to do, the most urgent first."""

    ACT_NOW = "act_now"
    ACT_TODAY = "act_today"
    LOOK_TODAY = "look_today"
    UNJUDGED = "unjudged"
    CLEAR = "clear"

    @property
    def severity(self) -> Severity | None:
        """The severity whose mark the verdict wears."""
        return _MARKS.get(self)


_MARKS = {
    Verdict.ACT_NOW: Severity.CRITICAL,
    Verdict.ACT_TODAY: Severity.HIGH,
    Verdict.LOOK_TODAY: Severity.MEDIUM,
    Verdict.UNJUDGED: Severity.MEDIUM,
}


def verdict_on(facts: DayFacts) -> Verdict:
    """Return the verdict on a day.

    Findings count while they are new or acknowledged, and cases that are `high` since today by
    their sum, or for want of an answer. `UNJUDGED` is a day without a finding to
    look at of which the detectors did not see all that is there; `LOOK_TODAY` also a day with any
    other trouble: `CLEAR` is one with none.
    """
    severities = [one.severity for one in facts.urgent]
    severities += [Severity.HIGH for _ in (*facts.cases.added_up, *facts.cases.unanswered)]
    worst = min(severities, key=_rank, default=None)
    if worst is not None:
        return next(verdict for verdict, severity in _MARKS.items() if severity is worst)
    troubles = troubles_of(facts)
    if any(trouble.prevents_a_verdict for trouble in troubles):
        return Verdict.UNJUDGED
    return Verdict.LOOK_TODAY if troubles else Verdict.CLEAR


def _rank(severity: Severity) -> int:
    return severity.rank
