"""A key that is changed now and then, with those before it: old hashes are made with old keys.

The key in force is `NAME.key` in the folder of keys. One that was changed lies in `former/`, under
its number and the last thing that it is for: a day, or the number of a record. A change is written
down before it is made (`NAME.next.UNTIL.key`), so that one that is broken off can be completed or
taken back by whoever knows which of the two it must be.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from pipelines.paths import Home
from pipelines.privacy.key_file import KEY_BYTES, made_key, read_key, write_key
from pipelines.private_files import sync_folder


@dataclass(frozen=True)
class Version:
    """One of a key's versions: what it is for at last (None: it is in force), and its bytes."""

    path: Path
    until: str | None
    key: bytes

    def __repr__(self) -> str:
        """Tell which version it is: a key stands in no message, log or traceback."""
        return f"Version({self.path.name})"


class KeyVersions:
    """The versions of one key of a home."""

    def __init__(self, home: Home, current: Path) -> None:
        """Take the file of the key that is in force."""
        self.current = current
        self._encryption = home.key_encryption_key
        self._former = current.parent / "former"

    def read(self) -> tuple[Version, ...]:
        """Return all versions, the oldest first, the one in force last.

        Raises:
            FileNotFoundError: there is none in force.
            MimamoriError: a file holds no key, or one that cannot be decrypted.
        """
        own = Version(self.current, None, read_key(self.current, self._encryption))
        former = [
            Version(path, until, read_key(path, self._encryption))
            for _, until, path in self._former_files()
        ]
        # While a change is being made the key in force lies there already.
        return (*(one for one in former if one.key != own.key), own)

    def made(self) -> tuple[Version, ...]:
        """Return all versions, with a new key in force where there is none."""
        made_key(self.current, self._encryption)
        return self.read()

    def begin(self, until: str) -> bytes:
        """Write a new key down, which is in force once the change is completed; return it."""
        self.take_back()
        key = secrets.token_bytes(KEY_BYTES)
        write_key(self._next(until), key, self._encryption)
        return key

    def begun(self) -> Version | None:
        """Return the version that a change was begun with: its key, and until when the old is."""
        for path in self.current.parent.glob(f"{self.current.stem}.next.*.key"):
            until = path.name.split(".")[2]
            return Version(path, until, read_key(path, self._encryption))
        return None

    def complete(self) -> None:
        """Put the key that was begun with in force, and the one before to the former ones."""
        begun = self.begun()
        if begun is None or begun.until is None:
            return
        old = read_key(self.current, self._encryption)
        if old != begun.key:
            former = list(self._former_files())
            if not any(read_key(path, self._encryption) == old for *_, path in former):
                self._former.mkdir(mode=0o700, exist_ok=True)
                number = 1 + max((number for number, *_ in former), default=0)
                name = f"{self.current.stem}.{number}.{begun.until}.key"
                write_key(self._former / name, old, self._encryption)
                sync_folder(self.current.parent)
            write_key(self.current, begun.key, self._encryption)
        self.take_back()

    def take_back(self) -> None:
        """Forget the key that a change was begun with."""
        for path in self.current.parent.glob(f"{self.current.stem}.next.*.key"):
            path.unlink()
            sync_folder(path.parent)

    def _former_files(self) -> list[tuple[int, str, Path]]:
        """The former versions' numbers, what they were for at last, and files; oldest first."""
        form = re.compile(rf"{re.escape(self.current.stem)}\.([0-9]+)\.([0-9-]+)\.key")
        found = [
            (int(match[1]), match[2], path)
            for path in self._former.glob(f"{self.current.stem}.*.key")
            if (match := form.fullmatch(path.name))
        ]
        return sorted(found)

    def _next(self, until: str) -> Path:
        return self.current.with_name(f"{self.current.stem}.next.{until}.key")
