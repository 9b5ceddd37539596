"""The risk score of a finding: a place within the band of its severity, by reasons that add up.

A detector gives a severity and the strength of its evidence. The score weighs what stands around
it: whose data, how many people, how rare, whether it succeeded, what else was found on the same
actor, whether the person was absent. The weights are set by the reasons beside them and learnt
from nothing, so that a reader can follow every point.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.detect.catalogue import Measured
from pipelines.findings import Finding, Severity

BANDS = {
    Severity.CRITICAL: (80.0, 100.0),
    Severity.HIGH: (60.0, 80.0),
    Severity.MEDIUM: (40.0, 60.0),
    Severity.LOW: (10.0, 40.0),
    Severity.INFO: (0.0, 10.0),
}
"""Bands do not overlap, so that order by score is order by severity too."""

STRENGTH_POINTS = 30.0
LEVEL_POINTS = {0: 0.0, 1: 5.0, 2: 12.0, 3: 20.0}
SUBJECT_POINTS = 20.0
MANY_SUBJECTS = 1_000  # above a thousand people a leak is reportable by its number alone
RARITY_POINTS = 10.0
SMALLEST_P = 1e-12  # below it rounding decides
FAIR_SHARE = 0.02  # of half a false alarm a day over some twenty-five detectors
SUCCESS_POINTS = 10.0
CORROBORATION_POINTS = 10.0
CORROBORATION_EACH = 4.0
CORROBORATION_CHEAP = 1.0
ABSENCE_POINTS = 10.0
CHEAP = frozenset({"web_attack", "operations"})
"""Categories of which one cause raises many findings: a scanner at work, a server that fails."""
_STEP = 0.1  # scores are told to a tenth
_SUCCESSFUL = ("2", "304")


@dataclass(frozen=True)
class Surroundings:
    """What a finding does not know of itself.

    `corroboration` has the categories of the other detectors that found something on the same
    actor; `measured` the detector's rates where they are known; `is_absent` whether the person
    was away by the context.
    """

    corroboration: tuple[str, ...] = ()
    measured: Measured | None = None
    is_absent: bool = False


def strength_of(finding: Finding) -> float:
    """Return the detector's own strength, 0 to 100, also of a finding that was scored before."""
    strength = finding.assessment.strength
    return finding.score if strength is None else strength


def parts_of(finding: Finding, around: Surroundings) -> dict[str, float]:
    """Return the points of a finding by reason; together at most 110, of which 100 count."""
    parts = {
        "strength": STRENGTH_POINTS * strength_of(finding) / 100,
        "data_level": LEVEL_POINTS[data_level(finding)],
        "subjects": SUBJECT_POINTS
        * min(1.0, math.log10(1 + finding.subject_count) / math.log10(1 + MANY_SUBJECTS)),
        "rarity": RARITY_POINTS * _rarity(finding.evidence, around.measured),
        "success": SUCCESS_POINTS if succeeded(finding) else 0.0,
        "corroboration": min(CORROBORATION_POINTS, sum(map(_weight, around.corroboration))),
        "absence": ABSENCE_POINTS if around.is_absent else 0.0,
    }
    return {name: round(points, 1) for name, points in parts.items()}


def banded(severity: Severity, points: float) -> float:
    """Return the score that `points` of 100 have within the band of a severity."""
    low, high = BANDS[severity]
    score = round(low + (high - low) * min(max(points, 0.0), 100.0) / 100, 1)
    return score if severity is Severity.CRITICAL else min(score, round(high - _STEP, 1))


def scored(finding: Finding, around: Surroundings) -> Finding:
    """Return the finding with its risk score; `assessment` says what it is made of."""
    parts = parts_of(finding, around)
    assessment = replace(
        finding.assessment,
        strength=strength_of(finding),
        score_parts={name: points for name, points in parts.items() if points},
    )
    score = banded(finding.severity, sum(parts.values()))
    return replace(finding, score=score, assessment=assessment)


def data_level(finding: Finding) -> int:
    """Return the highest level of data touched, 0 to 3; by the category where nothing is said."""
    level = _number(finding.evidence.get("data_level"))
    if level is not None:
        return min(max(int(level), 0), max(LEVEL_POINTS))
    if finding.subject_count:
        return 2
    return 1 if finding.category == "personal_data" else 0


def succeeded(finding: Finding) -> bool:
    """Return whether what was tried was answered: an access, a log-in, an attack with a page."""
    successes = _number(finding.evidence.get("successes"))
    if successes is not None:
        return successes > 0
    statuses = finding.evidence.get("statuses")
    if isinstance(statuses, list):
        return any(
            str(one.get("status", "")).startswith(_SUCCESSFUL)
            for one in statuses
            if isinstance(one, dict)
        )
    return finding.category == "personal_data" and finding.subject_count > 0


def _rarity(evidence: Mapping[str, Any], measured: Measured | None) -> float:
    """How rare the evidence is and how rarely its detector errs: the mean of what is known."""
    known = []
    p_value = _number(evidence.get("p_value"))
    if p_value is not None and 0 <= p_value <= 1:
        known.append(math.log10(max(p_value, SMALLEST_P)) / math.log10(SMALLEST_P))
    if measured is not None:
        known.append(FAIR_SHARE / (FAIR_SHARE + max(measured.false_alarms_a_day, 0.0)))
    return sum(known) / len(known) if known else 0.5


def _weight(category: str) -> float:
    return CORROBORATION_CHEAP if category in CHEAP else CORROBORATION_EACH


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


FALSE_DISCOVERY_RATE = 0.1
"""One in ten: each test has a floor on the effect besides, which lets hardly any chance through."""


def significant(
    p_values: Sequence[float],
    tests: Sequence[tuple[int, float]],
    rate: float = FALSE_DISCOVERY_RATE,
) -> float:
    """Return the largest p-value that counts as significant; 0 when none does.

    `tests` says how many there were, and which p-value is the largest that each of them may have.
    `p_values` are those below it; the others count as tests without effect. At most
    a share `rate` of what is let through is expected to be chance: Benjamini & Hochberg (1995),
    Journal of the Royal Statistical Society B 57, 289-300; for tests that cannot have every
    p-value Heyse (2011), Recent Advances in Biostatistics 4, 43-58.
    """
    passing = 0.0
    for rank, p in enumerate(sorted(p_values), start=1):
        by_chance = sum(count * min(p, largest) for count, largest in tests)
        by_chance = max(by_chance, len(p_values) * p)  # each was a test
        if by_chance <= rate * rank:
            passing = p
    return passing
