"""Writes records: one writer for all, whoever acts, safe for several processes at once.

A record is on the disk before the call returns. The head of the chain, number and hash of the last
record, lies among the keys: whoever can write to `records/` alone cannot cut it unseen. A line that
a crash broke off stays where it is, and the record after it says so.
"""

import datetime as dt
import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.privacy.key_file import destroy_key, leftovers
from pipelines.privacy.key_versions import KeyVersions
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.private_files import sync_folder
from pipelines.records.entry import (
    BROKEN_OFF,
    HEAD_MISSING,
    NO_HASH,
    Act,
    Entry,
    Series,
    read,
    written,
)
from pipelines.records.intent import abandoned, going_on, sign_anew
from pipelines.records.keys import ChainKeys
from pipelines.records.place import settle_records
from pipelines.text.messages import message

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.002
_TAIL_BYTES = 1 << 16
_HEAD_DIGITS = 20
_HEAD = re.compile(rf"([0-9]{{{_HEAD_DIGITS}}}) ([0-9a-f]{{64}})\n")


@dataclass(frozen=True)
class Head:
    """The last record of a chain: its number and hash."""

    seq: int = 0
    hash: str = NO_HASH


@dataclass
class Use:
    """A use that is going on: how many rows were shown by now, None where none can be counted."""

    rows: int | None = None


@dataclass(frozen=True)
class Tail:
    """The end of a file of records: the last record, and what a crash left behind it."""

    path: Path
    last: Entry | None
    fragment: bytes = b""


