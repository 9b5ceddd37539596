"""Makes a backup of a working folder, also while a night runs.

The catalog is copied as of its last commit, with the data files that it names; those never change
once they are written. Reports come after it and records last, since reports hold the heads of
records and records tell of what stands in the lake: each may know of more than what was copied
before it, never of less.
"""

import datetime as dt
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines import __version__
from pipelines.backup.store import Kept, Manifest, Mark, Store
from pipelines.errors import MimamoriError, UsageError
from pipelines.findings import rfc3339
from pipelines.lake.catalog_copy import copy_catalog
from pipelines.lake.io_errors import io_error
from pipelines.lake.keys import require
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.text.messages import message

MANIFEST = "manifest.json"
ACT = "backup"
_TRIES = 5  # until nothing that the catalog names was removed, and no key changed, meanwhile


@dataclass
class Taken:
    """Files that a folder of a backup holds, and how many of them, and bytes, are new to it."""

    store: Store
    files: list[Kept] = field(default_factory=list)
    new_files: int = 0
    new_bytes: int = 0

    def take(self, name: str, path: Path) -> None:
        """Take in a file as it is; one that is gone by now is left out, a link is not followed."""
        with suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(handle, "rb") as source:
                kept, is_new = self.store.add(name, source)
            self.files.append(kept)
            self.new_files += is_new
            self.new_bytes += kept.bytes * is_new


