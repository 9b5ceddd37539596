"""How many places of a night each kind of finding has, to the place."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from pipelines.findings import PARTNER_SITE, Finding, Severity
from pipelines.triage.budget import within_budget
from tests.detect.given_findings import make

PLACES = 20


def _many(count: int, **values: Any) -> list[Finding]:
    """Findings of as many actors, the riskiest first, unless `values` name the actor."""
    base = {"severity": Severity.MEDIUM, "score": 50.0}
    return [
        make(
            **{
                "actor": f"{values.get('detector', 'x')}-{number}",
                **base,
                **values,
                "finding_id": f"{sorted(values.items(), key=str)}-{number}",
            }
        )
        for number in range(count)
    ]


def _above(findings: Sequence[Finding], places: int = PLACES) -> list[Finding]:
    return [one for one in within_budget(findings, places) if one.severity.needs_a_look]


def _by(attribute: str, found: Sequence[Finding]) -> dict[str, int]:
    return dict(Counter(str(getattr(one, attribute)) for one in found))


def test_as_many_as_there_are_places_all_have_one() -> None:
    """One more, and one is left without."""
    assert within_budget(_many(20), PLACES) == _many(20)
    assert len(_above(_many(21))) == 20
    assert within_budget([], PLACES) == []


def test_settled_and_small_findings_take_no_place() -> None:
    """They stay as they were."""
    loud = _many(20)
    others = [*_many(5, status="closed"), *_many(5, severity=Severity.LOW, score=20.0)]
    assert within_budget([*loud, *others], PLACES) == [*loud, *others]
    assert len(_above([*loud, *_many(1, detector="b", status="acknowledged")])) == 20


def test_half_of_the_places_are_for_one_detector_while_others_wait() -> None:
    """The graver ones come first; what the share left out has what nobody else takes."""
    grave = _many(30, detector="a", severity=Severity.HIGH, score=70.0)
    assert _by("detector", _above([*grave, *_many(30, detector="b")])) == {"a": 10, "b": 10}
    assert _by("detector", _above([*grave, *_many(4, detector="b")])) == {"a": 16, "b": 4}


def test_a_quarter_of_the_places_is_for_one_person_while_others_wait() -> None:
    """Over all detectors and sites."""
    names = [f"d{number}" for number in range(12)]
    loud = [
        one
        for name in names
        for one in _many(1, detector=name, actor="st-1", severity=Severity.HIGH, score=70.0)
    ]
    others = [one for name in ("e", "f", "g") for one in _many(10, detector=name)]
    assert Counter(one.actor == "st-1" for one in _above([*loud, *others])) == {True: 5, False: 15}


def _of_shop(count: int, shop: str, **values: Any) -> list[Finding]:
    return _many(count, franchise=shop, site_id=f"shop-{shop}", **values)


def test_shops_have_what_is_left_and_a_quarter_at_least() -> None:
    """Also where people of the company would take all places."""
    own = [*_many(10, detector="a"), *_many(10, detector="b")]
    shops = [one for n in range(9) for one in _of_shop(2, f"{n}", detector=f"c{n % 3}")]
    assert _by("franchise", _above([*own, *shops])).pop("None") == 20
    assert len(_above([*own, *shops])) == 25
    assert len(_above([*own[:12], *shops])) == 20
    assert len(_above([*own[:4], *own[10:16], *shops])) == 20


def test_of_what_shops_have_a_quarter_is_for_one_shop_and_one_person() -> None:
    """And half for one detector, in the first round."""
    flood = [
        one
        for name in "abcdef"
        for one in _of_shop(6, "1", detector=name, severity=Severity.HIGH, score=70.0)
    ]
    others = [one for n in range(2, 8) for one in _of_shop(4, f"{n}", detector=f"g{n}")]
    found = _by("franchise", _above([*flood, *others]))
    assert found["1"] == 5
    assert sum(found.values()) == 20
    one_person = [
        one
        for n in range(1, 9)
        for one in _of_shop(
            1, f"{n}", detector=f"h{n}", actor="fr-1", severity=Severity.HIGH, score=70.0
        )
    ]
    found = _by("actor", _above([*one_person, *others]))
    assert found["fr-1"] == 5
    same = [one for n in range(9) for one in _of_shop(3, f"{n}", detector="a")]
    few = [one for n in range(20, 25) for one in _of_shop(2, f"{n}", detector=f"z{n}")]
    assert _by("detector", _above([*same, *few]))["a"] == 10


def _attacks(count: int, **values: Any) -> list[Finding]:
    base = {"category": "web_attack", "actor_kind": "ip", "evidence": {"successes": 1}}
    return _many(count, **{**base, **values})


def test_others_have_what_is_left_and_a_quarter_at_least() -> None:
    """Whoever sends requests takes no place of the people at work."""
    attacks = [one for name in "abcd" for one in _attacks(10, detector=name)]
    own = [one for name in "efgh" for one in _many(5, detector=name)]
    found = _by("category", _above([*own, *attacks]))
    assert found == {"personal_data": 20, "web_attack": 5}
    found = _by("category", _above([*own[:12], *attacks]))
    assert found == {"personal_data": 12, "web_attack": 8}


def test_each_kind_of_what_comes_from_outside_has_places_for_sure() -> None:
    """Half of what is left, shared by as many kinds as there are, and one at least."""
    flood = [
        one
        for name in "abcdef"
        for one in _attacks(20, detector=name, severity=Severity.CRITICAL, score=95.0)
    ]
    sites = _many(
        9, detector="s", category="operations", actor_kind="site", evidence={},
    )  # fmt: skip
    found = _by("category", _above([*flood, *sites]))
    # Two kinds: five places each for sure; then the graver ones up to half of the places.
    assert found == {"web_attack": 15, "operations": 5}
    few = _by("category", _above([*flood, *sites], 4))
    assert few == {"web_attack": 3, "operations": 1}
    for places in (1, 2):
        kinds = _by("category", _above([*flood, *sites], places))
        assert kinds == {"web_attack": 1, "operations": 1}


def test_of_outside_a_quarter_is_for_one_detector_while_others_wait() -> None:
    """In what is given by need."""
    flood = _attacks(30, detector="a", severity=Severity.CRITICAL, score=95.0)
    others = [one for name in "bcdefg" for one in _attacks(5, detector=name)]
    found = _by("detector", _above([*flood, *others]))
    # Ten for sure of one kind, of which five by the share of a detector; then five more.
    assert found["a"] == 10
    assert sum(found.values()) == 20


def test_one_partners_word_takes_a_quarter_while_others_wait() -> None:
    """What other partners say is a matter of other sites."""
    word = {"severity": Severity.MEDIUM, "category": "personal_data"}
    flood = [
        one
        for name in "abcdef"
        for one in _many(
            8, detector=name, site_id="shop-1", franchise="1", score=58.0,
            evidence={PARTNER_SITE: "shop-1"}, **word,
        )
    ]  # fmt: skip
    others = [
        one
        for name in "ghijkl"
        for one in _many(
            8, detector=name, site_id=f"shop-{name}", franchise=name, score=41.0,
            evidence={PARTNER_SITE: f"shop-{name}"}, **word,
        )
    ]  # fmt: skip
    assert _by("site_id", _above([*flood, *others]))["shop-1"] == 10
    assert len(_above([*flood, *others])) == 20


def test_incidents_with_a_critical_finding_come_first_then_the_riskiest() -> None:
    """Also where another one has a higher score."""
    critical = make(actor="c", detector="z", severity=Severity.CRITICAL, score=50.0)
    risky = make(actor="r", detector="y", severity=Severity.HIGH, score=79.0)
    less = make(actor="l", detector="x", severity=Severity.HIGH, score=70.0)
    found = [less, risky, critical]
    assert [one.actor for one in _above(found, 2)] == ["r", "c"]
    assert [one.actor for one in _above(found, 1)] == ["c"]


@pytest.mark.parametrize(
    ("score", "below"), [(0.0, 10.0), (50.0, 25.0), (60.0, 28.0), (100.0, 39.9)]
)
def test_what_has_no_place_is_low_and_knows_what_it_was(score: float, below: float) -> None:
    """Its score is brought into the band of `low`; those with a place stay untouched."""
    first = make(actor="a", severity=Severity.CRITICAL, score=99.0)
    second = make(actor="b", severity=Severity.MEDIUM, score=score)
    kept, folded = within_budget([first, second], 1)
    assert kept is first
    assert (folded.severity, folded.score) == (Severity.LOW, below)
    assert folded.severity_before_budget is Severity.MEDIUM
    assert folded.assessment.score_before == score
