"""What has been read before: files are known by their content, not by their name."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from pipelines.ingest.discover import LogFile
from pipelines.ingest.identity import file_id
from pipelines.lake import insert_frame, registered
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.lake.stored_messages import by_language
from pipelines.normalise.columns import Types
from pipelines.privacy.pseudonym import Pseudonyms


@dataclass(frozen=True)
class Reading:
    """One row of lake.ledger."""

    file_id: int
    from_line: int
    site_id: str
    path: str
    format: str | None
    status: str
    message: str | None
    disk_bytes: int | None
    modified_ns: int
    first_line_sha256: str
    content_bytes: int
    content_sha256: str
    lines: int
    records: int
    rejects: int
    comments: int
    duplicates: int
    first_time: dt.datetime | None
    last_time: dt.datetime | None
    read_at: dt.datetime
    duration_ms: float
    snapshot: int | None


@dataclass(frozen=True)
class KnownFile:
    """How far a file has been read; `paths` are its names, with the line next under each."""

    file_id: int
    site_id: str
    first_line_sha256: str
    content_bytes: int
    content_sha256: str
    next_line: int
    format: str | None
    paths: Mapping[str, int]
    read_at: dt.datetime
    modified_ns: int


@dataclass
class Ledger:
    """The files that matter for this run as they are known so far."""

    _con: duckdb.DuckDBPyConnection
    _pseudonyms: Pseudonyms
    _known: dict[str, list[KnownFile]] = field(default_factory=lambda: defaultdict(list))

    def unread(self, files: list[LogFile], bounds: Mapping[str, int]) -> list[LogFile]:
        """Return the files that are new or changed since they were last looked at.

        `bounds` are the limits that put files aside, by name: a file is looked at again when the
        one that it passed has changed.
        """
        if not files:
            return []
        lying_now = pl.DataFrame(
            {
                "number": range(len(files)),
                "path": [file.relative for file in files],
                "disk_bytes": [file.disk_bytes for file in files],
                "modified_ns": [file.modified_ns for file in files],
            },
            schema={
                "number": pl.Int64,
                "path": pl.String,
                "disk_bytes": pl.UInt64,
                "modified_ns": pl.Int64,
            },
        )
        with registered(self._con, lying=lying_now):
            rows = self._con.execute(
                """
                with last_look as (
                    select path, arg_max_null(disk_bytes, read_at) as disk_bytes,
                        arg_max(modified_ns, read_at) as modified_ns,
                        arg_max(status, read_at) as status
                    from lake.ledger
                    group by path
                ),
                passed as (
                    select path, arg_max(limit_name, reached_at) as limit_name,
                        arg_max(allowed, reached_at) as allowed
                    from lake.limit_reached
                    where list_contains($names, limit_name)
                    group by path
                )
                select lying.number
                from lying
                left join last_look on last_look.path = lying.path
                left join passed on passed.path = lying.path and last_look.status = 'put_aside'
                where last_look.disk_bytes is distinct from lying.disk_bytes
                    or last_look.modified_ns is distinct from lying.modified_ns
                    or passed.allowed <> $allowed[list_position($names, passed.limit_name)]
                order by lying.number
                """,
                {"names": list(bounds), "allowed": list(bounds.values())},
            ).fetchall()
        return [files[number] for (number,) in rows]

    @staticmethod
    def extent(con: duckdb.DuckDBPyConnection, sites: Iterable[str]) -> tuple[object, ...] | None:
        """Return what is not the same any more when a file of the sites has been read."""
        return con.execute(
            "select count(*), max(read_at), max(snapshot) from lake.ledger"
            " where list_contains($sites, site_id)",
            {"sites": sorted(sites)},
        ).fetchone()

    def recall(self, first_lines: Iterable[bytes]) -> None:
        """Load what is known of files that begin with these lines."""
        digests = pl.DataFrame(
            {"digest": sorted({self.digest(line) for line in first_lines})},
            schema={"digest": pl.String},
        )
        with registered(self._con, wanted=digests):
            rows = self._con.execute(
                """
                select file_id, site_id, first_line_sha256,
                    max(content_bytes), arg_max(content_sha256, content_bytes),
                    max(from_line + lines), arg_max(format, content_bytes),
                    max(read_at), arg_max(modified_ns, read_at)
                from lake.ledger
                where first_line_sha256 in (select digest from wanted)
                    and status in ('read', 'renamed', 'duplicate', 'put_aside')
                group by all
                order by min(read_at), file_id
                """
            ).fetchall()
        with registered(self._con, wanted=digests):
            places = self._con.execute(
                """
                select file_id, path, max(from_line + lines)
                from lake.ledger
                where first_line_sha256 in (select digest from wanted)
                    and status in ('read', 'renamed', 'duplicate', 'put_aside')
                group by all
                """
            ).fetchall()
        names: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for number, path, next_line in places:
            names[number][path] = next_line
        for sha in digests.get_column("digest"):
            self._known[sha] = []
        for row in rows:
            values = [*row[:7], names[row[0]], *row[7:]]
            known = KnownFile(*values)
            self._known[known.first_line_sha256].append(known)

    def candidates(self, first_line: bytes, site_id: str) -> list[KnownFile]:
        """Return the files of the site that begin with this line."""
        known = self._known[self.digest(first_line)]
        return [file for file in known if file.site_id == site_id]

    def new_file_id(self, first_line: bytes) -> int:
        """Return the id for a file that is none of the known ones."""
        known = self._known[self.digest(first_line)]
        return file_id(first_line, len({file.file_id for file in known}))

    def digest(self, first_line: bytes) -> str:
        """Return the keyed hash of a first line by which the ledger finds a file again."""
        return self._pseudonyms.lasting_sha256("first-line", hashlib.sha256(first_line).hexdigest())

    def content_digest(self, sha256: str) -> str:
        """Return what the ledger has for the SHA-256 of a content."""
        return KeyedIds.made_with(self._pseudonyms).of_content(sha256)

    def know(self, file: KnownFile) -> None:
        """Take a file as it was just read for known from now on."""
        known = self._known[file.first_line_sha256]
        known[:] = [other for other in known if other.file_id != file.file_id]
        known.append(file)

    def forget(self) -> None:
        """Know nothing any more: after a rollback what was read is not in the lake."""
        self._known.clear()


def write_readings(con: duckdb.DuckDBPyConnection, readings: Sequence[Reading]) -> None:
    """Insert rows into lake.ledger, in the open transaction."""
    if readings:
        rows = pl.DataFrame(
            [
                vars(reading) | {"message_by_language": by_language(reading.message)}
                for reading in readings
            ],
            schema=_SCHEMA,
        )
        insert_frame(con, "ledger", rows)


_INSTANT = pl.Datetime("us", "UTC")
_SCHEMA: Types = {
    "file_id": pl.UInt64,
    "from_line": pl.UInt64,
    "site_id": pl.String,
    "path": pl.String,
    "format": pl.String,
    "status": pl.String,
    "message": pl.String,
    "disk_bytes": pl.UInt64,
    "modified_ns": pl.Int64,
    "first_line_sha256": pl.String,
    "content_bytes": pl.UInt64,
    "content_sha256": pl.String,
    "lines": pl.UInt64,
    "records": pl.UInt64,
    "rejects": pl.UInt64,
    "comments": pl.UInt64,
    "duplicates": pl.UInt64,
    "first_time": _INSTANT,
    "last_time": _INSTANT,
    "read_at": _INSTANT,
    "duration_ms": pl.Float64,
    "snapshot": pl.UInt64,
    "message_by_language": pl.String,
}
