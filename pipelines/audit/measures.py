"""The sections of the seven measures: the verdict, what was recorded, findings and their fate."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from pipelines.audit.facts import Facts, Outcome
from pipelines.audit.judge import Judged
from pipelines.audit.teller import Teller
from pipelines.worksheet.document import Cell, Part, Table

DETECTORS_SHOWN = 40
MARKS = "①②③④⑤⑥⑦"
_USER_TYPES = ("customer", "staff", "franchise", "contractor", "system")
_KINDS = ("record", "list", "export")
_LEVELS = (3, 2, 1, 0)

Row = tuple[Cell, ...]


def measure_part(facts: Facts, judged: Judged, tell: Teller) -> Part:
    """Return the section of one measure, its key `measure-N`."""
    measure = judged.measure
    outcomes = facts.outcomes.get(measure, ())
    rows: list[Row] = [
        (
            tell.say("recorded.examined"),
            tell.share(len(facts.days) - len(facts.not_examined(measure)), len(facts.days)),
        ),
        (tell.say("recorded.detectors"), len(facts.serving[measure])),
        *_RECORDED[measure](facts, tell),
    ]
    recorded = tell.table("recorded.columns", rows, tell.say("recorded.heading"), "pairs")
    found = () if not outcomes else (_outcomes(facts, outcomes[:DETECTORS_SHOWN], tell),)
    cut = len(outcomes) - DETECTORS_SHOWN
    return Part(
        key=f"measure-{measure}",
        heading=f"{MARKS[measure - 1]} {tell.words(f'measure.{measure}')}",
        lead=(tell.reasons(judged),),
        tables=(recorded, *found),
        notes=(
            *(() if outcomes else (tell.say("outcome.none"),)),
            *((tell.say("outcome.cut", n=cut),) if cut > 0 else ()),
            *_silent(facts, measure, outcomes, tell),
            *((tell.say("outcome.note"),) if outcomes else ()),
        ),
    )


def _outcomes(facts: Facts, outcomes: tuple[Outcome, ...], tell: Teller) -> Table:
    rows = [
        (
            tell.title(one.detector),
            len(facts.nights[one.detector].ran_on) if one.detector in facts.nights else "–",
            one.found,
            one.urgent,
            one.confirmed,
            one.false_alarms,
            one.explained,
            one.plain,
            one.suppressed,
            one.open,
            one.open_urgent,
            "–"
            if one.median_seconds is None
            else tell.words.duration(dt.timedelta(seconds=one.median_seconds)),
        )
        for one in outcomes
    ]
    return tell.table("outcome.columns", rows, tell.say("outcome.heading"), "outcomes")


def _silent(
    facts: Facts, measure: int, outcomes: tuple[Outcome, ...], tell: Teller
) -> Iterator[str]:
    """What is to be said of detectors that a table of findings does not show."""
    found = {one.detector for one in outcomes}
    nights = {one: facts.nights.get(one) for one in facts.serving[measure]}
    ran = {name for name, night in nights.items() if night is not None and night.ran_on}
    quiet = [name for name in nights if name in ran and name not in found]
    if quiet:
        yield tell.say("outcome.quiet", names=tell.joined(map(tell.title, quiet)))
    failed = [
        tell.say("outcome.failed_name", name=tell.title(name), n=len(night.failed_on))
        for name, night in nights.items()
        if night is not None and night.failed_on
    ]
    if failed:
        yield tell.say("outcome.failed", names=tell.joined(failed))
    never = [name for name in nights if name not in ran]
    if never:
        yield tell.say("outcome.not_run", names=tell.joined(map(tell.title, never)))


def _identified(facts: Facts, tell: Teller) -> Iterator[Row]:
    yield tell.say("recorded.logins"), facts.sum_of("logins")
    yield tell.say("recorded.failed_logins"), facts.sum_of("failed_logins")
    yield tell.say("recorded.named"), facts.accesses_of() - facts.unnamed
    yield tell.say("recorded.unnamed"), facts.unnamed


def _levels(facts: Facts, tell: Teller) -> Iterator[Row]:
    for level in _LEVELS:
        count = sum(one.accesses for one in facts.accesses if one.level == level)
        yield tell.say("recorded.level", level=level), count
    yield tell.say("recorded.refused"), facts.refused


def _types(facts: Facts, tell: Teller) -> Iterator[Row]:
    for user_type in _USER_TYPES:
        name = tell.words(f"user_type.{user_type}")
        count = facts.accesses_of(user_type=user_type)
        yield tell.say("recorded.user_type", name=name), count
    yield tell.say("recorded.untyped"), facts.untyped
    yield tell.say("recorded.unnamed"), facts.unnamed


def _leakage(facts: Facts, tell: Teller) -> Iterator[Row]:
    yield tell.say("recorded.exports"), facts.accesses_of(kind="export")
    sizes = sum(one.bytes for one in facts.accesses if one.kind == "export")
    yield tell.say("recorded.export_bytes"), sizes
    if not facts.masked:
        yield tell.say("recorded.nothing_masked"), 0
    for kind, count in facts.masked.items():
        yield tell.say("recorded.masked", kind=kind), count


def _accesses(facts: Facts, tell: Teller) -> Iterator[Row]:
    for kind in _KINDS:
        name = tell.words(f"worksheet.kind.{kind}")
        yield tell.say("recorded.kind", kind=name), facts.accesses_of(kind=kind)
    yield tell.say("recorded.explained"), sum(one.accesses for one in facts.explained)


def _operations(facts: Facts, tell: Teller) -> Iterator[Row]:
    yield tell.say("recorded.sites"), len(facts.sites)
    for name in ("lines", "records", "rejects", "server_errors"):
        yield tell.say(f"recorded.{name}"), facts.sum_of(name)
    yield tell.say("recorded.checked"), tell.share(facts.sum_of("checked"), len(facts.days))
    yield tell.say("recorded.checks_failed"), len(facts.checks)
    yield tell.say("recorded.unreadable"), facts.unreadable


def _supervision(facts: Facts, tell: Teller) -> Iterator[Row]:
    days = len(facts.days)
    yield tell.say("recorded.reported"), tell.share(facts.sum_of("reported"), days)
    yield tell.say("recorded.signed"), tell.share(facts.review_states["signed"], days)
    yield tell.say("recorded.suppressions"), len(facts.rules)
    yield tell.say("recorded.failed_runs"), len(facts.failed_runs)
    due = facts.deliveries
    yield (
        tell.say("recorded.deliveries"),
        tell.say("recorded.no_deliveries")
        if due is None
        else tell.share(len(due) - facts.undelivered, len(due)),
    )


_RECORDED: Mapping[int, Callable[[Facts, Teller], Iterator[Row]]] = {
    1: _identified,
    2: _levels,
    3: _types,
    4: _leakage,
    5: _accesses,
    6: _operations,
    7: _supervision,
}
