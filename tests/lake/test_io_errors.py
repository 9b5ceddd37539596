"""Errors of disk, rights, locks, memory and servers say where they are; bugs pass as they are."""

import errno
import multiprocessing
import os
import sqlite3
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import MimamoriError
from pipelines.lake.io_errors import io_error, io_errors_explained, is_damage, is_forbidden
from pipelines.paths import Cluster, Home
from tests.lake.given_bucket import BUCKET


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder without a lake."""
    return Home(tmp_path)


def _os_error(number: int, path: str | None = "/data/file") -> OSError:
    return OSError(number, "refused", path)


@pytest.mark.parametrize(
    ("error", "place", "said"),
    [
        (_os_error(errno.ENOSPC), "/data/file", "disk"),
        (_os_error(errno.EDQUOT, None), "lake", "disk"),
        (duckdb.IOException("No space left on device"), "lake", "disk"),
        (sqlite3.OperationalError("database or disk is full"), "lake", "disk"),
        (_os_error(errno.EACCES), "/data/file", "permi"),
        (_os_error(errno.EROFS, None), "lake", "permi"),
        (duckdb.IOException("Permission denied"), "lake", "permi"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "lake", "permi"),
        (sqlite3.OperationalError("database is locked"), "catalog.sqlite", "another"),
        (sqlite3.DatabaseError("file is not a database"), "catalog.sqlite", ""),
        (duckdb.OutOfMemoryException("out of memory"), "spill", "memory"),
    ],
)
def test_what_the_machine_refuses(home: Home, error: Exception, place: str, said: str) -> None:
    """The file where the error names one, else the lake's folder or its catalog."""
    explained = io_error(error, home)
    assert explained is not None
    assert place in str(explained)
    assert said in str(explained)


@pytest.mark.parametrize(
    "error",
    [
        _os_error(errno.EIO),
        duckdb.BinderException("no such column"),
        sqlite3.OperationalError("no such table"),
        ValueError("No space left on device"),
        duckdb.IOException("HTTP 503 of s3://bucket"),
    ],
)
def test_any_other_error_is_a_bug(home: Home, error: Exception) -> None:
    """It is raised as it is."""
    assert io_error(error, home) is None
    with pytest.raises(type(error)) as raised, io_errors_explained(home):
        raise error
    assert raised.value is error


def test_an_explained_error_keeps_its_cause(home: Home) -> None:
    """On this machine; what is no error of files passes by."""
    cause = _os_error(errno.ENOSPC)
    with pytest.raises(MimamoriError) as raised, io_errors_explained(home):
        raise cause
    assert raised.value.__cause__ is cause


def test_what_may_not_be_written_is_named(home: Home) -> None:
    """The keys' folder or the catalog where they are there, else the lake's."""
    explained = io_error(sqlite3.OperationalError("readonly database"), home)
    assert str(home.lake) in str(explained)
    assert str(home.catalog) not in str(explained)


@pytest.mark.parametrize(
    ("error", "forbidden", "damage"),
    [
        (_os_error(errno.EPERM), True, False),
        (_os_error(errno.ENOENT), False, False),
        (sqlite3.OperationalError("unable to open database file"), True, False),
        (sqlite3.DatabaseError("database disk image is malformed"), False, True),
        (ValueError("whatever"), False, False),
    ],
)
def test_kinds(error: Exception, forbidden: bool, damage: bool) -> None:
    """What this user may not do, and a catalog that is broken."""
    assert is_forbidden(error) is forbidden
    assert is_damage(error) is damage


@pytest.fixture
def on_servers(tmp_path: Path) -> Home:
    """A working folder whose lake is on servers."""
    return Home(tmp_path, cluster=Cluster("host=db.example dbname=lake", None, BUCKET))


