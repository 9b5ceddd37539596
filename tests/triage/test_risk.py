"""The risk of a case to the number: what fades, what adds, what is told again and when."""

import pytest

from pipelines.findings import Severity
from pipelines.triage.cases.risk import (
    HIGH,
    Evidence,
    Rise,
    faded,
    horizon,
    risk_on,
    severity_at,
)
from pipelines.triage.incidents import noisy_or
from tests.triage.given_evidence import HALF_LIFE, OWNED_FROM, day_of, days_of, evidence

_WEB = {"category": "web_attack"}


def _voices(*given: tuple[str, str, float]) -> list[Evidence]:
    """Findings by detector, severity and score; a detector in capitals is one of web attacks."""
    return [
        evidence(0, severity, score, detector=name, **(_WEB if name.isupper() else {}))
        for name, severity, score in given
    ]


@pytest.mark.parametrize(
    ("given", "risk"),
    [
        ([], 0.0),
        ([("a", "low", 12.0)], 12.0),
        ([("a", "high", 50.0), ("a", "high", 70.0), ("a", "high", 60.0)], 70.0),
        ([("a", "high", 70.0), ("b", "medium", 50.0)], 77.5),
        ([("a", "high", 70.0), ("b", "low", 50.0)], 70.0),
        ([("a", "high", 70.0), ("B", "medium", 50.0)], 71.5),
        ([("a", "high", 70.0), ("b", "medium", 50.0), ("c", "medium", 40.0)], 82.0),
        # Of four others the three that weigh most count, whatever their score.
        (
            [
                *(("a", "high", 70.0), ("B", "medium", 60.0)),
                *(("c", "medium", 40.0), ("d", "medium", 40.0), ("e", "medium", 40.0)),
            ],
            84.64,
        ),
        ([("a", "critical", 100.0), ("b", "high", 70.0)], 100.0),
    ],
)
def test_findings_together(given: list[tuple[str, str, float]], risk: float) -> None:
    """Half of what another detector says, a tenth of what a scanner says, three others at most."""
    for order in (given, given[::-1]):
        assert noisy_or(_voices(*order)) == pytest.approx(risk)


@pytest.mark.parametrize(
    ("days", "left"), [(0, 80.0), (1, 40.0 * 2 ** (1 - 1 / 14)), (14, 40.0), (42, 10.0)]
)
def test_a_risk_fades_by_half_in_each_half_life(days: int, left: float) -> None:
    """Nothing is gone on the day itself."""
    assert faded(80.0, days, HALF_LIFE) == pytest.approx(left)


def test_findings_count_for_six_half_lives() -> None:
    """What is older has faded to nearly nothing."""
    assert horizon(HALF_LIFE) == 84


@pytest.mark.parametrize(
    ("risk", "severity"),
    [(100, "high"), (60, "high"), (59.9, "medium"), (40, "medium"), (39.9, "low"), (10, "low"),
     (9.9, "info"), (0, "info")],
)  # fmt: skip
def test_severity_of_a_sum(risk: float, severity: str) -> None:
    """By the bands of findings; a sum alone is never critical."""
    assert severity_at(risk) is Severity(severity)


def test_risk_on_a_day_is_that_of_the_last_day_up_to_it_faded() -> None:
    """Nothing before the first; findings of later days count for nothing."""
    course = days_of(evidence(0, "high", 70.0), evidence(9, "high", 75.0, detector="mass-export"))
    at_nine = 70 * 2 ** (-9 / 14) + 37.5
    expected = {-1: 0, 0: 70, 8: 70 * 2 ** (-8 / 14), 9: at_nine, 23: at_nine / 2}
    found = {number: risk_on(course, day_of(number), HALF_LIFE, OWNED_FROM) for number in expected}
    assert found == pytest.approx(expected)


def test_what_nobody_owns_does_not_fade() -> None:
    """From the first finding to look at, until somebody has it; what asks for no look does."""
    found = [evidence(0, "high", 70.0), evidence(14, "low", 20.0, detector="mass-export")]
    alone = days_of(*found, owned_from=None)
    assert [one.risk for one in alone] == pytest.approx([70.0, 80.0])
    assert risk_on(alone, day_of(500), HALF_LIFE) == pytest.approx(80.0)
    late = days_of(*found, owned_from=day_of(7))
    assert late[1].carried == pytest.approx(70 * 2**-0.5)
    for day, left in ((14, 1.0), (21, 2**-0.5), (28, 0.5)):
        now = risk_on(late, day_of(day), HALF_LIFE, day_of(7))
        assert now == pytest.approx(late[1].risk * left)
        unknown = risk_on(late, day_of(day), HALF_LIFE, day_of(21))
        assert unknown == pytest.approx(late[1].risk * (1.0 if day <= 21 else 2**-0.5))
    faint = days_of(evidence(0, "low", 30.0), owned_from=None)
    assert risk_on(faint, day_of(14), HALF_LIFE) == pytest.approx(15.0)


def test_the_first_day_has_nothing_carried() -> None:
    """Its risk is what its findings are together, even where they would add little."""
    (day,) = days_of(evidence(0, "medium", 40.0))
    assert (day.carried, day.alone, day.risk) == (0.0, 40.0, 40.0)
    assert day.evidence == day.news == (evidence(0, "medium", 40.0),)
    assert days_of() == ()


