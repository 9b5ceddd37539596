"""Who used the watch itself, and whether the records of that hold: beside measure 7."""

from collections.abc import Iterator

from pipelines.audit.facts import Facts
from pipelines.audit.writer import AuditWriter
from pipelines.worksheet.document import Cell, Table, Value

ROWS_SHOWN = 60
_MEASURE = 7

Row = tuple[Cell, ...]


def watch_rows(facts: Facts, writer: AuditWriter) -> Iterator[Row]:
    """How often the watch was used, by how many accounts, and whether the records hold."""
    if facts.watched is None:
        return
    watch, proof = facts.watched.watch, facts.watched.proof
    yield writer.sentence("watch.uses"), watch.times
    yield writer.sentence("watch.accounts"), watch.accounts
    state = "watch.proved" if proof.ok else "watch.changed"
    yield writer.sentence("watch.records"), writer.sentence(state, n=proof.entries)


def watch_tables(facts: Facts, measure: int, writer: AuditWriter) -> tuple[Table, ...]:
    """Return the use by account, role and act."""
    if measure != _MEASURE or facts.watched is None or not facts.watched.watch.used:
        return ()
    rows: list[Row] = [
        (Value(one.who), Value(one.role), Value(one.what), one.times, one.rows)
        for one in facts.watched.watch.used[:ROWS_SHOWN]
    ]
    heading = writer.sentence("watch.heading")
    return (writer.table("watch.columns", rows, heading, "people"),)


def watch_notes(facts: Facts, measure: int, writer: AuditWriter) -> Iterator[str]:
    """What is wrong with the records, the head to compare with, and how many rows were cut."""
    if measure != _MEASURE or facts.watched is None:
        return
    bad = facts.watched.proof.first_bad
    if bad is not None:
        why = bad.why.texts[writer.words.language]
        yield writer.sentence("watch.first_bad", file=bad.file, seq=str(bad.seq), why=why)
    yield writer.sentence("watch.head", head=facts.watched.proof.head)
    cut = len(facts.watched.watch.used) - ROWS_SHOWN
    if cut > 0:
        yield writer.sentence("watch.cut", n=cut)
