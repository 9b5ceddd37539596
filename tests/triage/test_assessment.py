"""What the night adds to a finding is a field of it, and one object with the evidence outside."""

import pytest

from pipelines import lake
from pipelines.findings import Assessment, apart
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from pipelines.triage.store import read_findings
from tests.detect.given_findings import DAY, clock_at, make

_FULL = Assessment(
    strength=60.0,
    score_parts={"strength": 18.0, "data_level": 20.0},
    score_before=67.5,
    incident_id="0123456789abcdef",
    risk=81.25,
)


@pytest.mark.parametrize("assessment", [_FULL, Assessment(), Assessment(strength=0.0)])
def test_assessment_is_told_with_the_evidence_and_read_apart(assessment: Assessment) -> None:
    """Findings in the lake and in JSON have both in one object, as scripts know it."""
    finding = make(evidence={"observed": 4, "paths": ["/a"]}, assessment=assessment)
    told = finding.as_json()["evidence"]
    assert list(told)[:2] == ["observed", "paths"]
    assert apart(told) == (finding.evidence, assessment)


def test_a_finding_is_in_the_lake_as_it_was_found(home: Home, settings: Settings) -> None:
    """With what it asks to do; Japanese stands there as it is written, for whoever searches it."""
    finding = make(evidence={"reason": "山田さんの依頼"}, measures=(5, 2))
    with lake.open_writer(home, settings.timezone) as con:
        replace_findings(con, DAY, [finding], [], clock_at(DAY))
        (read,) = read_findings(con, DAY)
        ((evidence,),) = con.execute("select evidence::varchar from lake.findings").fetchall()
    assert (read.evidence, read.measures) == (finding.evidence, (5, 2))
    assert "山田さんの依頼" in evidence


def test_names_in_json_are_those_of_the_contract() -> None:
    """`below_fold` says that there was no place for it; what is not known is no key."""
    told = make(evidence={}, assessment=_FULL).as_json()["evidence"]
    assert told == {
        "strength": 60.0,
        "score_parts": {"strength": 18.0, "data_level": 20.0},
        "below_fold": True,
        "score_before": 67.5,
        "incident_id": "0123456789abcdef",
        "risk": 81.25,
    }
    assert make(evidence={}).as_json()["evidence"] == {}
    assert "assessment" not in make().as_json()


def test_values_of_a_wrong_shape_count_as_absent() -> None:
    """Whatever an older version, or somebody else, has written."""
    stored = {
        "observed": 1,
        "strength": True,
        "score_parts": {"rarity": "much", "success": 10, "absence": float("nan")},
        "risk": "high",
        "incident_id": 7,
    }
    evidence, assessment = apart(stored)
    assert evidence == {"observed": 1}
    assert assessment == Assessment(score_parts={"success": 10})
