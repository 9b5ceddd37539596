"""Values of evidence fit the types that are declared for their keys, or are told."""

from typing import Any

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.codes import of_wrong_type, type_of
from pipelines.detect.emitted_codes import emitted
from pipelines.detect.evidence_types import EvidenceType

_FITTING: dict[EvidenceType, list[Any]] = {
    EvidenceType.COUNT: [0, 12, 12.0],
    EvidenceType.NUMBER: [-3.5, 0],
    EvidenceType.RATIO: [0, 1.16, 12],
    EvidenceType.PROBABILITY: [0, 1e-12, 1],
    EvidenceType.LEVEL: [0, 3],
    EvidenceType.MINUTES: [0.5, 209],
    EvidenceType.SECONDS: [0.5],
    EvidenceType.BYTES: [0, 2**70],
    EvidenceType.HOUR: [0, 23],
    EvidenceType.TIME: ["12:35:46"],
    EvidenceType.RECORD_NUMBER: [80017],
    EvidenceType.FLAG: [True, False],
    EvidenceType.TEXT: ["", "x"],
    EvidenceType.TEXTS: [[], ["x", "y"]],
    EvidenceType.CODE: ["x"],
    EvidenceType.CODES: [["x"]],
    EvidenceType.COUNTRIES: [["JP"]],
    EvidenceType.SERIES: [[], [{"on": "2026-11-20", "value": 0}], [{"hour": 23, "value": 4}]],
    EvidenceType.STATUSES: [[{"status": 403, "count": 61}, {"status": None, "count": 1}]],
    EvidenceType.REJECTS: [["a sentence"], [{"reason": "x", "code": "y", "arguments": None}]],
}
_MISFITS: dict[EvidenceType, list[Any]] = {
    EvidenceType.COUNT: [-1, 1.5, True, "1", float("inf")],
    EvidenceType.NUMBER: ["1", True, float("nan")],
    EvidenceType.RATIO: [-0.1],
    EvidenceType.PROBABILITY: [1.01, -0.1],
    EvidenceType.LEVEL: [4, 1.5],
    EvidenceType.MINUTES: [-1, "1"],
    EvidenceType.SECONDS: [-1],
    EvidenceType.BYTES: [-1, 0.5],
    EvidenceType.HOUR: [24, 1.5],
    EvidenceType.TIME: ["noon", "25:00:00", 12],
    EvidenceType.RECORD_NUMBER: [-1, "80017"],
    EvidenceType.FLAG: [0, "yes"],
    EvidenceType.TEXT: [1, ["x"]],
    EvidenceType.TEXTS: ["x", [1]],
    EvidenceType.CODE: [["x"]],
    EvidenceType.CODES: ["x"],
    EvidenceType.COUNTRIES: ["JP"],
    EvidenceType.SERIES: [[{"value": 4}], [{"hour": 24, "value": 4}], [{"hour": 3, "value": -1}]],
    EvidenceType.STATUSES: [[{"status": 403}], [403]],
    EvidenceType.REJECTS: [[{"code": "y"}], "a sentence"],
}


@pytest.mark.parametrize("kind", EvidenceType)
def test_a_type_tells_its_values_from_others(kind: EvidenceType) -> None:
    """What is absent is of any type."""
    assert [one for one in (None, *_FITTING[kind]) if not kind.fits(one)] == []
    assert [one for one in _MISFITS[kind] if kind.fits(one)] == []


def test_keys_that_are_not_declared_and_values_of_another_type_are_told() -> None:
    """A key of another detector's header is not declared either."""
    evidence = {"observed": "many", "pattern": "shuffled", "exports": 3, "made_up": 3}
    detector = load_catalogue()["record-enumeration"]
    assert list(of_wrong_type(detector, evidence)) == ["observed", "made_up"]
    assert list(of_wrong_type(None, evidence)) == ["observed", "pattern", "made_up"]


def test_keys_of_each_way_to_give_evidence_are_found() -> None:
    """Structs of a step, of a macro of the day that a step calls, and what is added to them."""
    detector = load_catalogue()["scanner-user-agent"]
    keys = emitted(detector.query)
    assert {"agent", "misses", "signatures"} <= keys.keys()
    assert {key for key in keys if type_of(detector, key) is None} == set()
