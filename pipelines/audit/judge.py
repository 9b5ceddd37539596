"""What the month's facts say of each measure, by rules that the report prints.

A measure is not provable where the facts that it rests on are missing, or where on half of the
month's days or more nothing was received and examined. It is met with exceptions where they are
there, and something speaks against it. Else it is met: as far as logs can show.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipelines.audit.facts import MEASURES, Facts


class Standing(StrEnum):
    """What can be said of a measure, the worst last."""

    MET = "met"
    EXCEPTIONS = "exceptions"
    NOT_PROVABLE = "not_provable"

    @property
    def tone(self) -> str:
        """The mark that it wears in the reports."""
        return {"met": "ok", "exceptions": "medium", "not_provable": "high"}[self]


@dataclass(frozen=True)
class Reason:
    """Why: the name of a sentence (`audit.reason.*`) and the count in it."""

    key: str
    n: int = 0


@dataclass(frozen=True)
class Judged:
    """A measure, what can be said of it, and every reason."""

    measure: int
    standing: Standing
    reasons: tuple[Reason, ...]


def judge(facts: Facts) -> tuple[Judged, ...]:
    """Return the verdict on each of the seven measures, in their order."""
    return tuple(_judged(facts, measure) for measure in MEASURES)


def _judged(facts: Facts, measure: int) -> Judged:
    lacking = tuple(_lacking(facts, measure))
    if lacking:
        return Judged(measure, Standing.NOT_PROVABLE, lacking)
    against = tuple(
        reason for reason in (*_of_any(facts, measure), *_AGAINST[measure](facts)) if reason.n
    )
    if against:
        return Judged(measure, Standing.EXCEPTIONS, against)
    return Judged(measure, Standing.MET, (Reason("nothing_against", len(facts.days)),))


def _lacking(facts: Facts, measure: int) -> Iterator[Reason]:
    """What a verdict would rest on, and is not there."""
    not_examined = len(facts.not_examined(measure))
    if 2 * not_examined >= len(facts.days):
        yield Reason("mostly_not_examined", not_examined)
    yield from _LACKING[measure](facts)


def _of_any(facts: Facts, measure: int) -> Iterator[Reason]:
    outcomes = facts.outcomes.get(measure, ())
    yield Reason("not_examined", len(facts.not_examined(measure)))
    yield Reason("failed_nights", facts.failed_nights(measure))
    yield Reason("quiet_detectors", facts.quiet_detectors(measure))
    yield Reason("confirmed", sum(one.confirmed for one in outcomes))
    yield Reason("open", sum(one.open_urgent for one in outcomes))


def _no_user(facts: Facts) -> Iterator[Reason]:
    named = facts.accesses_of() - facts.unnamed
    if not facts.sum_of("logins") + facts.sum_of("failed_logins") + named:
        yield Reason("no_user")


def _no_level(facts: Facts) -> Iterator[Reason]:
    if not facts.refused and all(one.level == 0 for one in facts.accesses):
        yield Reason("no_level")


def _no_rights(facts: Facts) -> Iterator[Reason]:
    if all(one.user_type is None for one in facts.accesses):
        yield Reason("no_type")
    if facts.use.rights is None:
        yield Reason("no_rights")


def _no_access(facts: Facts) -> Iterator[Reason]:
    if not facts.accesses:
        yield Reason("no_access")


def _not_checked(facts: Facts) -> Iterator[Reason]:
    unchecked = len(facts.days) - facts.sum_of("checked")
    if 2 * unchecked >= len(facts.days):
        yield Reason("mostly_unchecked", unchecked)


def _not_signed(facts: Facts) -> Iterator[Reason]:
    if not facts.review_states["signed"] and not facts.review_states["changed"]:
        yield Reason("nothing_signed")


def _nothing(_: Facts) -> Iterator[Reason]:
    yield from ()


def _unnamed(facts: Facts) -> Iterator[Reason]:
    yield Reason("unnamed", facts.unnamed)


def _unlevelled(facts: Facts) -> Iterator[Reason]:
    yield Reason("unlevelled", facts.unlevelled)


def _rights(facts: Facts) -> Iterator[Reason]:
    yield Reason("untyped", facts.untyped)
    yield Reason("unused_rights", len(facts.use.unused))
    yield Reason("beyond_role", len(facts.use.beyond))


def _incomplete(facts: Facts) -> Iterator[Reason]:
    yield Reason("sites_silent", facts.cover["nothing"])
    yield Reason("sites_doubtful", facts.cover["doubt"])
    yield Reason("rejects", facts.sum_of("rejects"))


def _operations(facts: Facts) -> Iterator[Reason]:
    yield Reason("unchecked", len(facts.days) - facts.sum_of("checked"))
    yield Reason("sites_silent", facts.cover["nothing"])
    yield Reason("checks_failed", sum(one.is_critical for one in facts.checks))
    yield Reason("unreadable", facts.unreadable)


def _supervision(facts: Facts) -> Iterator[Reason]:
    states = facts.review_states
    yield Reason("not_reported", len(facts.days) - facts.sum_of("reported"))
    yield Reason("unsigned", states["unsigned"])
    yield Reason("changed", states["changed"])
    yield Reason("failed_runs", sum(not run.is_mended for run in facts.failed_runs))
    yield Reason("undelivered", facts.undelivered)
    yield Reason("overdue", facts.kept.overdue)
    yield Reason("records_changed", int(facts.watched is not None and not facts.watched.proof.ok))


Rule = Callable[[Facts], Iterator[Reason]]
_LACKING: Mapping[int, Rule] = {
    1: _no_user,
    2: _no_level,
    3: _no_rights,
    4: _nothing,
    5: _no_access,
    6: _not_checked,
    7: _not_signed,
}
_AGAINST: Mapping[int, Rule] = {
    1: _unnamed,
    2: _unlevelled,
    3: _rights,
    4: _nothing,
    5: _incomplete,
    6: _operations,
    7: _supervision,
}


def overall(verdicts: tuple[Judged, ...]) -> Standing:
    """Return the worst of the verdicts."""
    return max((one.standing for one in verdicts), key=list(Standing).index)


def as_values(verdicts: tuple[Judged, ...]) -> list[dict[str, Any]]:
    """Return the verdicts for `audit.json`."""
    return [
        {
            "measure": one.measure,
            "standing": str(one.standing),
            "reasons": [vars(reason) for reason in one.reasons],
        }
        for one in verdicts
    ]
