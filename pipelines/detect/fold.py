"""The night's budget: how many findings people are asked to look at, and which.

Whoever can cause findings at will (a scanner from many addresses, refused log-ins, customers who
register themselves, a failing server) must not push out those about a person at work who saw data:
shares are limited while others wait.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipelines.detect.incidents import OPEN_STATUSES, Incident, incidents_of
from pipelines.detect.score import banded, succeeded
from pipelines.findings import Finding, Severity


def within_budget(findings: Sequence[Finding], places: int) -> list[Finding]:
    """Return the findings, those beyond `places` as `low` with what they were in `evidence`.

    Only open findings above `low` need a place. Incidents are served whole in the order of their
    risk, those with a critical finding first. As long as others wait, a detector takes at most half
    of the places, all findings together that somebody outside can cause at most half, and a
    detector of these a quarter.
    """
    waiting = _in_order_of_need(findings, incidents_of(findings))
    if len(waiting) <= places:
        return list(findings)
    above = {one.finding_id for one in _placed(waiting, places)}
    beyond = {one.finding_id for one in waiting} - above
    return [_below(one) if one.finding_id in beyond else one for one in findings]


def is_from_inside(finding: Finding) -> bool:
    """Return whether a finding needs the account of somebody who works here, and let in.

    Others come from outside: whoever may register an account can make findings on it at will, and a
    partner on anybody, by writing into its log.
    """
    return (
        finding.actor_kind == "user"
        and not finding.is_partners_word
        and finding.evidence.get("is_worker") is not False
        and (finding.category == "personal_data" or succeeded(finding))
    )


def _in_order_of_need(findings: Iterable[Finding], incidents: Sequence[Incident]) -> list[Finding]:
    known = {one.finding_id: one for one in findings}
    ordered = sorted(incidents, key=lambda one: one.severity is not Severity.CRITICAL)
    found = [known[finding_id] for incident in ordered for finding_id in incident.finding_ids]
    return [one for one in found if one.severity.needs_a_look and one.status in OPEN_STATUSES]


def _placed(waiting: Sequence[Finding], places: int) -> list[Finding]:
    """The findings that get a place: shares hold in the first round, fewer in each later one."""
    half, quarter = max(1, places // 2), max(1, places // 4)
    # Of a round: the share of a detector, that of one from outside, and that of all from outside.
    rounds = ((half, quarter, half), (half, half, places), (places, places, places))
    taken: list[Finding] = []
    detectors: Counter[str] = Counter()
    outside = 0
    for of_detector, of_outside_detector, of_outside in rounds:
        passed: list[Finding] = []
        for finding in waiting:
            is_outside = not is_from_inside(finding)
            share = of_outside_detector if is_outside else of_detector
            if (
                len(taken) == places
                or detectors[finding.detector] >= share
                or (is_outside and outside >= of_outside)
            ):
                passed.append(finding)
                continue
            taken.append(finding)
            detectors[finding.detector] += 1
            outside += is_outside
        waiting = passed
    return taken


def _below(finding: Finding) -> Finding:
    evidence = {
        **finding.evidence,
        "below_fold": True,
        "severity_before": str(finding.severity),
        "score_before": finding.score,
    }
    return replace(
        finding,
        severity=Severity.LOW,
        score=banded(Severity.LOW, finding.score),
        evidence=evidence,
    )
