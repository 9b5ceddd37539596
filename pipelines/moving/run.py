"""Moves a lake: the files, then the catalog, then the proof; only then what was there before goes.

What is broken off before the proof leaves the former place whole. A mark in the working folder says
what was being made, so that the next call begins anew, or, once the proof was given, only clears
up. From the moment at which that begins the former place is no lake any more.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import duckdb

from pipelines.errors import MimamoriError, UsageError
from pipelines.lake.connection import attach_statement, between
from pipelines.lake.erasure import pending
from pipelines.lake.files import catalogued_files
from pipelines.lake.io_errors import io_errors_explained
from pipelines.lake.keys import name_lake, require
from pipelines.lake.move_mark import Departure, MoveMark
from pipelines.lake.place import place_of
from pipelines.lake.statements import last_snapshot
from pipelines.moving.carry import carry_catalog, carry_files
from pipelines.moving.proof import Contents, contents_of
from pipelines.paths import Home
from pipelines.private_files import sync_folder
from pipelines.records import Act, Records, Series
from pipelines.text.messages import message

ACT = "lake migrate"
_WAIT_SECONDS = 600.0
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Moved:
    """A lake that has been moved: from where, to where, and what it holds."""

    former: str
    new: str
    files: int
    bytes: int
    contents: Contents

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "from": self.former,
            "to": self.new,
            "files": self.files,
            "bytes": self.bytes,
            **self.contents.as_json(),
        }


def move(former: Home, new: Home, clock: Callable[[], dt.datetime]) -> Moved:
    """Move the lake of a working folder to its place in `new`, and remove it from `former`.

    Nobody else writes meanwhile. The move is on record.

    Raises:
        UsageError: it is not from the working folder to servers or back, or other keys are named.
        MimamoriError: there is no lake, the new place holds another, or the proof failed; the
            former place is whole then.
    """
    if (former.cluster is None) == (new.cluster is None):
        raise UsageError(message("moving.same_kind", at="--to"))
    if former.keys.resolve() != new.keys.resolve():
        raise UsageError(message("moving.other_keys", at="--to", keys=former.keys))
    within, servers = (former, new) if former.cluster is None else (new, former)
    if MoveMark.read(former) is None:
        require(former)
    before, after = place_of(former), place_of(new)
    with (
        io_errors_explained(servers),
        ExitStack() as locks,
        between(within, servers) as con,
    ):
        for home in (within, servers):
            locks.enter_context(place_of(home).writers_lock(_WAIT_SECONDS))
        before.raise_generation()  # who reads log files meanwhile gives its transaction up
        proved = _proved_before(con, former, new)
        mark, held = (proved, _at(con, new, contents_of)) if proved else _carried(con, former, new)
        moved = Moved(before.catalog_name, after.catalog_name, mark.files, mark.bytes, held)
        about = {"from": moved.former, "to": moved.new, "files": mark.files, "bytes": mark.bytes}
        if not mark.is_clearing:
            Records(new).append(Series.EVIDENCE, Act(ACT, about), clock())
            replace(mark, is_clearing=True).write(former)
        if new.cluster is None:
            Departure.remove(former)
        else:
            Departure(after.catalog_name, after.data, clock().isoformat()).write(former)
        before.discard()
        MoveMark.remove(former)
    return moved


def _at(
    con: duckdb.DuckDBPyConnection, home: Home, ask: Callable[[duckdb.DuckDBPyConnection], _Found]
) -> _Found:
    """Return what is found out about the lake of a home, attached as `lake` meanwhile."""
    con.execute(attach_statement(home, "lake", read_only=True))
    try:
        return ask(con)
    finally:
        con.execute("detach lake")


def _proved_before(con: duckdb.DuckDBPyConnection, former: Home, new: Home) -> MoveMark | None:
    """Return the mark of an earlier call that gave its proof and did not clear up.

    None where everything is to be carried over: what was begun at the new place is gone then.
    """
    before, after = place_of(former), place_of(new)
    mark = MoveMark.read(former)
    if mark is not None and mark.is_clearing:
        if not mark.is_of(after):
            raise MimamoriError(message("moving.clear_first", at=before.catalog_name, to=mark.to))
        return mark
    if mark is None or not mark.is_of(after):
        if after.has_catalog() or after.has_data():
            raise MimamoriError(
                message("moving.not_empty", at=f"{after.catalog_name}, {after.data}")
            )
        return None
    if mark.snapshot is not None:
        if not before.has_catalog() or _at(con, former, last_snapshot) == mark.snapshot:
            return mark
        if _at(con, new, last_snapshot) != mark.snapshot:  # both were written to since
            raise MimamoriError(
                message("moving.not_empty", at=f"{after.catalog_name}, {after.data}")
            )
    after.discard()
    return None


def _carried(con: duckdb.DuckDBPyConnection, former: Home, new: Home) -> tuple[MoveMark, Contents]:
    """Carry everything over and prove it; return the mark that says so, and what is there now."""
    if pending(former) is not None:
        raise MimamoriError(message("moving.erasure_pending", at=former.lake))
    before, after = place_of(former), place_of(new)
    MoveMark(after.catalog_name, after.data).write(former)
    needed = {file.name: file.size for file in _at(con, former, catalogued_files)}
    named = {name: size for name, size in needed.items() if size is not None}
    size = carry_files(before, after, named, former.spill)
    con.execute(attach_statement(new, "lake"))  # makes an empty catalog
    con.execute("detach lake")
    con.execute(before.raw_catalog("former"))
    con.execute(after.raw_catalog("new"))
    carry_catalog(con)
    con.execute("detach former")
    con.execute("detach new")
    with after.catalog() as catalog:
        catalog.prepare_statistics()
        catalog.clear_deleted()
    name_lake(new)
    sync_folder(new.keys)
    held = _at(con, new, contents_of)
    if differing := _at(con, former, contents_of).differing(held):
        names = ", ".join(differing)
        raise MimamoriError(message("moving.not_the_same", at=after.catalog_name, names=names))
    snapshot = _at(con, new, last_snapshot)
    mark = MoveMark(after.catalog_name, after.data, snapshot, len(named), size)
    mark.write(former)
    return mark, held