def test_news_add_half_and_scanners_a_tenth() -> None:
    """On what is left of the last day, not of the first."""
    course = days_of(
        evidence(0, "medium", 50.0),
        evidence(14, "medium", 44.0, detector="mass-export"),
        evidence(28, "medium", 40.0, detector="sql-injection", **_WEB),
    )
    assert [one.carried for one in course] == pytest.approx([0, 25, 23.5])
    assert [one.risk for one in course] == pytest.approx([50, 47, 40])
    both = days_of(
        evidence(0, "high", 60.0),
        evidence(14, "low", 30.0, detector="mass-export"),
        evidence(14, "low", 20.0, detector="sql-injection", **_WEB),
    )
    assert both[1].risk == pytest.approx(30 + 15 + 2)


def test_what_goes_on_adds_two_fifths_of_that_and_never_beyond_high() -> None:
    """The same again after exactly a half-life is still the same; a day later it is news."""
    first = evidence(0, "high", 64.0)
    again, late = (days_of(first, evidence(n, "low", 30.0)) for n in (14, 15))
    assert again[1].repeats
    assert again[1].risk == pytest.approx(32 + 0.4 * 15)
    assert late[1].news
    assert late[1].risk == pytest.approx(64 * 2 ** (-15 / 14) + 15)
    soon = days_of(first, evidence(1, "low", 30.0))
    assert soon[1].carried > HIGH
    assert soon[1].risk == soon[1].carried
    nearly = days_of(first, evidence(3, "low", 30.0))
    assert nearly[1].carried == pytest.approx(64 * 2 ** (-3 / 14))
    assert nearly[1].risk == pytest.approx(min(nearly[1].carried + 6, HIGH))


def test_no_risk_is_above_a_hundred() -> None:
    """However much is new each day."""
    names = ("a", "b", "c", "d")
    course = days_of(*(evidence(n, "critical", 99.0, detector=one) for n, one in enumerate(names)))
    assert [one.risk for one in course][1:] == [100.0] * 3


def test_what_came_again_within_a_half_life_of_the_last_time_is_no_news() -> None:
    """The pause is counted from the last day, not from the first; the same day twice is once."""
    course = days_of(*(evidence(n, "medium", 50.0) for n in (0, 10, 20, 35)))
    assert [bool(one.news) for one in course] == [True, False, False, True]
    twice = days_of(
        evidence(0, "medium", 50.0), evidence(0, "medium", 50.0, detector="bulk-record-access")
    )
    assert (len(twice[0].news), len(twice[0].repeats)) == (1, 1)


def _faint(number: int, *, is_web: bool = False) -> Evidence:
    """Something new of each day, too small to be looked at by itself."""
    about = _WEB if is_web else {}
    return evidence(number, "low", 39.5, detector=f"{number}{'web' if is_web else ''}", **about)


def test_a_case_is_told_again_when_it_has_faded_for_more_than_a_half_life() -> None:
    """A half-life later to the day it is still known to be high; a week more, and it is not."""
    known = [
        evidence(0, "high", 60.0),
        *(evidence(0, "low", 39.5, detector=one) for one in ("b",)),
        evidence(0, "low", 39.5, detector="c", **_WEB),
    ]
    again = [
        evidence(14, "low", 39.5, detector="b"),
        evidence(14, "low", 39.5, detector="c", **_WEB),
    ]
    still = days_of(*known, *again, _faint(14), _faint(14, is_web=True))
    assert still[1].carried == pytest.approx(HIGH / 2)
    assert still[1].risk == pytest.approx(HIGH)
    assert [one.rise for one in still] == [Rise.OPENED, None]
    later = days_of(evidence(0, "high", 60.0), *(_faint(n) for n in range(20, 24)))
    assert 15 < later[1].carried < HIGH / 2
    assert [one.rise for one in later if one.risk >= HIGH][:2] == [Rise.OPENED, Rise.ADDED_UP]


def test_what_needs_a_look_opens_a_case_and_then_lets_it_grow() -> None:
    """Small things before do not count as opened; each new one to look at is told."""
    course = days_of(
        evidence(0, "low", 30.0),
        evidence(1, "medium", 45.0, detector="b"),
        evidence(15, "medium", 45.0, detector="c"),
        evidence(16, "low", 20.0, detector="d"),
    )
    assert [one.rise for one in course] == [None, Rise.OPENED, Rise.GREW, None]


def test_a_loud_day_and_the_sum_are_told_once_each() -> None:
    """Medium news open it; when the sum becomes high it is told as such, and a high one is not."""
    mediums = [evidence(n, "medium", 45.0, detector=str(n)) for n in range(3)]
    course = days_of(*mediums)
    assert [round(one.risk, 1) for one in course] == [45.0, 65.3, 84.7]
    assert [one.rise for one in course] == [Rise.OPENED, Rise.ADDED_UP, Rise.GREW]
    high = days_of(evidence(0, "high", 65.0), evidence(1, "medium", 45.0, detector="b"))
    assert [one.rise for one in high] == [Rise.OPENED, Rise.GREW]
    weak = days_of(evidence(0, "medium", 45.0), evidence(1, "high", 50.0, detector="b"))
    assert weak[1].alone < HIGH <= weak[1].risk
    assert [one.rise for one in weak] == [Rise.OPENED, Rise.GREW]  # the finding itself says high
    exactly = days_of(evidence(0, "low", 60.0))
    assert exactly[0].rise is None  # the finding by itself is as much, and was not to be looked at


@pytest.mark.parametrize(
    ("values", "needs_a_look"),
    [
        ({}, True),
        ({"is_within_budget": False}, False),
        ({"severity": "low"}, False),
        ({"severity": "low", "is_within_budget": False}, False),
    ],
)
def test_what_the_report_asks_to_look_at(values: dict[str, object], needs_a_look: bool) -> None:
    """From medium up, and within the night's budget."""
    severity = str(values.pop("severity", "medium"))
    assert evidence(0, severity, 50.0, **values).needs_a_look is needs_a_look
