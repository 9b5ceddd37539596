"""The sections of the seven measures: the verdict, what was recorded, findings and their fate."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from pipelines.audit.facts import Facts, Outcome
from pipelines.audit.judge import Judged
from pipelines.audit.use_sections import rights_rows, use_notes, use_tables
from pipelines.audit.watch_section import watch_notes, watch_rows, watch_tables
from pipelines.audit.writer import AuditWriter
from pipelines.worksheet.document import Cell, Part, Table

DETECTORS_SHOWN = 40
MARKS = "①②③④⑤⑥⑦"
_USER_TYPES = ("customer", "staff", "franchise", "contractor", "system")
_KINDS = ("record", "list", "export")
_LEVELS = (3, 2, 1, 0)

Row = tuple[Cell, ...]


def measure_part(facts: Facts, judged: Judged, writer: AuditWriter) -> Part:
    """Return the section of one measure, its key `measure-N`."""
    measure = judged.measure
    outcomes = facts.outcomes.get(measure, ())
    rows: list[Row] = [
        (
            writer.sentence("recorded.examined"),
            writer.share(len(facts.days) - len(facts.not_examined(measure)), len(facts.days)),
        ),
        (writer.sentence("recorded.detectors"), len(facts.serving[measure])),
        *_RECORDED[measure](facts, writer),
    ]
    recorded = writer.table("recorded.columns", rows, writer.sentence("recorded.heading"), "pairs")
    found = () if not outcomes else (_outcomes(facts, outcomes[:DETECTORS_SHOWN], writer),)
    cut = len(outcomes) - DETECTORS_SHOWN
    return Part(
        key=f"measure-{measure}",
        heading=f"{MARKS[measure - 1]} {writer.words(f'measure.{measure}')}",
        lead=(writer.reasons(judged),),
        tables=(
            recorded,
            *use_tables(facts, measure, writer),
            *watch_tables(facts, measure, writer),
            *found,
        ),
        notes=(
            *use_notes(facts, measure, writer),
            *watch_notes(facts, measure, writer),
            *(() if outcomes else (writer.sentence("outcome.none"),)),
            *((writer.sentence("outcome.cut", n=cut),) if cut > 0 else ()),
            *_silent(facts, measure, outcomes, writer),
            *((writer.sentence("outcome.note"),) if outcomes else ()),
        ),
    )


def _outcomes(facts: Facts, outcomes: tuple[Outcome, ...], writer: AuditWriter) -> Table:
    rows = [
        (
            writer.title(one.detector),
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
            else writer.words.duration(dt.timedelta(seconds=one.median_seconds)),
        )
        for one in outcomes
    ]
    return writer.table("outcome.columns", rows, writer.sentence("outcome.heading"), "outcomes")


def _silent(
    facts: Facts, measure: int, outcomes: tuple[Outcome, ...], writer: AuditWriter
) -> Iterator[str]:
    """What is to be said of detectors that a table of findings does not show."""
    found = {one.detector for one in outcomes}
    nights = {one: facts.nights.get(one) for one in facts.serving[measure]}
    ran = {name for name, night in nights.items() if night is not None and night.ran_on}
    quiet = [name for name in nights if name in ran and name not in found]
    if quiet:
        yield writer.sentence("outcome.quiet", names=writer.joined(map(writer.title, quiet)))
    failed = [
        writer.sentence("outcome.failed_name", name=writer.title(name), n=len(night.failed_on))
        for name, night in nights.items()
        if night is not None and night.failed_on
    ]
    if failed:
        yield writer.sentence("outcome.failed", names=writer.joined(failed))
    never = [name for name in nights if name not in ran]
    if never:
        yield writer.sentence("outcome.not_run", names=writer.joined(map(writer.title, never)))


def _identified(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    yield writer.sentence("recorded.logins"), facts.sum_of("logins")
    yield writer.sentence("recorded.failed_logins"), facts.sum_of("failed_logins")
    yield writer.sentence("recorded.named"), facts.accesses_of() - facts.unnamed
    yield writer.sentence("recorded.unnamed"), facts.unnamed


def _levels(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    for level in _LEVELS:
        count = sum(one.accesses for one in facts.accesses if one.level == level)
        yield writer.sentence("recorded.level", level=level), count
    yield writer.sentence("recorded.refused"), facts.refused


def _types(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    for user_type in _USER_TYPES:
        name = writer.words(f"user_type.{user_type}")
        count = facts.accesses_of(user_type=user_type)
        yield writer.sentence("recorded.user_type", name=name), count
    yield writer.sentence("recorded.untyped"), facts.untyped
    yield writer.sentence("recorded.unnamed"), facts.unnamed
    yield from rights_rows(facts, writer)


def _leakage(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    yield writer.sentence("recorded.exports"), facts.accesses_of(kind="export")
    sizes = sum(one.bytes for one in facts.accesses if one.kind == "export")
    yield writer.sentence("recorded.export_bytes"), sizes
    if not facts.masked:
        yield writer.sentence("recorded.nothing_masked"), 0
    for kind, count in facts.masked.items():
        yield writer.sentence("recorded.masked", kind=kind), count


def _accesses(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    for kind in _KINDS:
        name = writer.words(f"worksheet.kind.{kind}")
        yield writer.sentence("recorded.kind", kind=name), facts.accesses_of(kind=kind)
    yield writer.sentence("recorded.explained"), sum(one.accesses for one in facts.explained)


def _operations(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    yield writer.sentence("recorded.sites"), len(facts.sites)
    for name in ("lines", "records", "rejects", "server_errors"):
        yield writer.sentence(f"recorded.{name}"), facts.sum_of(name)
    yield (
        writer.sentence("recorded.checked"),
        writer.share(facts.sum_of("checked"), len(facts.days)),
    )
    yield writer.sentence("recorded.checks_failed"), len(facts.checks)
    yield writer.sentence("recorded.unreadable"), facts.unreadable


def _supervision(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    days = len(facts.days)
    yield writer.sentence("recorded.reported"), writer.share(facts.sum_of("reported"), days)
    yield writer.sentence("recorded.signed"), writer.share(facts.review_states["signed"], days)
    yield writer.sentence("recorded.suppressions"), len(facts.rules)
    yield writer.sentence("recorded.failed_runs"), len(facts.failed_runs)
    due = facts.deliveries
    yield (
        writer.sentence("recorded.deliveries"),
        writer.sentence("recorded.no_deliveries")
        if due is None
        else writer.share(len(due) - facts.undelivered, len(due)),
    )
    yield from watch_rows(facts, writer)


_RECORDED: Mapping[int, Callable[[Facts, AuditWriter], Iterator[Row]]] = {
    1: _identified,
    2: _levels,
    3: _types,
    4: _leakage,
    5: _accesses,
    6: _operations,
    7: _supervision,
}
