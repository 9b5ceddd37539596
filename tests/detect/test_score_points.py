"""What a score is made of: the points of each reason, and their place in the band of a severity."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.detect.catalogue import Measured
from pipelines.detect.score import (
    Surroundings,
    banded,
    data_level,
    parts_of,
    scored,
    strength_of,
    succeeded,
)
from pipelines.findings import Severity
from tests.detect.given_findings import make

_ALONE = Surroundings()


def _measured(false_alarms_a_day: float) -> Surroundings:
    rates = Measured(
        false_alarms_a_day=false_alarms_a_day, precision=None, recall={}, sites=1, days=1
    )
    return Surroundings(measured=rates)


def _points(reason: str, around: Surroundings = _ALONE, **values: Any) -> float:
    return parts_of(make(**values), around)[reason]


@pytest.mark.parametrize(("score", "points"), [(0.0, 0.0), (50.0, 15.0), (99.0, 29.7), (100.0, 30)])
def test_strength_is_up_to_thirty_points(score: float, points: float) -> None:
    """In proportion to what the detector says."""
    assert _points("strength", score=score) == points


@pytest.mark.parametrize(("level", "points"), [(0, 0.0), (1, 5.0), (2, 12.0), (3, 20.0)])
def test_data_that_hurts_more_weighs_more(level: int, points: float) -> None:
    """By the highest level that was touched."""
    assert _points("data_level", evidence={"data_level": level}) == points


@pytest.mark.parametrize(
    ("subjects", "points"),
    [
        (0, 0.0),
        (1, 2.0),
        (9, 6.7),
        (99, 13.3),
        (982, 19.9),
        (998, 20.0),
        (1000, 20.0),
        (10**6, 20.0),
    ],
)
def test_people_weigh_by_their_order_of_magnitude(subjects: int, points: float) -> None:
    """Up to a thousand; more weigh no more."""
    assert _points("subjects", subject_count=subjects) == points


@pytest.mark.parametrize(
    ("evidence", "points"),
    [
        ({}, 5.0),
        ({"p_value": 1.0}, 0.0),
        ({"p_value": 1e-6}, 5.0),
        ({"p_value": 1e-9}, 7.5),
        ({"p_value": 1e-12}, 10.0),
        ({"p_value": 1e-40}, 10.0),
        ({"p_value": 0.0}, 10.0),
        ({"p_value": -0.1}, 5.0),
        ({"p_value": 1.01}, 5.0),
        ({"p_value": True}, 5.0),
        ({"p_value": "0.1"}, 5.0),
        ({"p_value": float("nan")}, 5.0),
    ],
)
def test_a_rare_thing_weighs_by_its_p_value(evidence: dict[str, Any], points: float) -> None:
    """What is no probability, or not known, counts as neither rare nor common."""
    assert _points("rarity", evidence=evidence) == points


@pytest.mark.parametrize(
    ("rate", "evidence", "points"),
    [
        (0.0, {}, 10.0),
        (-1.0, {}, 10.0),
        (0.02, {}, 5.0),
        (0.06, {}, 2.5),
        (0.5, {}, 0.4),
        (0.02, {"p_value": 1e-12}, 7.5),
        (0.0, {"p_value": 1.0}, 5.0),
    ],
)
def test_a_detector_that_seldom_errs_weighs_more(
    rate: float, evidence: dict[str, Any], points: float
) -> None:
    """Half of it at its fair share of false alarms; with a p-value the mean of both."""
    assert _points("rarity", _measured(rate), evidence=evidence) == points


@pytest.mark.parametrize(
    ("others", "points"),
    [
        ((), 0.0),
        (("web_attack",), 1.0),
        (("operations", "web_attack"), 2.0),
        (("personal_data",), 4.0),
        (("personal_data", "authentication"), 8.0),
        (("personal_data", "operations"), 5.0),
        (("personal_data", "authentication", "web_attack", "operations"), 10.0),
        (("personal_data",) * 3, 10.0),
        (("web_attack",) * 11, 10.0),
    ],
)
def test_what_others_found_adds_up_to_ten(others: tuple[str, ...], points: float) -> None:
    """Those of which one cause raises many count little."""
    assert _points("corroboration", Surroundings(corroboration=others)) == points


def test_success_and_absence_are_ten_points_each() -> None:
    """And none where it failed, or somebody was there."""
    assert _points("success", evidence={"successes": 1}) == 10.0
    assert _points("success", evidence={"successes": 0}) == 0.0
    assert _points("absence", Surroundings(is_absent=True)) == 10.0
    assert _points("absence") == 0.0


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({"evidence": {"data_level": -1}}, 0),
        ({"evidence": {"data_level": 0}}, 0),
        ({"evidence": {"data_level": 2.9}}, 2),
        ({"evidence": {"data_level": 4}}, 3),
        ({"evidence": {"data_level": True}, "subject_count": 0}, 1),
        ({"evidence": {}, "subject_count": 1}, 2),
        ({"evidence": {}, "subject_count": 0}, 1),
        ({"evidence": {}, "subject_count": 0, "category": "operations"}, 0),
        ({"evidence": {}, "subject_count": 1, "category": "operations"}, 2),
    ],
)
def test_the_level_is_told_or_follows_from_what_was_seen(
    values: dict[str, Any], level: int
) -> None:
    """People seen are two, the detectors of personal data one at least."""
    assert data_level(make(**values)) == level


@pytest.mark.parametrize(
    ("values", "is_success"),
    [
        ({"evidence": {"successes": 1, "statuses": [{"status": 404}]}}, True),
        ({"evidence": {"successes": 0, "statuses": [{"status": 200}]}}, False),
        ({"evidence": {"statuses": [{"status": 204}]}}, True),
        ({"evidence": {"statuses": [{"status": 304}]}}, True),
        ({"evidence": {"statuses": [{"status": 302}, {"status": 500}]}}, False),
        ({"evidence": {"statuses": [{}]}}, False),
        ({"evidence": {"statuses": []}}, False),
        ({"evidence": {}, "subject_count": 1}, True),
        ({"evidence": {}, "subject_count": 0}, False),
        ({"evidence": {}, "subject_count": 1, "category": "web_attack"}, False),
    ],
)
def test_success_is_told_by_the_first_that_says_so(
    values: dict[str, Any], is_success: bool
) -> None:
    """Successes before statuses before people whose data was seen."""
    assert succeeded(make(**values)) is is_success


@pytest.mark.parametrize(
    ("severity", "points", "score"),
    [
        (Severity.CRITICAL, 0.0, 80.0),
        (Severity.CRITICAL, 50.0, 90.0),
        (Severity.CRITICAL, 100.0, 100.0),
        (Severity.HIGH, 0.0, 60.0),
        (Severity.HIGH, 33.3, 66.7),
        (Severity.HIGH, 100.0, 79.9),
        (Severity.MEDIUM, 0.0, 40.0),
        (Severity.MEDIUM, 1.0, 40.2),
        (Severity.MEDIUM, 99.6, 59.9),
        (Severity.LOW, 0.0, 10.0),
        (Severity.LOW, 99.0, 39.7),
        (Severity.LOW, 100.0, 39.9),
        (Severity.INFO, 0.0, 0.0),
        (Severity.INFO, 50.0, 5.0),
        (Severity.INFO, 101.0, 9.9),
        (Severity.INFO, -1.0, 0.0),
    ],
)
def test_points_are_a_place_within_the_band(
    severity: Severity, points: float, score: float
) -> None:
    """In proportion, to a tenth; only what is critical reaches the end of its band."""
    assert banded(severity, points) == score


def test_a_score_is_the_sum_of_its_parts() -> None:
    """Of which those without points are left out; strength is what the detector said at first."""
    once = scored(make(score=50.0, subject_count=9, evidence={"data_level": 3}), _ALONE)
    assert once.assessment.score_parts == {
        "strength": 15.0,
        "data_level": 20.0,
        "subjects": 6.7,
        "rarity": 5.0,
        "success": 10.0,
    }
    assert once.score == banded(Severity.HIGH, 56.7)
    assert strength_of(once) == 50.0
    weak = replace(once, assessment=replace(once.assessment, strength=0.0))
    assert strength_of(weak) == 0.0
