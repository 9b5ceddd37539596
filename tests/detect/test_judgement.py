"""Severity and strength follow from a query's figures by the rules of a header."""

from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from pipelines.detect.judgement import Judged, judged, mistakes
from pipelines.findings import Severity

_REASON = {"ja": "理由", "en": "a reason"}
_RULES: dict[str, Any] = {
    "actors": ["ip"],
    "severities": [
        {"severity": "low", "when": "tries < $few"},
        {"severity": "high", "when": "hits > 0"},
        {"severity": "medium"},
    ],
    "strength": [
        {"points": 10, "when": "severity = 'low'", "reason": _REASON},
        {"points": 40, "when": "severity <> 'low'", "reason": _REASON},
        {"points": 10, "times": "log10(tries)", "at_most": 25, "reason": _REASON},
        {"points": 30, "when": "hits > 5", "reason": _REASON},
    ],
}


def _rules(**changes: object) -> Judged:
    return Judged.model_validate({**_RULES, **changes})


def _judge(tries: int, hits: int | None) -> tuple[str, float, str]:
    query = judged(
        "select $tries::int as tries, $hits::int as hits, {'a': 1} as evidence", _rules()
    )
    found = duckdb.execute(
        f"select severity, score, evidence from ({query})",
        {"tries": tries, "hits": hits, "few": 10},
    ).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("tries", "hits", "severity", "score"),
    [
        (1, 9, "low", 10 + 30),
        (10, 0, "medium", 40 + 10),
        (10, None, "medium", 40 + 10),
        (100, 1, "high", 40 + 20),
        (10_000, 1, "high", 40 + 25),
        (10_000, 6, "high", 95),
    ],
)
def test_first_rule_that_holds_gives_the_severity_and_parts_add_up(
    tries: int, hits: int | None, severity: str, score: float
) -> None:
    """What is not known fulfils no condition; a part has its bound; evidence comes as JSON."""
    given, strength, evidence = _judge(tries, hits)
    assert (given, evidence) == (severity, '{"a":1}')
    assert strength == pytest.approx(score)


def test_strength_ends_at_a_hundred() -> None:
    """However many parts there are."""
    rules = _rules(strength=[{"points": 70, "reason": _REASON}, {"points": 70, "reason": _REASON}])
    query = judged("select 20 as tries, 1 as hits, {'a': 1} as evidence", rules)
    assert duckdb.execute(f"select score from ({query})", {"few": 1}).fetchone() == (100,)


def test_one_severity_for_all_needs_no_condition() -> None:
    """A detector whose findings are all alike."""
    rules = _rules(severities=[{"severity": Severity.INFO}])
    query = judged("select 1 as tries, 0 as hits, {'a': 1} as evidence", rules)
    assert duckdb.execute(f"select severity from ({query})").fetchone() == ("info",)


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        ([{"severity": "low"}, {"severity": "high"}], "severities.0: only the last"),
        ([{"severity": "low", "when": "hits = 0"}], "severities.0: the last is for all"),
    ],
)
def test_rules_in_a_wrong_order_are_told(severities: list[dict[str, str]], said: str) -> None:
    """A rule for all that is not the last, and a last that leaves some without a severity."""
    (mistake,) = mistakes(_rules(severities=severities))
    assert mistake.startswith(said)


def test_part_without_a_reason_is_refused() -> None:
    """Every weight says why."""
    with pytest.raises(ValidationError, match="reason"):
        _rules(strength=[{"points": 10}])
