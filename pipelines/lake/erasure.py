"""Deleting for good: no byte of a deleted row stays in a data file, a snapshot or the catalog.

DuckLake's DELETE only notes that rows are gone. Their bytes go when the files are written anew
without them, when no earlier snapshot needs the old files any more, and when those are removed;
their keys go when the catalog's free pages and its log are cleaned.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import duckdb

from pipelines.lake.place import place_of
from pipelines.lake.statements import quoted
from pipelines.paths import Home

_WITH_DELETIONS = """
select distinct own.table_name
from __ducklake_metadata_lake.ducklake_delete_file as deletion
inner join __ducklake_metadata_lake.ducklake_table as own on own.table_id = deletion.table_id
where deletion.end_snapshot is null and own.end_snapshot is null
order by own.table_name
"""


BEGUN = "begun"
"""Outcome of an erasure that is not ended, or was broken off."""
ROWS_ERASED = "rows erased"
"""Outcome of one whose rows are gone, as are files by then, and that is not ended."""


class Pending(StrEnum):
    """What was deleted and may still have bytes: rows past their time, or a person.

    Of a person no earlier state may stay; of rows past their time those of `snapshot_days` may.
    """

    RETENTION = "retention"
    ERASURE = "erasure"


_KEPT = " kept"  # in a mark: all is done but that the catalog's files still have keys


def pending(home: Home) -> Pending | None:
    """Return what was broken off before its bytes were gone, None where nothing was."""
    text = _text(home)
    if not _mark(home).exists():
        return None
    return Pending.RETENTION if text.startswith(Pending.RETENTION) else Pending.ERASURE


@contextmanager
def to_be_completed(home: Home, kind: Pending) -> Iterator[Pending | None]:
    """Mark that what is deleted inside is still to be erased for good; yield what was before.

    When the block is broken off, even by a crash, the mark stays, and whoever erases next knows
    that bytes of deleted rows may be left. Only for the holder of the writers' lock.
    """
    before = pending(home)
    with changing(home):
        yield from _marked(home, kind, before)


@contextmanager
def changing(home: Home) -> Iterator[None]:
    """Have workers that read the lake or log files meanwhile begin again; for the only writer.

    What they have handed over goes, as it may hold what is deleted.
    """
    place = place_of(home)
    place.raise_generation()
    shutil.rmtree(home.examined, ignore_errors=True)
    try:
        yield
    finally:
        place.raise_generation()


def _marked(home: Home, kind: Pending, before: Pending | None) -> Iterator[Pending | None]:
    if before is not Pending.ERASURE:  # the mark of an erasure stays what it is
        mark = _mark(home)
        mark.touch(mode=0o600)
        mark.write_text(kind, encoding="ascii")
    yield before
    if not _text(home).endswith(_KEPT):
        _mark(home).unlink(missing_ok=True)


def _text(home: Home) -> str:
    try:
        return _mark(home).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def _mark(home: Home) -> Path:
    return home.lake / "erasure.pending"


def broken_off(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the ids of the erasures that were begun and not ended, oldest first."""
    rows = con.execute(
        "select request_id from lake.subject_request where act = 'erase' and outcome in (?, ?)"
        " order by made_at",
        [BEGUN, ROWS_ERASED],
    ).fetchall()
    return [request_id for (request_id,) in rows]


def erase_bytes(
    con: duckdb.DuckDBPyConnection, home: Home, now: dt.datetime, keep_days: int = 0
) -> None:
    """Take the bytes of deleted rows away: from data files, earlier states and the catalog.

    States of the last `keep_days` days before the aware instant `now` stay, and what they hold.
    Where the catalog keeps deleted rows for others, `pending` says so afterwards.

    Raises:
        sqlite3.Error: the catalog is locked by another program, or damaged.
    """
    _rewrite_files(con)
    forget_snapshots(con, now - dt.timedelta(days=keep_days) if keep_days else None)
    forget_keys(home)


def forget_keys(home: Home) -> None:
    """Take the keys of files that are gone out of the catalog's own files; for the only writer.

    Where somebody who reads an earlier state keeps them, `pending` says so afterwards.
    """
    with place_of(home).catalog() as catalog:
        is_kept = not catalog.clear_deleted()
    _note_kept(home, is_kept=is_kept)


def _note_kept(home: Home, *, is_kept: bool) -> None:
    text = _text(home).removesuffix(_KEPT)
    if is_kept:
        _mark(home).touch(mode=0o600)
        _mark(home).write_text(f"{text or Pending.RETENTION}{_KEPT}", encoding="ascii")
    elif _mark(home).exists():
        _mark(home).write_text(text, encoding="ascii")


def _rewrite_files(con: duckdb.DuckDBPyConnection) -> None:
    """Write the files anew from which rows were deleted, of all tables, outside a transaction."""
    for (table,) in con.execute(_WITH_DELETIONS).fetchall():
        con.execute(
            f"call ducklake_rewrite_data_files('lake', {quoted(table)}, delete_threshold => 0)"
        )


def forget_snapshots(con: duckdb.DuckDBPyConnection, before: dt.datetime | None) -> int:
    """Delete the states of the lake from before an instant; return how many there were.

    Without an instant of all of them but the present one, which stays in any case. Files that no
    state needs any more are removed.
    """
    # By number: `older_than` compares instants as texts, in whatever zone the session has.
    old = snapshots_before(con, before)
    if old:
        con.execute("call ducklake_expire_snapshots('lake', versions => ?)", [old])
    con.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
    return len(old)


def snapshots_before(con: duckdb.DuckDBPyConnection, before: dt.datetime | None) -> list[int]:
    """Return the numbers of the states from before an instant (None: all), without the present."""
    return [
        number
        for number, at in con.execute(
            "select snapshot_id, snapshot_time from ducklake_snapshots('lake') order by snapshot_id"
        ).fetchall()[:-1]
        if before is None or at < before
    ]
