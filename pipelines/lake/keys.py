"""The key material of a lake: where it lies, that it is complete, and that it is this lake's.

The catalog holds the key of every data file and lies with the key of the keyed hashes in a folder
of its own, so that it can be on another volume and in another backup than the data
(docs/keys.md). A lake whose keys are missing is an error: a new key would open nothing, and an
empty catalog would let the data be written over.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from pipelines.errors import LakeBusyError, MimamoriError
from pipelines.lake.io_errors import io_error
from pipelines.lake.move_mark import Departure, MoveMark
from pipelines.lake.place import place_of, writers_lock
from pipelines.paths import ID_NAME, RECORDS_HEAD, RECORDS_KEY, Home
from pipelines.privacy.key_file import destroy_key, leftovers, read_key
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.private_files import sync_folder
from pipelines.text.messages import message

_READERS_PATIENCE_SECONDS = 10.0


def require(home: Home) -> None:
    """Make sure that there is a lake below `home`, and that its keys are there and can be read.

    Raises:
        MimamoriError: there is no lake yet, its keys are missing, or they are another lake's, or
            encrypted with another key than that of the settings.
        SettingsError: the key that encrypts the keys cannot be had.
    """
    require_files(home)
    # One that is missing is told where it is missed; the process of a question may read none.
    with suppress(FileNotFoundError, PermissionError):
        read_key(home.pseudonym_key, home.key_encryption_key)


def require_files(home: Home) -> None:
    """Make sure that there is a lake below `home` and that its catalog lies among its keys.

    Raises:
        MimamoriError: there is no lake yet, its keys are missing, or they are another lake's.
    """
    if any(path.exists() for path in _left_behind(home)):
        try:
            with writers_lock(home, _READERS_PATIENCE_SECONDS):
                settle(home)
        except OSError as error:
            raise io_error(error, home) or error from error
    _require_no_other(home)
    if place_of(home).has_catalog():
        _check_ids(home)
        return
    if is_there(home):
        raise _missing(home, place_of(home).catalog_name)
    raise MimamoriError(message("lake.keys.no_lake_yet", at=home.lake))


def is_there(home: Home) -> bool:
    """Return whether there is a lake below `home`, even one whose keys are missing."""
    places = (home.lake_id, *(_left_behind(home)))
    place = place_of(home)
    return any(path.exists() for path in places) or place.has_catalog() or place.has_data()


def settle(home: Home) -> None:
    """Bring the keys of a lake to their folder and make those of a new one.

    Only for the holder of the writers' lock. What was broken off is completed by the next call.

    Raises:
        LakeBusyError: the keys have to be moved, and somebody is reading.
        MimamoriError: the keys are missing or another lake's, or there are two of one name.
        SettingsError: the key that encrypts the keys cannot be had.
    """
    if home.keys.resolve().is_relative_to(home.lake.resolve()):
        raise MimamoriError(message("lake.keys.folder_within_data", at=home.keys, lake=home.lake))
    _require_no_other(home)
    is_new = not is_there(home)
    if home.key_encryption_key is not None:
        home.key_encryption_key()  # where it cannot be had, nothing is made
    _make_folder(home, is_new=is_new)
    _sweep(home)
    for source in _left_behind(home):
        if source.name == home.lake_id.name and len(_ids(source.parent, home.keys)) > 1:
            raise _another_lakes(home)
        target = home.keys / _place(home, source)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _move(source, target)
    _check_ids(home)
    place = place_of(home)
    has_catalog = place.has_catalog()
    if not has_catalog and place.has_data():
        raise _missing(home, place.catalog_name)
    if not has_catalog:
        Pseudonyms.made(home)
    _identify(home)


def _require_no_other(home: Home) -> None:
    """Refuse a place that a lake is still being moved to, or that it was moved away from.

    Refuse servers beside a lake in `home` too.
    """
    place, mark = place_of(home), MoveMark.read(home)
    if mark is not None:
        if mark.snapshot is None and mark.is_of(place):
            raise MimamoriError(message("lake.keys.being_moved", at=mark.to))
        if mark.is_clearing and not mark.is_of(place):
            raise MimamoriError(message("lake.keys.moved_away", at=place.catalog_name, to=mark.to))
        return
    if home.cluster is not None and home.catalog.exists():
        raise MimamoriError(message("lake.keys.lake_within_home", at=home.catalog))
    went = Departure.read(home)
    if went is None or went.is_of(place):
        return
    # The same servers may be named in other words by now.
    if home.cluster is None or (own := _id(home.keys)) is None or place.lake_id() != own:
        raise MimamoriError(message("lake.keys.moved_away", at=place.catalog_name, to=went.to))


def _sweep(home: Home) -> None:
    """Destroy what writers of keys that were killed left; of the records' key, its writers do."""
    of_records = f".{Path(RECORDS_KEY).stem}."
    for keys in (home.keys, home.with_keys(None).keys):
        for left in leftovers(keys):
            if not left.name.startswith(of_records):
                destroy_key(left)


def name_lake(home: Home) -> None:
    """Have a catalog that has just been made, and keeps a name, keep that of its keys."""
    place = place_of(home)
    name = _id(home.keys)
    if name is not None and place.lake_id() is None:
        place.name_lake(name)