class Records:
    """The records of a working folder."""

    def __init__(self, home: Home) -> None:
        """Name the folder; nothing is opened yet."""
        self.folder = home.records
        self._home = home
        self._kept_keys: ChainKeys | None = None

    @property
    def _versions(self) -> KeyVersions:
        return KeyVersions(self._home, self._home.records_key)

    def append(self, series: Series, act: Act, at: dt.datetime) -> Entry:
        """Put an act on record at the aware instant `at`; return the record, on disk by then.

        Raises:
            MimamoriError: it cannot be put on record, so what it is about must not be done.
        """
        with self.locked():
            return self._append(series, act, at)

    @contextmanager
    def use(self, act: Act, clock: Callable[[], dt.datetime]) -> Iterator["Use"]:
        """Put a use on record when the block ends, however it ends; until then it may grow.

        Raises:
            MimamoriError: it cannot be put on record; the block is not entered then.
        """
        with self.locked():
            key = self.keys().signing
            kept = ExitStack()
            intent = kept.enter_context(going_on(self.folder, act, self.head().seq, key))
        use = Use()
        with kept:
            try:
                yield use
            finally:
                self.append(Series.USE, replace(act, rows=use.rows), clock())
                intent.unlink(missing_ok=True)

    def entries(self, series: Series, since: dt.datetime | None = None) -> Iterator[Entry]:
        """Yield the records of a series, oldest first; whether they are genuine: `verify`.

        Files of months before that of `since` are left out, by their name and their last record:
        a file that was renamed hides nothing.
        """
        month = "" if since is None else f"{since.astimezone(dt.UTC):%Y-%m}"
        for path in self.files(series):
            if path.name < f"{series}-{month}":
                last = _tail(path).last
                if last is None or last.at[: len(month)] < month:
                    continue
            for line in path.read_bytes().split(b"\n"):
                entry = read(line)
                if entry is not None:
                    yield entry

    def files(self, series: Series) -> list[Path]:
        """Return the files of a series, oldest month first."""
        return sorted(self.folder.glob(f"{series}-[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"))

    def hashed(self, value: str) -> str:
        """Return what stands for a value of a person in a new record."""
        return self._known_keys().hashed(value)

    def derived_key(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose, of the key in force: it changes with that."""
        return self._known_keys().newest.derived(purpose)

    def derived_keys(self, purpose: str) -> list[bytes]:
        """Return that of the key in force, and those of former keys."""
        return self._known_keys().derived(purpose)

    def marks(self, value: str) -> list[str]:
        """Return what may stand for a value of a person in the records, under each of the keys."""
        return self._known_keys().marks(value)

    def _known_keys(self) -> ChainKeys:
        if self._kept_keys is None:
            with self.locked():
                self._kept_keys = self.keys()
        return self._kept_keys

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other writers out; the folder is made if it is missing.

        Raises:
            MimamoriError: another process kept the lock, or the folder or disk does not let us.
        """
        path = self.folder / ".lock"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                until = time.monotonic() + _PATIENCE_SECONDS
                while not _is_taken(handle):
                    if time.monotonic() > until:
                        raise MimamoriError(message("records.chain.locked", at=path))
                    time.sleep(_POLL_SECONDS)
                yield
            finally:
                os.close(handle)
        except OSError as error:
            raise MimamoriError(
                message("records.chain.cannot_be_written", at=self.folder, reason=error.strerror)
            ) from None

    def keys(self) -> ChainKeys:
        """Return the keys of the chain, after a change that was broken off is settled.

        Only for the holder of the lock.

        Raises:
            MimamoriError: there are records, and their key is missing.
        """
        settle_records(self._home)
        if not self._versions.current.exists():
            self._require_new()
        for left in leftovers(self._home.records_keys, self._versions.current.stem):
            destroy_key(left)
        begun = self._versions.begun()
        if begun is not None:  # the record of the change decides
            last = max((self.head(), *map(_head_of, self._tails().values())), key=_seq)
            if last.seq >= int(begun.until or 0):
                self._versions.complete()
            else:
                self._versions.take_back()
        return ChainKeys.of_versions(self._versions.made())

    def change_key(self, act: Act, at: dt.datetime) -> Entry:
        """Sign later records with a new key; return the record of it, the last of the former key.

        Raises:
            MimamoriError: it cannot be put on record; the key stays.
        """
        with self.locked():
            keys, tails, head = self._tidied(at)
            new = self._versions.begin(str(head.seq + 1))
            entry = self._write(
                self._name(Series.DECISIONS, tails, at), Series.DECISIONS, head, act, at, keys
            )
            sign_anew(self.folder, keys.signing, ChainKeys(KeyedHashes(new)).signing)
            self._versions.complete()
            self._kept_keys = None
            return entry

    def head(self) -> Head:
        """Return the head that lies among the keys; that of an empty chain where there is none."""
        return self.kept_head() or Head()

    def kept_head(self) -> Head | None:
        """Return the head that lies among the keys, None where it is missing or no head.

        It is made before the key: where there is a key, somebody took it away.
        """
        try:
            text = self._home.records_head.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return None
        found = _HEAD.fullmatch(text)
        return Head(int(found[1]), found[2]) if found else None

    def _require_new(self) -> None:
        """Make sure that no key was lost: there are no records yet."""
        key_file = self._versions.current
        if any(self.folder.glob("*.jsonl")) or self.head() != Head():
            raise MimamoriError(message("records.chain.key_missing", at=key_file))
        if not key_file.parent.is_dir():
            raise MimamoriError(message("lake.keys.no_lake_yet", at=self._home.lake))
        if self._home.key_encryption_key is not None:
            self._home.key_encryption_key()  # where it cannot be had, nothing is made
        self._keep_head(Head())
        sync_folder(self._home.records_head.parent)

    def _tails(self) -> dict[Series, Tail]:
        return {one: end for one in Series if (end := _end(self.files(one))) is not None}

    def _append(self, series: Series, act: Act, at: dt.datetime) -> Entry:
        keys, tails, head = self._tidied(at)
        return self._write(self._name(series, tails, at), series, head, act, at, keys)

    def _tidied(self, at: dt.datetime) -> tuple[ChainKeys, dict[Series, Tail], Head]:
        """The keys, the ends of the files and of the chain, all that was left being on record."""
        keys, tails = self.keys(), self._tails()
        kept = self.kept_head()
        head = max((kept or Head(), *map(_head_of, tails.values())), key=_seq)
        for one, tail in tails.items():
            if tail.fragment:
                head = self._tell(one, tail, head, keys, at)
        told: list[tuple[Series, Act]] = []
        if kept is None:
            told.append(
                (Series.EVIDENCE, Act(HEAD_MISSING, {"file": self._home.records_head.name}))
            )
        with abandoned(self.folder, keys.signing, self._is_used) as left:
            for one, found in (*told, *left):
                entry = self._write(self._name(one, tails, at), one, head, found, at, keys)
                head = Head(entry.seq, entry.hash)
        return keys, tails, head

    def _is_used(self, act: Act, after: int) -> bool:
        """Whether a use is on record after the record of a number."""
        return any(
            one.seq > after
            and (one.who, one.role, one.what, one.about) == (act.who, act.role, act.what, act.about)
            for one in self.entries(Series.USE)
        )

    def _name(self, series: Series, tails: Mapping[Series, Tail], at: dt.datetime) -> Path:
        name = f"{series}-{at.astimezone(dt.UTC):%Y-%m}.jsonl"
        if series in tails:  # a clock that was set back opens no older file
            name = max(name, tails[series].path.name)
        return self.folder / name

    def _tell(
        self, series: Series, tail: Tail, head: Head, keys: ChainKeys, at: dt.datetime
    ) -> Head:
        """End a line that was broken off, and say so in the line after it."""
        about = {
            "file": tail.path.name,
            "bytes": len(tail.fragment),
            "sha256": hashlib.sha256(tail.fragment).hexdigest(),
        }
        act = Act(BROKEN_OFF, about)
        entry = self._write(tail.path, series, head, act, at, keys, before=b"\n")
        return Head(entry.seq, entry.hash)

    def _write(
        self,
        path: Path,
        series: Series,
        head: Head,
        act: Act,
        at: dt.datetime,
        keys: ChainKeys,
        before: bytes = b"",
    ) -> Entry:
        seq = head.seq + 1
        line = written(keys.of(seq), series, seq, at, act, head.hash)
        is_new = not path.exists()
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            try:
                _write_all(handle, before + line + b"\n")
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, size)  # a full disk: no half a line
                raise
        finally:
            os.close(handle)
        if is_new:
            sync_folder(self.folder)
        entry = read(line)
        assert entry is not None  # noqa: S101 - it was written just now
        self._keep_head(Head(entry.seq, entry.hash))
        return entry

    def _keep_head(self, head: Head) -> None:
        """Write the head over the one before: of the same length, so that one write does it."""
        text = f"{head.seq:0{_HEAD_DIGITS}d} {head.hash}\n".encode()
        handle = os.open(self._home.records_head, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size != len(text):
                os.ftruncate(handle, 0)  # what lay there is no head
            os.pwrite(handle, text, 0)
            if not head.seq:
                os.fsync(handle)  # the first one: later ones take its place, of the same length
        finally:
            os.close(handle)


def _end(files: Sequence[Path]) -> Tail | None:
    """Return the end of a series, None where nothing stands in its files, oldest month first.

    A crash or a full disk may leave the first file of a month empty, or with no more than a broken
    line: the last record is then that of a month before.
    """
    end: Tail | None = None
    for path in reversed(files):
        tail = _tail(path)
        if end is not None:
            end = replace(end, last=tail.last)
        elif tail.last is not None or tail.fragment:
            end = tail
        if end is not None and end.last is not None:
            break
    return end


def _tail(path: Path) -> Tail:
    """Return the end of a file: the last line that is a record, and what is behind the last one."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        reach = _TAIL_BYTES
        while True:
            file.seek(max(size - reach, 0))
            *lines, fragment = file.read().split(b"\n")
            found = next(filter(None, map(read, reversed(lines))), None)
            if found is not None or reach >= size:
                return Tail(path, found, fragment)
            reach *= 16


def _seq(head: Head) -> int:
    return head.seq


def _head_of(tail: Tail) -> Head:
    return Head() if tail.last is None else Head(tail.last.seq, tail.last.hash)


def _is_taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_all(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]
