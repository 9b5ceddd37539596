"""Reasons on record: whether each source of the settings can be read, and what explains nothing."""

import datetime as dt
from collections.abc import Iterator, Mapping

import duckdb

from pipelines.context.load import read_all
from pipelines.context.read import ContextRead
from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.settings.model import Settings
from pipelines.text.messages import message


def check_context(
    con: duckdb.DuckDBPyConnection | None, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return what the sources hold, which cannot be read, and which entries explain nothing.

    Without a connection there is no lake yet, and tables in it cannot be read.
    """
    reads = read_all(con, settings)
    if not reads:
        return well("context", message("doctor.context.none"))
    lost = [f"{read.source}: {read.problem}" for read in reads.values() if read.problem]
    if lost:
        return wrong(
            "context",
            message("doctor.context.cannot_be_used", names=named(lost)),
            message("doctor.context.correct_it"),
        )
    doubts = [*_unused(reads), *_unknown(con, settings, reads), *_past(reads, now)]
    if doubts:
        return warning(
            "context",
            named(doubts),
            message("doctor.context.correct_or_remove"),
        )
    held = ", ".join(f"{name} {len(read.entries):,}" for name, read in reads.items())
    return well("context", held)


def _unused(reads: Mapping[str, ContextRead]) -> Iterator[str]:
    """Entries that were left out, and columns that are not read."""
    for read in reads.values():
        yield from read.errors
        if read.left_out > len(read.errors):
            yield message("doctor.context.left_out", at=read.source, left_out=read.left_out)
        if read.ignored:
            yield message(
                "doctor.context.columns_not_read", at=read.source, names=named(read.ignored)
            )


def _unknown(
    con: duckdb.DuckDBPyConnection | None, settings: Settings, reads: Mapping[str, ContextRead]
) -> Iterator[str]:
    """Entries that name a site, resource, team or department that is not there."""
    known: dict[str, set[object]] = {
        "resource": {one.id for group in settings.resources.values() for one in group}
    }
    if con is not None:
        known["site"] = {
            site for (site,) in con.execute("select site_id from lake.site").fetchall()
        }
    if "assignments" in reads:
        members = reads["teams"].entries if "teams" in reads else ()
        known["team"] = {member["team"] for member in members}
    if "privileges" in reads:
        people = reads["people"].entries if "people" in reads else ()
        known["department"] = {person["department"] for person in people}
    for read in reads.values():
        for column, names in known.items():
            strangers = {entry.get(column) for entry in read.entries} - names - {None}
            if strangers:
                yield f"{read.source}: {column}? {named(sorted(map(str, strangers)))}"


def _past(reads: Mapping[str, ContextRead], now: dt.datetime) -> Iterator[str]:
    """Sources of which every entry has ended."""
    for read in reads.values():
        ends = [entry["to_at"] for entry in read.entries if "to_at" in entry]
        if ends and all(isinstance(end, dt.datetime) and end < now for end in ends):
            yield message("doctor.context.all_ended", at=read.source)
