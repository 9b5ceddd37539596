"""What makes less of a finding stands beside what was found, one step after another."""

import datetime as dt

import pytest

from pipelines.detect.goes_on import Told
from pipelines.findings import Severity, Weighed, WeighedBy
from pipelines.text.words import Words
from pipelines.triage.weigh import _marked
from tests.detect.given_findings import DAY, ZONE, beyond_budget, make

_EN = Words("en", ZONE)


@pytest.mark.parametrize(
    ("severity", "capped"),
    [
        (Severity.CRITICAL, Severity.MEDIUM),
        (Severity.HIGH, Severity.MEDIUM),
        (Severity.MEDIUM, Severity.MEDIUM),
        (Severity.LOW, Severity.LOW),
        (Severity.INFO, Severity.INFO),
    ],
)
def test_a_partners_word_is_medium_at_most(severity: Severity, capped: Severity) -> None:
    """With what was found, and ten of the files that say so."""
    files = [f"{n:02}.log" for n in range(11)]
    found = _marked(make(severity=severity), None, files, _EN)
    assert (found.severity_found, found.severity) == (severity, capped)
    assert found.evidence == {
        "partner_site": "site",
        "partner_files": files[:10],
        "data_level": 3,
    }
    step = Weighed(WeighedBy.PARTNER, "site", severity, capped)
    assert found.lowered == ((step,) if capped is not severity else ())


def test_steps_follow_one_another() -> None:
    """What goes on and is a partner's word is `low` by the first, and tells both."""
    told = Told(WeighedBy.GOES_ON, DAY - dt.timedelta(days=1))
    found = _marked(make(severity=Severity.HIGH), told, ["a.log"], _EN)
    assert [one.as_json() for one in found.lowered] == [
        {"by": "goes_on", "reason": "2026-11-18", "from": "high", "to": "low"}
    ]
    assert found.evidence["told_on"] == "2026-11-18"
    assert found.evidence["partner_site"] == "site"
    assert found.summary.startswith("By the log of the partner site site")
    assert "as told on 2026-11-18" in found.summary


def test_what_is_not_known_before_stays_as_it_was_found() -> None:
    """The same finding, without a step."""
    finding = make()
    assert _marked(finding, None, None, _EN) is finding
    assert finding.as_json()["severity_found"] == "high"
    assert finding.as_json()["lowered"] == []


def test_the_budget_is_the_last_step_and_can_be_taken_back() -> None:
    """As for a shop, whose people have but its own findings."""
    finding = beyond_budget(Severity.HIGH, score=30.0, score_before=70.0)
    again = finding.before_budget()
    assert (again.severity, again.score, again.lowered) == (Severity.HIGH, 70.0, ())
    assert again.assessment.score_before is None
    assert make().before_budget() == make()
