"""Reasons on record: whether each source of the settings can be read, and what explains nothing."""

import datetime as dt
from collections.abc import Iterator, Mapping

import duckdb

from pipelines.context.load import read_all
from pipelines.context.read import ContextRead
from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.settings.model import Settings


def check_context(
    con: duckdb.DuckDBPyConnection | None, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return what the sources hold, which cannot be read, and which entries explain nothing.

    Without a connection there is no lake yet, and tables in it cannot be read.
    """
    reads = read_all(con, settings)
    if not reads:
        return well("context", "指定なし / the settings name none")
    lost = [f"{read.source}: {read.problem}" for read in reads.values() if read.problem]
    if lost:
        return wrong(
            "context",
            f"使えません / cannot be used: {named(lost)}",
            "直るまで、その理由のあるアクセスも検出されます / "
            "correct it: until then accesses with a reason there are findings too",
        )
    doubts = [*_unused(reads), *_unknown(con, settings, reads), *_past(reads, now)]
    if doubts:
        return warning(
            "context",
            named(doubts),
            "その項目は何も説明しません。直すか、外してください（docs/context.md）/ "
            "correct or remove them: they explain nothing (docs/context.md)",
        )
    held = ", ".join(f"{name} {len(read.entries):,}" for name, read in reads.items())
    return well("context", held)


def _unused(reads: Mapping[str, ContextRead]) -> Iterator[str]:
    """Entries that were left out, and columns that are not read."""
    for read in reads.values():
        yield from read.mistakes
        if read.left_out > len(read.mistakes):
            yield f"{read.source}: {read.left_out} 行を除外 / entries left out in all"
        if read.ignored:
            yield f"{read.source}: 読まない列 / columns not read: {named(read.ignored)}"


def _unknown(
    con: duckdb.DuckDBPyConnection | None, settings: Settings, reads: Mapping[str, ContextRead]
) -> Iterator[str]:
    """Entries that name a site, resource or team that is not there."""
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
            yield f"{read.source}: すべて期限切れ / every entry has ended"
