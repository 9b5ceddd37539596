"""The one question of the first screen: is there something to act on?

Findings decide first. Where they ask for nothing, the reader must still not be told that all is
well when the day was not examined, or its logs are missing or broken.
"""

from enum import StrEnum

from pipelines.findings import Severity
from pipelines.report.facts import DayFacts


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

    Findings count while they are new or acknowledged. `UNJUDGED` is a day without a finding to
    look at on which detection did not end well; `LOOK_TODAY` also a day whose lines did not come
    in, could not be read, passed a limit, were not checked, or failed a critical check.
    """
    worst = min((finding.severity for finding in facts.urgent), key=_rank, default=None)
    if worst is not None:
        return next(verdict for verdict, severity in _MARKS.items() if severity is worst)
    if not stage_done(facts, "detect"):
        return Verdict.UNJUDGED
    if (
        facts.lines == 0
        or facts.unreadable
        or facts.limits_passed
        or not stage_done(facts, "check")
        or any(failure.critical for failure in facts.check_failures)
    ):
        return Verdict.LOOK_TODAY
    return Verdict.CLEAR


def stage_done(facts: DayFacts, name: str) -> bool:
    """Return whether the last run of a stage for the day ended well."""
    run = facts.stage(name)
    return run is not None and run.done


def _rank(severity: Severity) -> int:
    return severity.rank
