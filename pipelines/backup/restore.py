"""Sets a working folder up from a backup, and checks a backup without doing so."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from pipelines.backup.make import MANIFEST, keys_manifest
from pipelines.backup.store import Kept, Manifest, Store, described
from pipelines.errors import MimamoriError, UsageError
from pipelines.lake.io_errors import io_error
from pipelines.lake.place import writers_lock
from pipelines.paths import Home
from pipelines.private_files import private_folder, sync_folder, whole_file
from pipelines.records import Act, Records, Series
from pipelines.text.messages import message

_FOLDERS = ("lake", "reports", "context", "records", "fetch", "deliver")
_WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class Restored:
    """What a backup held; `is_dry_run` where it was only checked."""

    manifest: Manifest
    files: int
    bytes: int
    is_dry_run: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "made_at": self.manifest.made_at,
            "release": self.manifest.release,
            "snapshot": self.manifest.snapshot,
            "files": self.files,
            "bytes": self.bytes,
            "dry_run": self.is_dry_run,
            "manifest_sha256": self.manifest.sha256,
        }


def restore(
    home: Home,
    folder: Path,
    keys_folder: Path | None,
    clock: Callable[[], dt.datetime],
    *,
    is_dry_run: bool = False,
) -> Restored:
    """Set up the working folder from the backup in `folder`, with every digest compared.

    A dry run compares the digests and writes nothing. The catalog comes last: until it is there,
    nobody takes the working folder for a whole one, and the same call again completes it.

    Raises:
        MimamoriError: there is no backup, or not the keys that belong to it; a file of it is
            damaged; or the working folder has another lake, or files that differ: nothing is
            written over.
    """
    if home.cluster is not None:
        raise UsageError(message("backup.on_servers", at="lake.catalog"))
    data, keys = Store(folder), Store(keys_folder or folder / "keys")
    with data.read(), keys.read():
        found = _restored(home, data, keys, is_dry_run=is_dry_run)
    if not is_dry_run:
        about = {
            "folder": str(folder),
            "made_at": found.manifest.made_at,
            "manifest_sha256": found.manifest.sha256,
        }
        Records(home).append(Series.EVIDENCE, Act("restore", about), clock())
    return found


def _restored(home: Home, data: Store, keys: Store, *, is_dry_run: bool) -> Restored:
    manifest, named = _manifests(data, keys)
    files = [*_targets(home, data, manifest), *_targets(home, keys, named)]
    files.sort(key=lambda one: one.path == home.catalog)
    found = Restored(manifest, len(files), sum(one.kept.bytes for one in files), is_dry_run)
    if is_dry_run:
        for one in files:
            one.compare()
        return found
    try:
        for one in files:
            one.require_nothing_else()
        _require_no_log(home)
        for folder in (home.root, home.lake):
            private_folder(folder)
        with writers_lock(home, _WAIT_SECONDS):
            for one in files:
                one.write()
    except OSError as error:
        raise io_error(error, home) or _unwritable(home, error) from error
    return found


@dataclass(frozen=True)
class _Target:
    """A file of a backup, and where it belongs."""

    store: Store
    kept: Kept
    path: Path

    def compare(self) -> None:
        """Raise MimamoriError where it is not what the manifest says."""
        self._copy(None)

    def require_nothing_else(self) -> None:
        """Raise MimamoriError where another file has its place."""
        with suppress(FileNotFoundError):
            if self.path.is_symlink() or not self._is_there():
                raise MimamoriError(message("backup.restore.in_the_way", at=self.path))

    def write(self) -> None:
        """Write it, unless it is there."""
        with suppress(FileNotFoundError):
            if self._is_there():
                return
        private_folder(self.path.parent)
        with whole_file(self.path) as copy:
            self._copy(copy)
        sync_folder(self.path.parent)

    def _is_there(self) -> bool:
        if self.path.stat().st_size != self.kept.bytes:
            return False
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.kept.sha256

    def _copy(self, copy: BinaryIO | None) -> None:
        with self.store.opened(self.kept) as source:
            if described(self.kept.path, source, copy) != self.kept:
                raise self.store.damaged(self.kept)


def _manifests(data: Store, keys: Store) -> tuple[Manifest, Manifest]:
    manifest = data.manifest(MANIFEST)
    if manifest is None:
        raise MimamoriError(message("backup.restore.no_backup", at=data.folder))
    named = keys.manifest(keys_manifest(manifest.backup_id))
    if named is None:
        raise MimamoriError(
            message("backup.restore.no_keys", at=keys.folder, made_at=manifest.made_at)
        )
    if named.data_sha256 != manifest.sha256:
        raise MimamoriError(message("backup.restore.changed", at=data.folder / MANIFEST))
    return manifest, named


def _targets(home: Home, store: Store, manifest: Manifest) -> Iterator[_Target]:
    """The files of a folder of a backup: keys come from the folder of the keys alone."""
    of_keys = bool(manifest.data_sha256)
    for kept in manifest.files:
        first, *rest = PurePosixPath(kept.path).parts
        if (first == "keys") != of_keys or first not in {"keys", *_FOLDERS}:
            raise store.damaged(kept)
        root = home.keys if of_keys else home.root / first
        yield _Target(store, kept, root.joinpath(*rest))


def _require_no_log(home: Home) -> None:
    """Raise MimamoriError where SQLite would play another catalog's log into the restored one."""
    for end in ("-wal", "-shm", "-journal"):
        left = home.catalog.with_name(home.catalog.name + end)
        if left.exists() and not home.catalog.exists():
            raise MimamoriError(message("backup.restore.in_the_way", at=left))


def _unwritable(home: Home, error: OSError) -> MimamoriError:
    return MimamoriError(message("backup.restore.unwritable", at=home.root, reason=error.strerror))
