"""What was fetched from where: a small SQLite file beside the landing folder.

It lies apart from the lake, which has one writer at a time: a source may take hours, and ingests
of other groups go on meanwhile. Without it everything would be fetched once more; ingest knows
files by their content, so that no line would be read twice.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pipelines.errors import MimamoriError
from pipelines.fetch.landing import Lying
from pipelines.text.messages import message

_WAIT_SECONDS = 60.0
_TABLES = (
    """
create table if not exists file (     -- one row per file of a source that was fetched
    source text not null,             -- id of the site or template, or `landing`
    path text not null,               -- below the root of the source
    size integer not null,            -- bytes, as the source had it
    modified_ns integer,              -- as the source had it, since 1970 UTC
    etag text,
    sample text not null,             -- SHA-256 of its beginning and end
    landed_path text not null,        -- below the landing folder
    landed_size integer not null,
    landed_modified_ns integer not null,
    fetched_at text not null,         -- RFC 3339, UTC
    removed_at text,                  -- when landing.keep_days was over
    primary key (source, path)
) strict, without rowid
""",
    """
create table if not exists outcome (  -- one row per fetch, source and entry of the settings that
                                      -- the lake does not know yet
    source text not null,
    site_id text not null,
    started_at text not null,         -- RFC 3339, UTC
    ended_at text not null,
    status text not null,             -- done or failed
    message text,
    message_by_language text,         -- JSON object
    files integer not null,
    bytes integer not null,
    primary key (source, site_id, started_at)
) strict, without rowid
""",
)


@dataclass(frozen=True)
class Fetched:
    """A file of a source as it was fetched last; `landed` is what came of it."""

    path: str
    size: int
    modified_ns: int | None
    etag: str | None
    sample: str
    landed_path: str
    landed_size: int
    landed_modified_ns: int
    fetched_at: str
    removed_at: str | None = None

    @property
    def landed(self) -> Lying:
        """The file below the landing folder as it was put there."""
        return Lying(self.landed_path, self.landed_size, self.landed_modified_ns)


@dataclass(frozen=True)
class Outcome:
    """How the fetch from a source ended for one entry of the settings (a site or template)."""

    source: str
    site_id: str
    started_at: str
    ended_at: str
    status: str
    message: str | None
    message_by_language: str | None
    files: int
    bytes: int


class State:
    """The file, open; every method raises MimamoriError when it cannot be used."""

    def __init__(self, con: sqlite3.Connection, path: Path) -> None:
        """Take an open connection."""
        self._con = con
        self._path = path

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator["State"]:
        """Open the file, made where it is missing, for its owner alone."""
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            con = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            with _explained(path):
                _bring_up_to_date(con)
            yield cls(con, path)
        finally:
            con.close()

    @classmethod
    @contextmanager
    def as_it_is(cls, path: Path) -> Iterator["State"]:
        """Open a copy in memory, so that nothing is written; empty where there is no file."""
        with sqlite3.connect(":memory:", isolation_level=None) as con, _explained(path):
            if path.exists():
                with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as file:
                    file.backup(con)
            _bring_up_to_date(con)
            yield cls(con, path)
        con.close()

    def fetched(self, source: str) -> dict[str, Fetched]:
        """Return what is known of the files of a source, by path."""
        names = ", ".join(field.name for field in fields(Fetched))
        with _explained(self._path):
            rows = self._con.execute(f"select {names} from file where source = ?", (source,))
            return {row[0]: Fetched(*row) for row in rows}

    def keep(self, source: str, files: Iterable[Fetched]) -> None:
        """Write what became of files, all or nothing."""
        marks = ", ".join("?" * (len(fields(Fetched)) + 1))
        with self._written():
            self._con.executemany(
                f"insert or replace into file values ({marks})",
                [(source, *astuple(one)) for one in files],
            )

    def renamed(self, source: str, files: Mapping[Lying, str]) -> None:
        """Remember that files below the landing folder have got other names."""
        with self._written():
            self._con.executemany(
                "update file set landed_path = ? where source = ?"
                " and landed_path = ? and landed_size = ? and landed_modified_ns = ?",
                [(name, source, *one) for one, name in files.items()],
            )

    def forget(self, source: str, paths: Iterable[str]) -> None:
        """Let go of files that neither the source nor the landing folder has any more."""
        with self._written():
            self._con.executemany(
                "delete from file where source = ? and path = ?", [(source, one) for one in paths]
            )

    def landed(self) -> set[Lying]:
        """Return every file below the landing folder as fetch put it there."""
        with _explained(self._path):
            rows = self._con.execute(
                "select landed_path, landed_size, landed_modified_ns from file"
                " where removed_at is null"
            )
            return {Lying(*row) for row in rows}

    def removed(self, files: Iterable[Lying], at: str) -> None:
        """Remember that files were removed from the landing folder."""
        with self._written():
            self._con.executemany(
                "update file set removed_at = ?"
                " where landed_path = ? and landed_size = ? and landed_modified_ns = ?",
                [(at, *one) for one in files],
            )

    def end(self, outcomes: Iterable[Outcome]) -> None:
        """Write how a fetch ended."""
        marks = ", ".join("?" * len(fields(Outcome)))
        with self._written():
            self._con.executemany(
                f"insert or replace into outcome values ({marks})",
                [astuple(one) for one in outcomes],
            )

    def outcomes_for_lake(self) -> list[Outcome]:
        """Return how fetches ended that the lake does not know yet."""
        names = ", ".join(field.name for field in fields(Outcome))
        with _explained(self._path):
            rows = self._con.execute(f"select {names} from outcome order by started_at, source")
            return [Outcome(*row) for row in rows]

    def are_in_lake(self, outcomes: Iterable[Outcome]) -> None:
        """Let go of outcomes that the lake knows now."""
        with self._written():
            self._con.executemany(
                "delete from outcome where source = ? and site_id = ? and started_at = ?",
                [(one.source, one.site_id, one.started_at) for one in outcomes],
            )

    @contextmanager
    def _written(self) -> Iterator[None]:
        with _explained(self._path):
            self._con.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._con.execute("rollback")
                raise
            self._con.execute("commit")


def _bring_up_to_date(con: sqlite3.Connection) -> None:
    """Make missing tables; let go of the digests of whole files that earlier releases kept."""
    for table in _TABLES:
        con.execute(table)
    if "sha256" in [name for _, name, *_ in con.execute("pragma table_info(file)")]:
        con.execute("pragma secure_delete = on")
        con.execute("alter table file drop column sha256")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MimamoriError(
            message("fetch.state.cannot_be_used", at=path, reason=error.strerror)
        ) from None
    except sqlite3.Error as error:
        raise MimamoriError(message("fetch.state.cannot_be_used", at=path, reason=error)) from None
