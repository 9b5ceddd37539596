"""The risk score: bands that agree with severity, and reasons that raise it."""

import itertools
from typing import Any

import pytest

from pipelines.detect.catalogue import Measured
from pipelines.detect.score import BANDS, Surroundings, banded, data_level, scored, succeeded
from pipelines.findings import Severity
from tests.detect.given_findings import make

_ALONE = Surroundings()


@pytest.mark.parametrize("strength", [0.0, 50.0, 100.0])
def test_order_by_score_is_order_by_severity(strength: float) -> None:
    """The weakest finding of a severity stands above the strongest of the next one."""
    plain: dict[str, Any] = {"evidence": {}, "subject_count": 0, "category": "operations"}
    weakest = [scored(make(severity=one, score=0.0, **plain), _ALONE).score for one in Severity]
    around = Surroundings(("personal_data",) * 5, Measured(
        false_alarms_a_day=0, precision=1, recall={}, sites=14, days=30
    ), is_absent=True)  # fmt: skip
    evidence = {"data_level": 3, "p_value": 1e-12, "successes": 5}
    strongest = [
        scored(make(severity=one, score=strength, subject_count=10**6, evidence=evidence), around)
        for one in Severity
    ]
    for above, below in itertools.pairwise(range(len(weakest))):
        assert weakest[above] > strongest[below].score
    for severity, finding in zip(Severity, strongest, strict=True):
        low, high = BANDS[severity]
        assert low <= finding.score <= high


@pytest.mark.parametrize(
    ("change", "around"),
    [
        ({"score": 90.0}, _ALONE),
        ({"subject_count": 600}, _ALONE),
        ({"evidence": {"data_level": 3}}, _ALONE),
        ({"evidence": {"data_level": 2, "p_value": 1e-9}}, _ALONE),
        ({}, Surroundings(corroboration=("authentication",))),
        ({}, Surroundings(is_absent=True)),
        ({}, Surroundings(measured=Measured(
            false_alarms_a_day=0.0, precision=1, recall={}, sites=14, days=30
        ))),
    ],
)  # fmt: skip
def test_each_reason_raises_the_score(change: dict[str, Any], around: Surroundings) -> None:
    """Strength, people, level, rarity, corroboration and absence each count for themselves."""
    plain: dict[str, Any] = {"evidence": {"data_level": 2}}
    assert scored(make(**{**plain, **change}), around).score > scored(make(**plain), _ALONE).score


def test_a_detector_that_often_errs_lowers_the_score() -> None:
    """A measured rate far above a detector's fair share takes points."""
    rate = Measured(false_alarms_a_day=0.5, precision=0.5, recall={}, sites=14, days=30)
    assert scored(make(), Surroundings(measured=rate)).score < scored(make(), _ALONE).score


def test_an_insider_outranks_noise_of_operations_of_the_same_severity() -> None:
    """A failing server at full strength stands below thirty records seen by one person."""
    noise = make(
        "server-error-spike", category="operations", actor_kind="site", actor="site",
        score=100.0, subject_count=0, evidence={"p_value": 1e-12},
    )  # fmt: skip
    insider = make(score=50.0, subject_count=30)
    assert scored(insider, _ALONE).score > scored(noise, _ALONE).score


def test_a_finding_scored_again_keeps_its_strength() -> None:
    """The detector's word is kept beside the evidence, so that scores do not feed on scores."""
    once = scored(make(), _ALONE)
    assert scored(once, _ALONE) == once
    assert once.assessment.strength == 60.0
    assert sum(once.assessment.score_parts.values()) < 100


def test_success_and_level_are_read_from_whatever_evidence_there_is() -> None:
    """Values of a wrong shape count as absent; statuses tell what was answered."""
    assert not succeeded(make(evidence={"successes": 0}))
    assert succeeded(make("brute-force", category="authentication", evidence={"successes": 1}))
    assert succeeded(make(evidence={"statuses": [{"status": 404}, {"status": 200}, 7]}))
    assert not succeeded(make(evidence={"statuses": [{"status": None}]}))
    assert data_level(make(evidence={"data_level": "high"})) == 2
    assert data_level(make(evidence={"data_level": 99}, subject_count=0)) == 3
    assert data_level(make(evidence={}, category="web_attack", subject_count=0)) == 0
    hostile = {"p_value": float("nan"), "data_level": float("inf")}
    assert scored(make(evidence=hostile), _ALONE).score > 60


def test_a_score_never_leaves_its_band() -> None:
    """Points below nought and above a hundred are cut."""
    assert banded(Severity.HIGH, -5) == 60.0
    assert banded(Severity.HIGH, 500) == 79.9
    assert banded(Severity.CRITICAL, 500) == 100.0