def on_one_file_system(home: Home) -> bool:
    """Return whether the keys lie on the file system of the data that they open."""
    return home.keys.stat().st_dev == home.lake.stat().st_dev


def _left_behind(home: Home) -> Iterator[Path]:
    """Where earlier releases and earlier settings had the keys: a name that differs stops first."""
    inside = home.with_keys(None)
    of_records = (inside.keys / RECORDS_KEY, inside.keys / RECORDS_HEAD)
    of_catalog = (inside.catalog,) if home.cluster is None else ()
    paths = (inside.keys / ID_NAME, inside.pseudonym_key, *of_records, *of_catalog)
    if home.keys.resolve() != inside.keys.resolve():  # one may be a link to the other
        yield paths[0]
        for pattern in (
            "epochs/*.key",
            "former/*.key",
            "*.next.*.key",
            "homes/**/*.*",
            "records.home",
        ):
            yield from sorted(inside.keys.glob(pattern))
        yield from paths[1:]
    yield from (home.lake / path.name for path in paths[1:])


def _place(home: Home, source: Path) -> Path:
    """Where a file left behind belongs in the folder of keys."""
    former = home.with_keys(None).keys
    return source.relative_to(former) if source.is_relative_to(former) else Path(source.name)


def _make_folder(home: Home, *, is_new: bool) -> None:
    """Make the folder of the keys, but not what it should have been mounted on."""
    if home.keys.is_dir():
        return
    if not is_new and not any(path.exists() for path in _left_behind(home)):
        raise _missing(home, home.keys)
    try:
        home.keys.mkdir(mode=0o700)
    except OSError as error:
        raise MimamoriError(
            message("lake.keys.folder_cannot_be_made", at=home.keys, reason=error.strerror)
        ) from None


def _move(source: Path, target: Path) -> None:
    """Move a file so that at every instant a whole one lies at one of the two places."""
    if not source.exists() or (target.exists() and source.samefile(target)):
        return
    if target.exists():
        if source.read_bytes() != target.read_bytes():
            raise MimamoriError(message("lake.keys.two_that_differ", at=source, target=target))
    else:
        if source.suffix == ".sqlite":
            _close(source)
        try:
            source.rename(target)
        except OSError:  # most likely another file system, which a copy finds out
            part = target.with_name(target.name + ".part")
            _copy(source, part)
            part.replace(target)
        sync_folder(target.parent)
    target.chmod(0o600)
    source.unlink(missing_ok=True)
    sync_folder(source.parent)


def _close(catalog: Path) -> None:
    """Bring what stands in the write-ahead log into the catalog, which nobody has open then."""
    try:
        with closing(sqlite3.connect(catalog, timeout=_READERS_PATIENCE_SECONDS)) as con:
            con.execute("pragma journal_mode = delete")  # refused while others have it open
            con.execute("pragma journal_mode = wal")  # readers cannot turn it on
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise MimamoriError(
                message("lake.keys.cannot_be_moved", at=catalog, reason=error)
            ) from None
        raise LakeBusyError(message("lake.keys.catalog_in_use", at=catalog)) from None
    except sqlite3.DatabaseError as error:
        raise MimamoriError(message("lake.keys.not_a_catalog", at=catalog, reason=error)) from None


def _copy(source: Path, part: Path) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with source.open("rb") as given, os.fdopen(handle, "wb") as taken:
        shutil.copyfileobj(given, taken)
        taken.flush()
        os.fsync(taken.fileno())


def _check_ids(home: Home) -> None:
    """Raise MimamoriError where keys and data name different lakes."""
    lake, keys = _id(home.lake), _id(home.keys)
    place = place_of(home)
    on_record = place.lake_id()
    if on_record and keys and on_record != keys:
        raise _another_lakes(home)
    if on_record and keys and lake is None:
        return  # another machine made it
    if lake == keys or (lake and not keys and place.has_catalog()):  # the second: see _identify
        return
    if lake is None and not place.has_catalog() and not place.has_data():
        return  # a first start that was broken off
    if keys is None:
        raise _missing(home, home.keys)
    raise _another_lakes(home)


def _another_lakes(home: Home) -> MimamoriError:
    return MimamoriError(message("lake.keys.of_another_lake", at=home.keys, lake=home.lake))


def _identify(home: Home) -> None:
    """Give keys and data one name, by which neither is taken for another's."""
    if _id(home.lake) is None and place_of(home).has_catalog():
        # A lake of an earlier release, or one that another machine made.
        _name(home.lake, _id(home.keys) or uuid4().hex)
    name = _id(home.keys) or _id(home.lake) or uuid4().hex
    for folder in (home.keys, home.lake):
        if _id(folder) is None:
            _name(folder, name)


def _id(folder: Path) -> str | None:
    try:
        return (folder / ID_NAME).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _ids(*folders: Path) -> set[str]:
    """The names that the folders have, if they have one."""
    return {name for name in map(_id, folders) if name is not None}


def _name(folder: Path, name: str) -> None:
    part = folder / f"{ID_NAME}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(f"{name}\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(folder / ID_NAME)
    sync_folder(folder)


def _missing(home: Home, what: Path | str) -> MimamoriError:
    return MimamoriError(message("lake.keys.missing", at=what, lake=home.lake))
