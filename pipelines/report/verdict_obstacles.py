"""What stands between a quiet day and an all-clear: what was not looked at, or not there.

A finding that could not be made looks like no finding. Each kind of trouble is named here once, so
that the verdict, the first screen, `summary.json` and the letter cannot differ about it.
"""

from collections.abc import Mapping
from enum import StrEnum

from pipelines.report.facts import DayFacts


class Trouble(StrEnum):
    """A reason why a day is not clear although no finding needs a look."""

    NOT_DETECTED = "not_detected"
    DETECTORS_FAILED = "detectors_failed"
    SITES_UNCOUNTED = "sites_uncounted"
    NOT_INGESTED = "not_ingested"
    NO_LINES = "no_lines"
    NOT_CHECKED = "not_checked"
    CHECKS_FAILED = "checks_failed"
    SITES_MISSING = "sites_missing"
    SITES_UNREAD = "sites_unread"
    SITES_UNLISTED = "sites_unlisted"
    FILES_UNREADABLE = "files_unreadable"
    SOURCES_FAILED = "sources_failed"
    LIMITS_PASSED = "limits_passed"
    CONTEXT_LOST = "context_lost"
    LEARNING = "learning"
    CASES_UNSETTLED = "cases_unsettled"

    @property
    def prevents_a_verdict(self) -> bool:
        """True where the detectors saw or knew too little, so that nothing can be said."""
        return self in _PREVENTING


_PREVENTING = frozenset(
    {
        Trouble.NOT_DETECTED,
        Trouble.DETECTORS_FAILED,
        Trouble.SITES_UNCOUNTED,
        Trouble.NOT_INGESTED,
        Trouble.LEARNING,
    }
)


def troubles_of(facts: DayFacts) -> Mapping[Trouble, int]:
    """Return the troubles of a day in the order of `Trouble`, each with how many there are."""
    found = {
        Trouble.NOT_DETECTED: not is_examined(facts, "detect"),
        Trouble.DETECTORS_FAILED: len(facts.failed_detectors),
        Trouble.SITES_UNCOUNTED: len(facts.uncounted_sites),
        Trouble.NOT_INGESTED: not facts.intake.is_complete,
        Trouble.NO_LINES: not facts.lines,
        Trouble.NOT_CHECKED: not is_examined(facts, "check") or not facts.checks_judged,
        Trouble.CHECKS_FAILED: len(
            {(one.suite, one.check_id) for one in facts.check_failures if one.critical}
        ),
        Trouble.SITES_MISSING: len(facts.missing_sites),
        Trouble.SITES_UNREAD: len(facts.unread_sites),
        Trouble.SITES_UNLISTED: len(facts.unlisted_sites),
        Trouble.FILES_UNREADABLE: len(facts.unreadable),
        Trouble.SOURCES_FAILED: len(facts.failed_sources),
        Trouble.LIMITS_PASSED: len(facts.limits_passed),
        Trouble.CONTEXT_LOST: len(facts.lost_context),
        Trouble.LEARNING: facts.learning.sites if facts.learning else 0,
        Trouble.CASES_UNSETTLED: len(facts.unsettled_cases),
    }
    return {trouble: int(found[trouble]) for trouble in Trouble if found[trouble]}


def is_examined(facts: DayFacts, stage: str) -> bool:
    """Return whether the last run of a stage ended well, and began after the day's last lines."""
    run = facts.stage(stage)
    return run is not None and run.done and not facts.is_outdated(run)
