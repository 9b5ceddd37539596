"""A folder of a backup: files by the digest of their content, and the manifest that names them.

A file that was there before is not written again, so that a daily backup takes what is new. The
manifest is replaced in one step once all files are on the disk: whatever ends a backup, the one
before it is whole. A mark says whose folder it is; what is not marked is not touched.
"""

import fcntl
import hashlib
import io
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal

from pipelines.errors import MimamoriError
from pipelines.private_files import private_folder, sync_folder, whole_file, write_whole
from pipelines.text.messages import message

FORMAT = 1
BLOCK_BYTES = 1 << 20
CHECKED_DAYS = 16
"""In which every file of a backup that is made daily is read again and compared once."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")
_MANIFEST = re.compile(r"manifest(-[0-9a-f]{32})?\.json")
_INCOMING, _OBJECTS, _SCRATCH = "incoming", "objects", "scratch"

Part = Literal["data", "keys"]


@dataclass(frozen=True)
class Kept:
    """A file of a working folder: its path in it, size in bytes, SHA-256 of its content."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a folder of a backup holds.

    `made_at` is RFC 3339 in UTC, `release` the version of mimamori, `snapshot` that of the lake.
    The folder of the data and that of the keys have the same `backup_id`; `data_sha256` is the
    digest of the manifest of the data in that of the keys, empty in the former itself.
    """

    backup_id: str
    lake_id: str
    made_at: str
    release: str
    snapshot: int
    data_sha256: str
    files: tuple[Kept, ...]

    def encoded(self) -> bytes:
        """Return it as the bytes of its file: JSON in ASCII, as names of files may be any bytes."""
        return (json.dumps({"format": FORMAT} | asdict(self), indent=1) + "\n").encode("ascii")

    @property
    def sha256(self) -> str:
        """The digest of its file, by which records name a backup."""
        return hashlib.sha256(self.encoded()).hexdigest()


@dataclass(frozen=True)
class Mark:
    """Whose folder it is: that of a lake, for data or keys, and which two belong together."""

    lake_id: str
    part: Part
    pair_id: str


class Store:
    """A folder that holds a backup, or is to hold one."""

    def __init__(self, folder: Path, day: int = 0) -> None:
        """Name the folder; nothing is opened yet. `day` chooses the files that are read again."""
        self.folder = folder
        self._objects = folder / _OBJECTS
        self._mark = folder / "mimamori-backup.json"
        self._day = day

    def mark(self) -> Mark | None:
        """Return whose folder it is, None for one that is empty or not there.

        Raises:
            MimamoriError: it holds something else.
        """
        try:
            values = json.loads(self._mark.read_bytes())
            return Mark(**values)
        except FileNotFoundError:
            pass
        except (ValueError, TypeError):
            raise MimamoriError(message("backup.store.no_manifest", at=self._mark)) from None
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            others = [one for one in self.folder.iterdir() if one.name != ".lock"]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from None
        if others:
            raise MimamoriError(message("backup.store.not_empty", at=self.folder))
        return None

    @contextmanager
    def written(self, mark: Mark) -> Iterator[None]:
        """Keep others out while the block writes, with the folder marked as one's own.

        Raises:
            MimamoriError: the folder cannot be made, holds something else or another's backup, or
                another backup is being written to it.
        """
        self.require(mark)
        private_folder(self.folder)
        with self._locked(fcntl.LOCK_EX):
            self.require(mark)
            write_whole(self._mark, json.dumps(asdict(mark)) + "\n")
            self._sweep(self.folder / _SCRATCH)
            for folder in (self._objects, self.folder / _SCRATCH):
                folder.mkdir(mode=0o700, exist_ok=True)
                if folder.is_symlink():
                    raise MimamoriError(message("backup.store.not_empty", at=folder))
            try:
                yield
            finally:
                self._sweep(self.folder / _SCRATCH)

    @contextmanager
    def read(self) -> Iterator[None]:
        """Keep those who write to it out while the block reads.

        Raises:
            MimamoriError: a backup is being written to it.
        """
        if not self._mark.exists():
            yield  # none was made here, or a copy has no mark
            return
        with self._locked(fcntl.LOCK_SH):
            yield

    @property
    def scratch(self) -> Path:
        """A folder within for copies, as long as it is `written`."""
        return self.folder / _SCRATCH

    def add(self, path: str, source: BinaryIO) -> tuple[Kept, bool]:
        """Take in the content of a file of the working folder; return it, and whether it is new.

        Raises:
            MimamoriError: there is no room, or the folder cannot be written to.
        """
        kept = described(path, source)
        if self.holds(kept):
            return kept, False
        source.seek(0)
        incoming = self._objects / _INCOMING
        with whole_file(incoming) as target:
            kept = described(path, source, target)  # it may have grown since
        place = self._place(kept)
        private_folder(place.parent)
        incoming.replace(place)
        sync_folder(place.parent)
        return kept, True

    def holds(self, kept: Kept) -> bool:
        """Return whether a file is there: its size as it should be, on its day its content too."""
        with suppress(FileNotFoundError), self._opened(kept) as source:
            if os.fstat(source.fileno()).st_size != kept.bytes:
                return False
            if int(kept.sha256[:8], 16) % CHECKED_DAYS != self._day % CHECKED_DAYS:
                return True
            return hashlib.file_digest(source, "sha256").hexdigest() == kept.sha256
        return False

    @contextmanager
    def opened(self, kept: Kept) -> Iterator[BinaryIO]:
        """Yield the content of a file, not looked at yet.

        Raises:
            MimamoriError: it is missing.
        """
        try:
            with self._opened(kept) as source:
                yield source
        except FileNotFoundError:
            raise self.damaged(kept) from None

    def damaged(self, kept: Kept) -> MimamoriError:
        """Return the error of a file that is missing, or not what the manifest says."""
        return MimamoriError(
            message("backup.store.damaged", at=self.folder, path=kept.path, sha256=kept.sha256)
        )

    def manifest(self, name: str) -> Manifest | None:
        """Return the manifest of a name, None where there is none.

        Raises:
            MimamoriError: it is no manifest, of a later release, or names what no backup holds.
        """
        path = self.folder / name
        try:
            values = json.loads(path.read_bytes())
            known = values.pop("format")
            if known != FORMAT:
                raise MimamoriError(message("backup.store.later_release", at=path, format=known))
            files = tuple(Kept(**one) for one in values.pop("files"))
            found = Manifest(**values, files=files)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise MimamoriError(message("backup.store.no_manifest", at=path)) from None
        texts = (found.lake_id, found.made_at, found.release, found.data_sha256)
        if (
            not _ID.fullmatch(str(found.backup_id))
            or not all(isinstance(one, str) for one in texts)
            or not all(map(_is_sound, files))
        ):
            raise MimamoriError(message("backup.store.no_manifest", at=path))
        return found

    def replace_manifest(self, name: str, manifest: Manifest) -> None:
        """Put a manifest at its place in one step.

        Raises:
            MimamoriError: it cannot be written; the one before still stands.
        """
        write_whole(self.folder / name, manifest.encoded())

    def keep_only(self, name: str, manifest: Manifest) -> int:
        """Remove every file that `manifest` does not name, and manifests but that of `name`.

        Returns how many files went. What retention and erasures took from the lake goes so.
        """
        return self._remove_but({one.sha256 for one in manifest.files}, name)

    def discard(self) -> int:
        """Remove all of it but what is not a backup's; return how many files went."""
        removed = self._remove_but(set(), "")
        for path in (self._mark, self.folder / ".lock"):
            path.unlink(missing_ok=True)
        for folder in (self._objects, self.folder):
            with suppress(OSError):  # it holds something else besides
                folder.rmdir()
        return removed

    def _remove_but(self, digests: set[str], name: str) -> int:
        for path in list(self.folder.iterdir()):
            if _MANIFEST.fullmatch(path.name) and path.name != name:
                path.unlink()
        removed = 0
        for folder in list(self._objects.iterdir()):
            if len(folder.name) == 2 and _is_folder(folder):  # noqa: PLR2004 - as they are made
                for path in list(folder.iterdir()):
                    if _DIGEST.fullmatch(path.name) and path.name not in digests:
                        path.unlink()
                        removed += 1
                with suppress(OSError):
                    folder.rmdir()  # where it is empty
        return removed

    def require(self, mark: Mark) -> None:
        """Raise MimamoriError for a folder that is neither empty nor marked so."""
        found = self.mark()
        if found is not None and found != mark:
            raise MimamoriError(message("backup.store.of_another", at=self.folder))

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            lock = os.open(self.folder / ".lock", flags, 0o600)
        except OSError as error:
            if how == fcntl.LOCK_SH:  # a backup on a disk that is read-only
                yield
                return
            raise self._unreadable(error) from None
        with os.fdopen(lock, "rb") as handle:
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MimamoriError(message("backup.store.in_use", at=self.folder)) from None
            yield

    @contextmanager
    def _opened(self, kept: Kept) -> Iterator[io.BufferedReader]:
        handle = os.open(self._place(kept), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as source:
            yield source

    def _sweep(self, folder: Path) -> None:
        """Remove the copies that a backup, or one that was killed, made for itself."""
        if _is_folder(folder):
            for path in list(folder.iterdir()):
                path.unlink()
            folder.rmdir()

    def _unreadable(self, error: OSError) -> MimamoriError:
        place = error.filename or self.folder
        return MimamoriError(message("backup.store.unreadable", at=place, reason=error.strerror))

    def _place(self, kept: Kept) -> Path:
        return self._objects / kept.sha256[:2] / kept.sha256


def _is_folder(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return stat.S_ISDIR(path.lstat().st_mode)
    return False


def _is_sound(kept: Any) -> bool:
    """Whether an entry names a file within a working folder, by a path that leads nowhere else."""
    if not isinstance(kept.path, str) or not isinstance(kept.sha256, str):
        return False
    path = PurePosixPath(kept.path)
    return (
        type(kept.bytes) is int
        and bool(_DIGEST.fullmatch(kept.sha256))
        and len(path.parts) > 1
        and not path.is_absolute()
        and ".." not in path.parts
        and path.as_posix() == kept.path
        and "\0" not in kept.path
    )


def described(path: str, source: BinaryIO, copy: BinaryIO | None = None) -> Kept:
    """Return what is read from `source` as the file `path`, written to `copy` on the way."""
    hasher, size = hashlib.sha256(), 0
    while data := source.read(BLOCK_BYTES):
        hasher.update(data)
        size += len(data)
        if copy is not None:
            copy.write(data)
    return Kept(path, size, hasher.hexdigest())