@pytest.mark.parametrize(
    ("error", "said", "hidden"),
    [
        (
            duckdb.IOException("Failed to execute query \"select 'canary'\": server closed"),
            "server closed",
            "canary",
        ),
        (duckdb.IOException('libpq ": nothing'), 'libpq ": nothing', "canary"),
        (duckdb.IOException('Postgres "c": nothing'), "Postgres: nothing", '"c"'),
        (duckdb.HTTPException("404 of something"), "404 of something", "canary"),
        (duckdb.IOException("cannot read s3://bucket/x"), "s3://bucket/x", "canary"),
        (RuntimeError("mimamori: the writers' lock is not held"), "lake.catalog", "canary"),
    ],
)
def test_what_servers_refuse(on_servers: Home, error: Exception, said: str, hidden: str) -> None:
    """Without the statement in quotes, which may hold values of persons, and without a cause."""
    explained = io_error(error, on_servers)
    assert explained is not None
    assert said in str(explained)
    assert hidden not in str(explained)
    if isinstance(error, duckdb.Error):
        with pytest.raises(MimamoriError) as raised, io_errors_explained(on_servers):
            raise error
        assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "error",
    [RuntimeError("PostgreSQL"), duckdb.BinderException("s3://bucket"), ValueError("HTTP")],
)
def test_what_servers_did_not_say(on_servers: Home, error: Exception) -> None:
    """A bug is none of theirs; a full disk of this machine is still told."""
    assert io_error(error, on_servers) is None
    full = io_error(_os_error(errno.ENOSPC), on_servers)
    assert full is not None
    locked = io_error(sqlite3.OperationalError("database is locked"), on_servers)
    assert "lake.catalog" in str(locked)


@pytest.mark.parametrize(
    ("text", "said", "hidden"),
    [
        ('Postgres "a": b": rest', "Postgres: rest", '"a"'),
        ('Postgres "": rest', "Postgres: rest", '""'),
        ('Postgres ": rest', 'Postgres ": rest', "-"),
        (' "a": PostgreSQL', ": PostgreSQL", '"a"'),
        ('Postgres "a" rest', 'Postgres "a" rest', "-"),
        ('Postgres": rest', 'Postgres": rest', "-"),
        ('Postgres": then "x', 'Postgres": then "x', "-"),
    ],
)
def test_a_statement_in_quotes_is_left_out(
    on_servers: Home, text: str, said: str, hidden: str
) -> None:
    """From the first quote to the last that ends one, and nothing where there is none."""
    explained = str(io_error(duckdb.IOException(text), on_servers))
    assert said in explained
    assert hidden == "-" or hidden not in explained


def _tell_another(home: Home, told: Connection) -> None:
    os.chdir(home.root)  # no folder above it may be open to others
    if os.geteuid() == 0:
        os.setuid(65534)
    refused = sqlite3.OperationalError("attempt to write a readonly database")
    told.send(str(io_error(refused, Home(Path(), cluster=home.cluster))))


def _told_to_another(home: Home) -> str:
    """Return what somebody without rights of their own is told."""
    forks = multiprocessing.get_context("fork")
    told, telling = forks.Pipe()
    process = forks.Process(target=_tell_another, args=(home, telling))
    process.start()
    process.join()
    return str(told.recv())


@pytest.mark.parametrize(
    ("folder", "catalog", "named"), [(0o555, 0o666, "keys"), (0o777, 0o444, "catalog.sqlite")]
)
def test_what_of_the_keys_another_may_not_write_is_named(
    home: Home, on_servers: Home, folder: int, catalog: int, named: str
) -> None:
    """Of a lake on servers neither, as its catalog is not there."""
    home.keys.mkdir()
    home.catalog.touch()
    for path, mode in ((home.root, 0o755), (home.catalog, catalog), (home.keys, folder)):
        path.chmod(mode)
    assert f"{named}: " in _told_to_another(home)
    assert "lake: " in _told_to_another(on_servers)


def test_keys_in_a_folder_that_another_may_not_enter_are_named(home: Home) -> None:
    """Whether they are there cannot be seen from outside."""
    home.root.chmod(0o700)
    assert "keys: " in _told_to_another(home)


def test_whose_right_is_missing(home: Home, on_servers: Home) -> None:
    """A folder of keys that can be written is not named, nor is one of a lake on servers."""
    refused = sqlite3.OperationalError("readonly database")
    for one in (home, on_servers):
        one.keys.mkdir(exist_ok=True)
        explained = io_error(refused, one)
        assert explained is not None
        assert f"{one.lake}: " in str(explained)
    named = io_error(_os_error(errno.EACCES), home)
    assert "/data/file: " in str(named)
