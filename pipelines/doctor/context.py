"""Reasons on record: whether each source of the settings can be read, and what explains nothing."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from pipelines.context.load import read_all
from pipelines.context.read import ContextRead
from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.settings.model import Settings
from pipelines.text.messages import message

_UNKNOWN_SITES = """
select distinct site_id
from lake.service_day
where site_id is not null and site_id not in (select site_id from lake.site)
order by site_id
"""
_SERVICE_SUMS = """
select
    coalesce(sum(records), 0), coalesce(sum(unused), 0),
    coalesce(sum(by_session + by_subject + by_address), 0), coalesce(sum(ambiguous), 0)
from lake.service_day
"""


def check_context(
    con: duckdb.DuckDBPyConnection | None, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return what the sources hold, which cannot be read, and which entries explain nothing.

    Without a connection there is no lake yet, and tables in it cannot be read.
    """
    reads = read_all(con, settings)
    if not settings.context.sources():
        return well("context", message("doctor.context.none"))
    services = _services(con, settings)
    lost = [f"{read.source}: {read.problem}" for read in reads.values() if read.problem]
    lost += services.lost
    if lost:
        return wrong(
            "context",
            message("doctor.context.cannot_be_used", names=named(lost)),
            message("doctor.context.correct_it"),
        )
    doubts = [
        *_unused(reads),
        *_unknown(con, settings, reads),
        *_past(reads, now),
        *services.doubts,
    ]
    if doubts:
        return warning(
            "context",
            named(doubts),
            message("doctor.context.correct_or_remove"),
        )
    held = [f"{name} {len(read.entries):,}" for name, read in reads.items()]
    return well("context", ", ".join([*held, *services.held]))


@dataclass(frozen=True)
class _Services:
    """What is to be told of the service history that ingest reads."""

    held: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def _services(con: duckdb.DuckDBPyConnection | None, settings: Settings) -> _Services:
    source = settings.context.services
    if source is None or con is None:
        return _Services()
    last = con.execute(
        "select problem, read_at from lake.service_read where source = ?"
        " order by read_at desc limit 1",
        [str(source)],
    ).fetchone()
    if last is None:
        return _Services(doubts=(message("doctor.context.services_unread", at=source),))
    if last[0] is not None:
        return _Services(lost=(f"{source}: {last[0]}",))
    rejects = con.execute(
        "select line_no, column_name, reason from lake.service_reject"
        " where source = ? and read_at = ? order by line_no",
        [str(source), last[1]],
    ).fetchall()
    doubts = [f"{source}:{line}: {column}: {reason}" for line, column, reason in rejects]
    unknown = con.execute(_UNKNOWN_SITES).fetchall()
    if unknown:
        doubts.append(f"{source}: site? {named([site for (site,) in unknown])}")
    counts = con.execute(_SERVICE_SUMS).fetchone() or (0, 0, 0, 0)
    records, unused, requests, ambiguous = map(int, counts)
    if records and not requests:
        doubts.append(message("doctor.context.services_name_nobody", at=source, records=records))
    held = message(
        "doctor.context.services",
        records=records,
        unused=unused,
        requests=requests,
        ambiguous=ambiguous,
    )
    return _Services((held,), doubts=tuple(doubts))


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