@dataclass(frozen=True)
class Made:
    """A backup: what each of its folders holds, and what was removed from them."""

    manifest: Manifest
    data: Taken
    keys: Taken
    removed_files: int
    passed_over: list[str]
    """What is no regular file, such as a symbolic link, and was left out."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        files = self.data.files + self.keys.files
        return {
            "folder": str(self.data.store.folder),
            "keys_folder": str(self.keys.store.folder),
            "made_at": self.manifest.made_at,
            "snapshot": self.manifest.snapshot,
            "files": len(files),
            "bytes": sum(one.bytes for one in files),
            "new_files": self.data.new_files + self.keys.new_files,
            "new_bytes": self.data.new_bytes + self.keys.new_bytes,
            "removed_files": self.removed_files,
            "passed_over": self.passed_over,
            "manifest_sha256": self.manifest.sha256,
        }


def keys_manifest(backup_id: str) -> str:
    """Return the name of the manifest of the keys of a backup."""
    return f"manifest-{backup_id}.json"


def back_up(
    home: Home, folder: Path, keys_folder: Path | None, clock: Callable[[], dt.datetime]
) -> Made:
    """Bring the backup in `folder` up to date with the working folder.

    The keys go to `keys_folder`, by default `keys/` in `folder`. What was removed from the working
    folder since the last backup, by retention or an erasure, is removed from the backup too. The
    use is on record, and the digest of the manifest with it.

    Raises:
        UsageError: one of the folders lies in another, or in the working folder.
        MimamoriError: there is no lake, the folder holds something else or another lake's backup,
            or it cannot be written to; the backup that was there still stands.
    """
    keys_folder = keys_folder or folder / "keys"
    if home.cluster is not None:
        raise UsageError(message("backup.on_servers", at="lake.catalog"))
    _require_apart(home, folder, keys_folder)
    require(home)
    records = Records(home)
    about = {"folder": str(folder), "keys_folder": str(keys_folder)}
    with records.use(Act(ACT, about), clock):
        now = clock()
        day = now.toordinal()
        data, keys = Store(folder, day), Store(keys_folder, day)
        lake_id = home.lake_id.read_text(encoding="ascii").strip()
        known = data.mark()
        pair_id = known.pair_id if known else secrets.token_hex(16)
        of_data, of_keys = Mark(lake_id, "data", pair_id), Mark(lake_id, "keys", pair_id)
        data.require(of_data)
        keys.require(of_keys)
        with data.written(of_data), keys.written(of_keys):
            try:
                made = _made(home, data, keys, lake_id, now)
            except (sqlite3.Error, OSError) as error:
                raise _failure(home, keys, error) from error
    digest = about | {"manifest_sha256": made.manifest.sha256}
    records.append(Series.EVIDENCE, Act(ACT, digest), clock())
    return made


def last_backup(records: Records, since: dt.datetime) -> dt.datetime | None:
    """Return the instant of the last whole backup on record since an aware instant."""
    made = [one.at for one in records.entries(Series.EVIDENCE, since) if one.what == ACT]
    last = dt.datetime.fromisoformat(made[-1]) if made else None
    return last if last is not None and last >= since else None


def _made(home: Home, data: Store, keys: Store, lake_id: str, now: dt.datetime) -> Made:
    before = data.manifest(MANIFEST)
    known = {one.path: one for one in before.files} if before else {}
    for _ in range(_TRIES):
        passed_over: list[str] = []
        of_data, of_keys = Taken(data), Taken(keys)
        snapshot, lost = _take(home, of_data, of_keys, known, passed_over)
        if snapshot is not None:
            break
    else:
        if lost:
            raise MimamoriError(message("backup.lost", at=home.lake, count=len(lost), name=lost[0]))
        raise MimamoriError(message("backup.changed_meanwhile", at=home.lake, tries=_TRIES))
    backup_id = secrets.token_hex(16)
    ends = backup_id, lake_id, rfc3339(now), __version__, snapshot
    manifest = Manifest(*ends, "", tuple(of_data.files))
    named = Manifest(*ends, manifest.sha256, tuple(of_keys.files))
    # The former keys stay until the data of this backup is named: one of the two pairs is whole.
    keys.replace_manifest(keys_manifest(backup_id), named)
    data.replace_manifest(MANIFEST, manifest)
    removed = data.keep_only(MANIFEST, manifest) + keys.keep_only(keys_manifest(backup_id), named)
    former = Store(data.folder / "keys")
    if keys.folder.resolve() != former.folder.resolve() and _is_part_of(former, data):
        removed += former.discard()  # the keys are kept apart from now on
    return Made(manifest, of_data, of_keys, removed, passed_over)


def _is_part_of(keys: Store, data: Store) -> bool:
    """Whether a folder has the keys of a backup, and that is the one in the folder of the data."""
    try:
        found, own = keys.mark(), data.mark()
    except MimamoriError:
        return False
    return found is not None and own is not None and found.pair_id == own.pair_id


def _take(
    home: Home, data: Taken, keys: Taken, known: dict[str, Kept], passed_over: list[str]
) -> tuple[int | None, list[str]]:
    """Take in everything; return the snapshot, None where it does not belong together.

    Besides, the data files that the catalog names and that are not there as it says.
    """
    before = _keys(home)
    catalog = keys.store.scratch / home.catalog.name
    catalog.unlink(missing_ok=True)
    copied = copy_catalog(home, catalog)
    keys.take(f"keys/{home.catalog.name}", catalog)
    _take_data(home, data, known, copied.places(home))
    sizes = {PurePosixPath(one.path).name: one.bytes for one in data.files}
    lost = sorted(name for name, size in copied.sizes.items() if sizes.get(name) != size)
    if lost:  # upkeep has merged or removed some since, or somebody else did
        return None, lost
    for path in (home.fetched, home.deliveries):
        if path.is_file():
            copy = keys.store.scratch / f"{path.parent.name}-{path.name}"
            copy.unlink(missing_ok=True)
            with closing(sqlite3.connect(path)) as con:
                con.execute("vacuum into ?", (str(copy),))
            data.take(path.relative_to(home.root).as_posix(), copy)
    named = [home.id_file] if home.id_file.exists() else []
    others = [home.lake_id, *named, *_walk(home.reports, home, passed_over)]
    _take_all(home, data, [*others, *_walk(home.context, home, passed_over)])
    with Records(home).locked():
        _take_all(home, data, sorted(home.records.glob("*.jsonl")))
        for path in (*_keys(home), home.records_head):
            keys.take(f"keys/{path.relative_to(home.keys).as_posix()}", path)
        return (copied.snapshot if _keys(home) == before else None), []


def _take_all(home: Home, data: Taken, paths: Iterable[Path]) -> None:
    for path in paths:
        data.take(path.relative_to(home.root).as_posix(), path)


def _take_data(home: Home, data: Taken, known: dict[str, Kept], places: dict[str, Path]) -> None:
    """Take in the data files: one of the same name and size as before is the same file."""
    for path in sorted(places.values()):
        name = path.relative_to(home.root).as_posix()
        former = known.get(name)
        with suppress(FileNotFoundError):
            if former and former.bytes == path.stat().st_size and data.store.holds(former):
                data.files.append(former)
            else:
                data.take(name, path)


def _keys(home: Home) -> dict[Path, bytes]:
    """The keys, with what they are called; the catalog and the head change all the time."""
    patterns = ("*.key", "epochs/*.key", "former/*.key", "homes/**/*.key", home.lake_id.name)
    found = (path for pattern in patterns for path in sorted(home.keys.glob(pattern)))
    # A key that is being written has a name with a dot in front.
    return {one: one.read_bytes() for one in found if one.name[0] != "." and one.is_file()}


def _walk(folder: Path, home: Home, passed_over: list[str]) -> Iterator[Path]:
    """The files of a folder; one that is half written has a name with a dot in front."""
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for path in (Path(root) / name for name in sorted(names) + links):
            if path.is_symlink() or not path.is_file():
                passed_over.append(path.relative_to(home.root).as_posix())
            elif path.name[0] != ".":
                yield path


def _require_apart(home: Home, folder: Path, keys_folder: Path) -> None:
    data, keys = folder.resolve(), keys_folder.resolve()
    parts = (home.lake, home.keys, home.records, home.reports, home.context, home.logs, home.marts)
    for one in (data, keys):
        for working in {path.resolve() for path in (home.root, *parts)}:
            if one.is_relative_to(working) or working.is_relative_to(one):
                raise UsageError(message("backup.within", at=one, home=working))
    if data.is_relative_to(keys) or keys.is_relative_to(data / "objects"):
        raise UsageError(message("backup.same_folder", at=keys_folder))


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _failure(home: Home, keys: Store, error: sqlite3.Error | OSError) -> MimamoriError:
    if isinstance(error, sqlite3.Error) and "full" in str(error):  # of a copy among the keys
        return MimamoriError(message("backup.no_room", at=keys.folder))
    if isinstance(error, OSError) and error.filename:
        return MimamoriError(message("backup.unreadable", at=error.filename, reason=error.strerror))
    found = io_error(error, home)
    return found or MimamoriError(message("backup.unreadable", at=home.root, reason=error))
