"""The files that hold keys, and how they are encrypted anew with another key-encryption key."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import MimamoriError
from pipelines.lake.keys import require_files
from pipelines.lake.place import writers_lock
from pipelines.paths import RECORDS_KEY, Home, KeyEncryptionKey
from pipelines.privacy.epochs import last_day_of
from pipelines.privacy.key_file import destroy_key, is_encrypted, leftovers, read_key, write_key
from pipelines.records import Records

Use = Literal["in force", "former", "epoch", "begun", "left over", "missing"]
_WAIT_SECONDS = 600.0


@dataclass(frozen=True)
class KeyFile:
    """One file of a key: its name in the folder of keys, what it is for, and until when.

    `until` is a day for pseudonyms, and the number of a record for the records' key; None for a
    key in force. What is left over by a writer that was killed is removed by the next one. A key
    that is missing is neither encrypted nor not: None.
    """

    name: str
    use: Use
    until: str | None
    is_encrypted: bool | None

    @property
    def number(self) -> int | None:
        """Which of the keys of its kind a former one is, from 1 on."""
        return int(self.name.split(".")[1]) if self.use in {"former", "missing"} else None

    @property
    def is_of_records(self) -> bool:
        """Whether it is, or was, the key of the records."""
        return self.name.removeprefix("former/").startswith("records.")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values: nothing of the key itself."""
        return {
            "name": self.name,
            "use": self.use,
            "number": self.number,
            "until": self.until,
            "encrypted": self.is_encrypted,
        }


def key_files(home: Home) -> list[KeyFile]:
    """Return the keys of a home but those in the catalog, which has one for each data file."""
    return list(_found(home))


def missing(name: str) -> KeyFile:
    """Return the entry of a former key that is missing."""
    return KeyFile(name, "missing", name.split(".")[2], None)


def encrypt_anew(home: Home, former: KeyEncryptionKey | None) -> list[str]:
    """Have every key encrypted as the settings say; return the names of the files that changed.

    `former` is the key-encryption key from before; keys that are not encrypted, and those that are
    encrypted as they should be, are read in any case, so that what was broken off can be repeated.

    Raises:
        MimamoriError: a key cannot be decrypted with either; no file was changed then.
        SettingsError: a key-encryption key cannot be had.
    """
    require_files(home)
    own = home.key_encryption_key
    with writers_lock(home, _WAIT_SECONDS), Records(home).locked():
        paths = [home.keys / one.name for one in _found(home) if one.use != "left over"]
        keys = {path: _read(path, own, former) for path in paths}
        changed = [path for path in paths if not _is_as_wanted(path, own)]
        for path in changed:
            write_key(path, keys[path], own)
        for path in leftovers(home.keys):
            destroy_key(path)
    return [path.relative_to(home.keys).as_posix() for path in changed]


def _found(home: Home) -> Iterator[KeyFile]:
    of_records = (home.keys, *sorted(home.own_records_keys("").glob("*")))
    for path in (home.pseudonym_key, *(one / RECORDS_KEY for one in of_records)):
        if path.exists():
            yield _described(home, path, "in force", None)
        for begun in sorted(path.parent.glob(f"{path.stem}.next.*.key")):
            yield _described(home, begun, "begun", None)
    for path in sorted(home.keys.rglob("former/*.key")):
        yield _described(home, path, "former", path.name.split(".")[2])
    for path in sorted((home.keys / "epochs").glob("*.key")):
        yield _described(home, path, "epoch", last_day_of(path.stem).isoformat())
    for path in leftovers(home.keys):
        yield _described(home, path, "left over", None)


def _described(home: Home, path: Path, use: Use, until: str | None) -> KeyFile:
    name = path.relative_to(home.keys).as_posix()
    return KeyFile(name, use, until, is_encrypted(path))


def _read(path: Path, own: KeyEncryptionKey | None, former: KeyEncryptionKey | None) -> bytes:
    try:
        return read_key(path, own)
    except MimamoriError:
        if former is None:
            raise
    return read_key(path, former)


def _is_as_wanted(path: Path, own: KeyEncryptionKey | None) -> bool:
    if own is None:
        return not is_encrypted(path)
    try:
        return is_encrypted(path) and bool(read_key(path, own))
    except MimamoriError:
        return False
