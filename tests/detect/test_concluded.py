"""What is told of all that detectors measured: what chance would bring as well is left out."""

from typing import Any

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.run import DayDetection, DetectorRun, Measured, concluded, cut
from pipelines.findings import Finding, Severity
from pipelines.settings.model import Settings
from tests.detect.given_findings import make

_SETTINGS = Settings.model_validate(
    {"sites": [{"id": "site", "group": "main", "domains": ["site.example"], "logs": ["site/*"]}]}
)
# Of the categories personal_data, personal_data and operations.
_FIRST, _SECOND, _OTHER = "bulk-record-access", "mass-export", "server-error-spike"


def _found(detector: str, *p_values: float) -> tuple[tuple[float, Finding], ...]:
    """Findings for the record alone, so that nothing is asked about the days before."""
    category = load_catalogue()[detector].category
    return tuple(
        (p, make(detector, actor=f"a{n}", severity=Severity.LOW, category=category))
        for n, p in enumerate(p_values)
    )


def _measured(detector: str, *p_values: float, **values: Any) -> Measured:
    base: dict[str, Any] = {
        "detector": detector,
        "mode": "active",
        "tests": 100,
        "counted_tests": 100,
        "largest_p": 1.0,
        "duration_ms": 1.0,
        "settings": None,
        "told": _found(detector, *p_values),
        "shadow": (),
    }
    return Measured(**base | values)


def _concluded(*measured: Measured) -> DayDetection:
    return concluded(measured, load_catalogue().values())


def _told(day: DayDetection, detector: str) -> list[str]:
    return [one.actor for one in day.findings if one.detector == detector]


def test_what_chance_brings_as_well_is_left_out() -> None:
    """Of a hundred tests one at 0.001 counts, one at 0.0011 does not; what is no test does."""
    assert _told(_concluded(_measured(_FIRST, 0.001)), _FIRST) == ["a0"]
    assert _told(_concluded(_measured(_FIRST, 0.0011)), _FIRST) == []
    assert _told(_concluded(_measured(_FIRST, 0.0, 0.0011, 0.0)), _FIRST) == ["a0", "a2"]
    assert _told(_concluded(_measured(_FIRST, 0.05, largest_p=0.001)), _FIRST) == ["a0"]


def test_tests_of_a_category_are_judged_together() -> None:
    """Those of another hide nothing."""
    assert _told(_concluded(_measured(_FIRST, 0.001), _measured(_SECOND)), _FIRST) == []
    assert _told(_concluded(_measured(_FIRST, 0.001), _measured(_OTHER)), _FIRST) == ["a0"]
    day = _concluded(_measured(_FIRST, 0.002), _measured(_SECOND, 0.001, counted_tests=0))
    assert (_told(day, _FIRST), _told(day, _SECOND)) == (["a0"], ["a0"])


def test_findings_in_shadow_are_kept_apart_and_count_among_no_tests() -> None:
    """They stand or fall by the limit of those that are told."""
    shadow = _found(_FIRST, 0.001, 0.5, 0.0)
    day = _concluded(_measured(_FIRST, 0.001, shadow=shadow))
    assert [one.actor for one in day.shadow] == ["a0", "a2"]
    assert _told(day, _FIRST) == ["a0"]
    alone = _concluded(_measured(_FIRST, shadow=shadow, counted_tests=0, mode="shadow"))
    assert [one.actor for one in alone.shadow] == ["a2"]


def test_each_run_says_what_came_of_it() -> None:
    """Candidates are what passed the detector's own limits, findings what is left of them."""
    shadow = _found(_FIRST, 0.001, 0.5)
    day = _concluded(
        _measured(_FIRST, 0.001, 0.5, 0.7, shadow=shadow, settings="{}", tests=7),
        _measured(_OTHER, tests=None, counted_tests=0),
    )
    assert day.runs == (
        DetectorRun(_FIRST, "active", 7, 5, 2, 1.0, 1, "{}"),
        DetectorRun(_OTHER, "active", None, 0, 0, 1.0, 0, None),
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 999 + "…"),
        (["a", None, ["x" * 1001]], ["a", ["x" * 999 + "…"]]),
        (7, 7),
        (None, None),
    ],
)
def test_evidence_is_cut_to_what_a_person_reads(value: object, shown: object) -> None:
    """A thousand characters of a text, also within lists, of which nothing is left out."""
    assert cut(value) == shown
