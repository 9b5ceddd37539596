"""One file from a source to the landing folder: resumed after a break, verified, then placed."""

import datetime as dt
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pipelines.fetch.landing import LandingFolder, Lying
from pipelines.fetch.manifest import Manifests
from pipelines.fetch.plan import Known, earlier_name, has_grown_from, remote_sample, sample_ranges
from pipelines.fetch.readings import Readings
from pipelines.fetch.room import Room
from pipelines.fetch.source import CHUNK_BYTES, Reader, RemoteFile, SourceError
from pipelines.fetch.source_time import SourceTime
from pipelines.fetch.state import Fetched
from pipelines.fetch.wanted import Claim, Wanted
from pipelines.findings import rfc3339
from pipelines.ingest.folder import STAGING, reason_of
from pipelines.text.messages import message


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True)
class Brought:
    """What became of one file: `fetched` is written to the state, `bytes` were transferred.

    `kept` are files of the landing folder that were not read yet and had to take another name.
    """

    fetched: Fetched
    bytes: int = 0
    is_new: bool = True
    kept: tuple[Lying, str] | None = None


@dataclass(frozen=True)
class Means:
    """What a transfer works with."""

    source: str
    session: Reader
    wanted: Wanted
    known: Known
    manifests: Manifests
    landing: LandingFolder
    readings: Readings
    room: Room
    clock: Callable[[], dt.datetime]
    time: SourceTime


def bring(file: RemoteFile, means: Means) -> Brought | None:
    """Bring what is new of a file; return None where it is as it was when it was fetched before.

    Raises:
        SourceError: it could not be brought, and nothing of it is in the landing folder that was
            not there before. What has come of it is kept for the next attempt.
    """
    if file.size is None:
        file = means.session.look(file)
    if means.known.unchanged(file) is not None:
        return None
    moved = earlier_name(means.session, file, means.known.other_names(file))
    if moved is not None:
        named = _fetched(file, moved.sample, moved.landed, means)
        return Brought(named, is_new=False)
    return _Transfer(file, means).done()


def again(file: RemoteFile, means: Means) -> Brought:
    """Bring all of a file, whatever was fetched of it before."""
    return _Transfer(means.session.look(file), means).done()


def _fetched(file: RemoteFile, sample: str, landed: Lying, means: Means) -> Fetched:
    return Fetched(
        file.path,
        file.size or 0,
        file.modified_ns,
        file.etag,
        sample,
        *landed,
        rfc3339(means.clock()),
    )


class _Transfer:
    def __init__(self, file: RemoteFile, means: Means) -> None:
        self._file = file
        self._size = file.size or 0
        self._means = means
        key = f"{means.source}\0{file.path}"
        self._part = hashlib.sha256(key.encode()).hexdigest()[:40] + ".part"
        self._bytes = 0

    def done(self) -> Brought:
        """Fetch, verify and place the file."""
        means = self._means
        with means.landing.part(self._part) as part:
            has = part.seek(0, os.SEEK_END)
            with means.room.reserved(max(0, self._size - has)):
                try:
                    self._receive(part)
                    sample = self._verified(part)
                    self._finish(part)
                except (_WrongContentError, OSError) as error:
                    means.landing.drop(self._part)
                    if isinstance(error, SourceError):
                        raise
                    raise _no_room(error) from None
                landed, kept = means.landing.place(
                    self._part,
                    part,
                    self._file.claim.path,
                    means.readings.is_read_whole,
                    self._is_free,
                )
        fetched = _fetched(self._file, sample, landed, means)
        return Brought(fetched, self._bytes, kept=kept)

    def _receive(self, part: BinaryIO) -> None:
        means = self._means
        has = part.seek(0, os.SEEK_END)
        if has > self._size or (has and not self._is_beginning(part, has)):
            has = 0
        if not has:
            has = self._begun(part)
        part.seek(has)
        part.truncate()
        for chunk in means.session.read(self._file, has, self._size):
            means.time.require()
            part.write(chunk)
            self._bytes += len(chunk)
        part.flush()

    def _begun(self, part: BinaryIO) -> int:
        """Begin with what lies in the landing folder where the file has only grown from that."""
        means = self._means
        part.truncate(0)
        before = means.known.by_path.get(self._file.path)
        if before is None or before.landed_size != before.size:
            return 0
        if means.landing.lying(before.landed_path) != before.landed:
            return 0
        if not has_grown_from(means.session, self._file, before):
            return 0
        if not means.landing.copy_into(part, before.landed):
            return 0
        return before.size

    def _is_beginning(self, part: BinaryIO, size: int) -> bool:
        """Whether the file still begins with what has come of it."""
        return _sample(part, size) == remote_sample(self._means.session, self._file, size)

    def _verified(self, part: BinaryIO) -> str:
        """Return the sample of a part that has the size and digests it must have."""
        means, file = self._means, self._file
        self._require_unchanged(part)
        sha256 = hashlib.sha256()
        digests: list[_Digest] = [sha256]
        wanted_md5 = means.session.md5(file)
        md5 = hashlib.md5(usedforsecurity=False)
        if wanted_md5 is not None:
            digests.append(md5)
        part.seek(0)
        while chunk := part.read(CHUNK_BYTES):
            for digest in digests:
                digest.update(chunk)
        if part.tell() != self._size:
            raise _WrongContentError(message("fetch.source.changed"))
        named = means.manifests.digest(file.path)
        if named is not None and named != sha256.hexdigest():
            raise _WrongContentError(message("fetch.transfer.wrong_sha256"))
        if wanted_md5 is not None and wanted_md5 != md5.hexdigest():
            raise _WrongContentError(message("fetch.transfer.wrong_md5"))
        return _sample(part, self._size)

    def _require_unchanged(self, part: BinaryIO) -> None:
        """See that a file was not changed while it was read, but for its growth."""
        file = self._file
        if file.etag is not None:
            return  # each part came with it
        now = self._means.session.look(file)
        if (now.size, now.modified_ns) == (file.size, file.modified_ns):
            return
        if (now.size or 0) < self._size or not self._is_beginning(part, self._size):
            raise _WrongContentError(message("fetch.source.changed"), may_pass=True)

    def _finish(self, part: BinaryIO) -> None:
        """Write the part through to the disk, with the file's own time."""
        part.flush()
        if self._file.modified_ns is not None:
            modified_ns = min(self._file.modified_ns, int(self._means.clock().timestamp() * 1e9))
            os.utime(part.fileno(), ns=(modified_ns, modified_ns))
        os.fsync(part.fileno())

    def _is_free(self, path: str) -> bool:
        """Whether the site of the file claims another name below the landing folder."""
        claim = self._means.wanted.claim_in_landing(path)
        own = self._file.claim
        return isinstance(claim, Claim) and claim.site_id == own.site_id


class _WrongContentError(SourceError):
    """What has come is not what the source has: it is let go, and fetched anew."""


def _sample(part: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    for start, end in sample_ranges(size):
        digest.update(os.pread(part.fileno(), end - start, start))
    return digest.hexdigest()


def _no_room(error: OSError) -> SourceError:
    return SourceError(
        message("fetch.landing.cannot_be_written", at=STAGING, reason=reason_of(error))
    )
