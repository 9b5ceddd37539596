"""Errors of disk, permissions and locks around the lake, with where they are and what to do."""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.text.messages import message

_NO_ROOM = ("No space left on device", "disk is full", "Disk quota exceeded", "File too large")
_LOCKED = ("database is locked", "database table is locked")
_DAMAGED = ("database disk image is malformed", "file is not a database")
_NO_RIGHT = (
    "Permission denied",
    "Read-only file system",
    "readonly database",
    "unable to open database file",
)
# As sql/catalog/postgres.sql, DuckDB's extension for PostgreSQL and libpq, and httpfs put it.
_LOCK_LOST = "mimamori: the writers' lock is not held"
_OF_POSTGRES = (
    "Failed to execute query",
    "PostgreSQL",
    "libpq",
    "Postgres",
    "connection to server",
    "server closed",
    'because schema "lake" does not exist',  # DuckLake's word where it cannot read its tables
)
_EXCERPT = re.compile(r"\bLINE \d+:.*", re.DOTALL)  # of the statement, with a sign below it
_OF_STORAGE = ("s3://", "http://", "https://", "HTTP")
_NO_ROOM_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT_ERRNOS = {errno.EACCES, errno.EPERM, errno.EROFS}


def io_error(error: Exception, home: Home) -> MimamoriError | None:
    """Return the error with what to do where disk, permissions, locks, memory or servers caused it.

    None for any other, which is a bug.
    """
    of_servers = _of_servers(error) if home.cluster is not None else None
    return of_servers or _of_this_machine(error, home)


def _of_this_machine(error: Exception, home: Home) -> MimamoriError | None:
    """As `io_error`; the lake's folder is named where the error itself names no place."""
    text = str(error)
    place = folder = home.lake
    code = None
    if isinstance(error, OSError):
        code = error.errno
        place = Path(str(error.filename)) if error.filename else folder
    elif not isinstance(error, duckdb.Error | sqlite3.Error):
        return None
    if code in _NO_ROOM_ERRNOS or _any_in(_NO_ROOM, text):
        return MimamoriError(message("lake.io_errors.disk_full", at=place, folder=folder))
    if (of_catalog := _of_catalog(error, home)) is not None:
        return of_catalog
    if is_forbidden(error):
        refused = place if place != folder else _refused(home)
        return MimamoriError(message("lake.io_errors.no_permission", at=refused))
    if isinstance(error, duckdb.OutOfMemoryException):
        return MimamoriError(
            message("lake.io_errors.no_memory", at=folder, folder=folder / "spill")
        )
    return None


def _of_catalog(error: Exception, home: Home) -> MimamoriError | None:
    if _any_in(_LOCKED, str(error)):
        return MimamoriError(message("lake.io_errors.catalog_locked", at=_catalog(home)))
    if is_damage(error):
        return MimamoriError(message("lake.io_errors.catalog_damaged", at=_catalog(home)))
    return None


@contextmanager
def io_errors_explained(home: Home) -> Iterator[None]:
    """Explain errors of disk, permissions, locks and servers; bugs pass as they are."""
    try:
        yield
    except (duckdb.Error, sqlite3.Error, OSError) as error:
        explained = io_error(error, home)
        if explained is None:
            raise
        # What the servers refused quotes statements, which no log gets.
        raise explained from (error if home.cluster is None else None)


def _of_servers(error: Exception) -> MimamoriError | None:
    text = _without_statement(str(error))
    if _LOCK_LOST in text:
        return MimamoriError(message("lake.postgres.lock_lost", at="lake.catalog"))
    if isinstance(error, duckdb.Error) and _any_in(_OF_POSTGRES, text):
        return MimamoriError(message("lake.postgres.failed", at="lake.catalog", reason=text))
    if isinstance(error, duckdb.HTTPException) or (
        isinstance(error, duckdb.IOException) and _any_in(_OF_STORAGE, text)
    ):
        return MimamoriError(message("lake.bucket.failed", at="lake.data", reason=text))
    return None


def _without_statement(text: str) -> str:
    """The text of an error without the statement in quotes: values of persons, keys of files."""
    text = _EXCERPT.sub("", text).rstrip()
    begin, end = text.find(' "'), text.rfind('": ')
    return text[:begin] + text[end + 1 :] if 0 <= begin < end - 1 else text


def _catalog(home: Home) -> Path | str:
    return home.catalog if home.cluster is None else "lake.catalog"


def _refused(home: Home) -> Path:
    """What of the lake this user may not write to; its folder where nothing of that is found."""
    of_keys = (home.keys, home.catalog) if home.cluster is None else ()
    return next((path for path in of_keys if _may_not_be_written(path)), home.lake)


def _may_not_be_written(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno in _NO_RIGHT_ERRNOS  # where even its folder may not be entered
    return not os.access(path, os.W_OK)


def is_damage(error: Exception) -> bool:
    """True when the file of the catalog is no whole database any more."""
    return _any_in(_DAMAGED, str(error))


def is_forbidden(error: Exception) -> bool:
    """True when this user may not do what was tried."""
    code = error.errno if isinstance(error, OSError) else None
    return code in _NO_RIGHT_ERRNOS or _any_in(_NO_RIGHT, str(error))


def _any_in(phrases: tuple[str, ...], text: str) -> bool:
    return any(phrase in text for phrase in phrases)
