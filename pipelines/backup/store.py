"""A folder of a backup: files by the digest of their content, and the manifest that names them.

A file that was there before is not written again, so that a daily backup takes what is new. The
manifest is replaced in one step once all files are on the disk: whatever ends a backup, the one
before it is whole.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pipelines.errors import MimamoriError
from pipelines.private_files import private_folder, sync_folder, whole_file, write_whole
from pipelines.text.messages import message

FORMAT = 1
BLOCK_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")


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
    The folder of the data and that of the keys have the same `backup_id`.
    """

    backup_id: str
    lake_id: str
    made_at: str
    release: str
    snapshot: int
    files: tuple[Kept, ...]

    def encoded(self) -> bytes:
        """Return it as the bytes of its file: JSON in UTF-8."""
        values = {"format": FORMAT} | asdict(self)
        return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()

    @property
    def sha256(self) -> str:
        """The digest of its file, by which records name a backup."""
        return hashlib.sha256(self.encoded()).hexdigest()


class Store:
    """A folder that holds a backup, or is to hold one."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is opened yet."""
        self.folder = folder
        self._objects = folder / "objects"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder where it is missing, and keep other backups out of it.

        Raises:
            MimamoriError: the folder cannot be made, holds something else, or another backup is
                being written to it.
        """
        self._require_own()
        private_folder(self.folder)
        lock = os.open(self.folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(lock, "wb") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MimamoriError(message("backup.store.in_use", at=self.folder)) from None
            yield

    def add(self, path: str, source: BinaryIO) -> tuple[Kept, bool]:
        """Take in the content of a file of the working folder; return it, and whether it is new.

        Raises:
            MimamoriError: there is no room, or the folder cannot be written to.
        """
        kept = _described(path, source)
        if self.holds(kept):
            return kept, False
        source.seek(0)
        self._objects.mkdir(mode=0o700, exist_ok=True)
        incoming = self._objects / "incoming"
        with whole_file(incoming) as target:
            kept = _described(path, source, target)  # it may have grown since
        place = self._place(kept)
        private_folder(place.parent)
        incoming.replace(place)
        sync_folder(place.parent)
        return kept, True

    def holds(self, kept: Kept) -> bool:
        """Return whether a file is there, with as many bytes as it should have."""
        try:
            return self._place(kept).stat().st_size == kept.bytes
        except FileNotFoundError:
            return False

    @contextmanager
    def opened(self, kept: Kept) -> Iterator[BinaryIO]:
        """Yield the content of a file, not looked at yet.

        Raises:
            MimamoriError: it is missing.
        """
        try:
            with self._place(kept).open("rb") as source:
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
            files = tuple(Kept(**one) for one in values.pop("files"))
            found = Manifest(**values, files=files)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MimamoriError(
                message("backup.store.unreadable", at=path, reason=error.strerror or error)
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise MimamoriError(message("backup.store.no_manifest", at=path)) from None
        if known != FORMAT:
            raise MimamoriError(message("backup.store.later_release", at=path, format=known))
        if not _ID.fullmatch(str(found.backup_id)) or not all(map(_is_sound, files)):
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
        needed = {self._place(one) for one in manifest.files}
        for path in self.folder.glob("manifest*.json"):
            if path.name != name:
                path.unlink()
        removed = 0
        for path in list(self._objects.rglob("*")):
            if path.is_file() and path not in needed:
                path.unlink()
                removed += 1
        return removed

    def _place(self, kept: Kept) -> Path:
        return self._objects / kept.sha256[:2] / kept.sha256

    def _require_own(self) -> None:
        """Make sure that the folder is empty, or holds a backup: others' files are not touched."""
        try:
            names = {path.name for path in self.folder.iterdir()}
        except FileNotFoundError:
            return
        except OSError as error:
            reason = error.strerror if error.errno != errno.ENOTDIR else "not a directory"
            raise MimamoriError(
                message("backup.store.unreadable", at=self.folder, reason=reason)
            ) from None
        others = names - {".lock", "objects", "keys", "scratch"}
        if any(not name.startswith(("manifest", ".manifest")) for name in others):
            raise MimamoriError(message("backup.store.not_empty", at=self.folder))


def _is_sound(kept: Any) -> bool:
    """Whether an entry names a file within a working folder, by a path that leads nowhere else."""
    path = PurePosixPath(kept.path)
    return (
        isinstance(kept.bytes, int)
        and bool(_DIGEST.fullmatch(str(kept.sha256)))
        and len(path.parts) > 1
        and not path.is_absolute()
        and ".." not in path.parts
        and path.as_posix() == kept.path
        and "\0" not in kept.path
    )


def _described(path: str, source: BinaryIO, copy: BinaryIO | None = None) -> Kept:
    """Return size and digest of what is read from `source`, written to `copy` on the way."""
    hasher, size = hashlib.sha256(), 0
    while data := source.read(BLOCK_BYTES):
        hasher.update(data)
        size += len(data)
        if copy is not None:
            copy.write(data)
    return Kept(path, size, hasher.hexdigest())
