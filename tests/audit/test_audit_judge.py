"""The rules of the verdicts: what makes a measure met, met with exceptions, or not provable."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pipelines.audit.facts import MEASURES, Facts, Nights, Run, Watched
from pipelines.audit.judge import Standing, judge, overall
from pipelines.deliver.run import Proof
from pipelines.detect.changed import Changed
from pipelines.records.used import Watch
from pipelines.records.verify import Fault
from pipelines.records.verify import Proof as RecordsProof
from pipelines.text.messages import message


@pytest.fixture
def clean(facts: Facts) -> Facts:
    """The month with everything left out that speaks against it."""
    ran = frozenset(day.on for day in facts.days)
    return replace(
        facts,
        days=tuple(
            replace(day, rejects=0, checked=True, detected=True, reported=True)
            for day in facts.days
        ),
        sites=tuple(replace(site, cover=("complete",) * 30, rejects=0) for site in facts.sites),
        nights={name: Nights(name, ran, frozenset()) for name in facts.nights},
        outcomes=dict.fromkeys(MEASURES, ()),
        accesses=tuple(
            one for one in facts.accesses if one.is_named and one.user_type and one.level
        ),
        reviews=tuple(
            replace(
                day, version=signed.version, reported_at=signed.reported_at, signatures=(signed,)
            )
            for day, signed in zip(facts.reviews, facts.reviews[0].signatures * 30, strict=True)
        ),
        checks=(),
        unreadable=0,
        failed_runs=(),
        use=replace(facts.use, rights=facts.use.rights and facts.use.rights[1:], beyond=()),
    )


def _standings(facts: Facts) -> dict[int, Standing]:
    return {one.measure: one.standing for one in judge(facts)}


def _said(facts: Facts, measure: int) -> dict[str, int]:
    return {one.key: one.n for one in judge(facts)[measure - 1].reasons}


def test_a_month_against_which_nothing_speaks_is_met(clean: Facts) -> None:
    """All seven, each with the days that were examined."""
    assert set(_standings(clean).values()) == {Standing.MET}
    assert all(_said(clean, measure) == {"nothing_against": 30} for measure in MEASURES)


def test_the_month_as_it_was_has_every_exception(facts: Facts) -> None:
    """Each reason with its count, where the lines and runs of the month put it."""
    assert set(_standings(facts).values()) == {Standing.EXCEPTIONS}
    assert _said(facts, 1) == {"not_examined": 1, "failed_nights": 1, "unnamed": 1}
    assert _said(facts, 2) == {"not_examined": 1, "confirmed": 1, "open": 1, "unlevelled": 1}
    assert _said(facts, 3) == {
        "not_examined": 1, "confirmed": 1, "open": 1, "untyped": 1, "unused_rights": 1,
    }  # fmt: skip
    assert _said(facts, 4) == {"not_examined": 1}
    assert _said(facts, 5) == {
        "not_examined": 1, "confirmed": 1, "open": 1,
        "sites_silent": 31, "sites_doubtful": 2, "rejects": 1,
    }  # fmt: skip
    assert _said(facts, 6) == {
        "not_examined": 1, "failed_nights": 1, "open": 1, "sites_silent": 31,
    }  # fmt: skip
    assert _said(facts, 7) == {
        "not_examined": 1, "open": 1, "not_reported": 1, "unsigned": 26, "changed": 1,
        "failed_runs": 1,
    }  # fmt: skip


def test_detectors_that_settings_silence_are_exceptions(clean: Facts) -> None:
    """Off or in shadow: of each measure that they serve, counted once; other values are none."""
    days = clean.days[0].on, clean.days[1].on
    changed = tuple(
        Changed(detector, mode, None, *days, 2, 0)
        for detector, mode in (
            ("brute-force", "off"),
            ("brute-force", "shadow"),
            ("mass-export", "active"),
        )
    )
    facts = replace(clean, changed_detectors=changed)
    assert _said(facts, 1) == {"quiet_detectors": 1}
    assert _said(facts, 4) == {"nothing_against": 30}


def _without(name: str) -> Callable[[Facts], Facts]:
    nothing: dict[str, Any] = {name: ()}
    return lambda facts: replace(facts, **nothing)


def _half_unexamined(count: int) -> Callable[[Facts], Facts]:
    return lambda facts: replace(
        facts,
        days=tuple(replace(day, detected=number >= count) for number, day in enumerate(facts.days)),
    )


@pytest.mark.parametrize(
    ("change", "measures", "key"),
    [
        (
            lambda facts: replace(
                facts,
                accesses=(),
                days=tuple(replace(day, logins=0, failed_logins=0) for day in facts.days),
            ),
            {1, 3, 5},
            "no_user",
        ),
        (lambda facts: replace(facts, accesses=(), refused=0), {2, 3, 5}, "no_level"),
        (_without("accesses"), {3, 5}, "no_type"),
        (lambda facts: replace(facts, use=replace(facts.use, rights=None)), {3}, "no_rights"),
        (_without("reviews"), {7}, "nothing_signed"),
        (_half_unexamined(15), set(MEASURES), "mostly_not_examined"),
        (
            lambda facts: replace(
                facts, days=tuple(replace(day, checked=False) for day in facts.days)
            ),
            {6},
            "mostly_unchecked",
        ),
    ],
)
def test_what_a_verdict_would_rest_on_is_missing(
    clean: Facts, change: Callable[[Facts], Facts], measures: set[int], key: str
) -> None:
    """Such measures are not provable, whatever else is well, and no others."""
    changed = change(clean)
    unprovable = {
        measure
        for measure, standing in _standings(changed).items()
        if standing is Standing.NOT_PROVABLE
    }
    assert unprovable == measures
    assert any(key in _said(changed, measure) for measure in measures)
    assert overall(judge(changed)) is Standing.NOT_PROVABLE


def test_less_than_half_of_the_days_is_an_exception(clean: Facts) -> None:
    """Fourteen of thirty days; fifteen are half, see above."""
    changed = _half_unexamined(14)(clean)
    assert set(_standings(changed).values()) == {Standing.EXCEPTIONS}
    assert _said(changed, 4) == {"not_examined": 14}


@pytest.mark.parametrize(
    ("measure", "key", "change"),
    [
        (6, "unreadable", {"unreadable": 2}),
        (7, "undelivered", {"deliveries": (Proof("email", "alert", "2026-11-04", "missing"),)}),
        (7, "undelivered", {"deliveries": (Proof("email", "alert", "2026-11-04", "earlier"),)}),
    ],
)
def test_one_exception_alone_shows_at_its_measure(
    clean: Facts, measure: int, key: str, change: dict[str, Any]
) -> None:
    """And nowhere else."""
    changed = replace(clean, **change)
    counts = Counter(_standings(changed).values())
    assert counts == {Standing.MET: 6, Standing.EXCEPTIONS: 1}
    assert key in _said(changed, measure)


def test_what_was_made_good_speaks_against_nothing(clean: Facts, facts: Facts) -> None:
    """A run that failed and was done again, notices that went out, records within their time."""
    mended: tuple[Run, ...] = tuple(run for run in facts.failed_runs if run.is_mended)
    sent = (Proof("email", "alert", "2026-11-04", "sent"),)
    assert mended
    changed = replace(clean, failed_runs=mended, deliveries=sent)
    assert set(_standings(changed).values()) == {Standing.MET}


def test_records_of_use_that_were_changed_are_an_exception_of_supervision(clean: Facts) -> None:
    """Whoever edits them shows at measure 7; as they were written they speak against nothing."""
    watch = Watch("0" * 64, ())
    bad = Fault("use-2026-11.jsonl", 3, message("records.verify.edited"))
    for fault, standing in ((None, Standing.MET), (bad, Standing.EXCEPTIONS)):
        proof = RecordsProof(9, "0" * 64, fault)
        facts = replace(clean, watched=Watched(watch, proof))
        assert _standings(facts)[7] is standing
    assert _said(facts, 7) == {"records_changed": 1}


def test_records_past_their_time_are_an_exception_of_supervision(clean: Facts) -> None:
    """What should have been deleted is still there."""
    changed = replace(clean, kept=replace(clean.kept, overdue=5))
    assert _said(changed, 7) == {"overdue": 5}
