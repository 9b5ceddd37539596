"""The landing folder as fetch writes to it: a file takes its place there in one step, whole.

What is being fetched lies in a folder of its own that ingest never looks into, on the same volume.
As others may write into folders below, every name is taken from the folder above it and no link is
followed. What lies there and was not read yet is never written over.
"""

import datetime as dt
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipelines.errors import MimamoriError
from pipelines.fetch.source import CHUNK_BYTES, SourceError
from pipelines.ingest.discover import shown
from pipelines.ingest.folder import STAGING, Folder, reason_of, unreadable_landing
from pipelines.text.messages import message

_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Lying(NamedTuple):
    """A file as it lies below the landing folder."""

    path: str
    size: int
    modified_ns: int


IsReadWhole = Callable[[Lying], bool]
IsFree = Callable[[str], bool]


class LandingFolder:
    """The landing folder, held open."""

    def __init__(self, folder: Folder, staging: Folder) -> None:
        """Take the folder and that for what is being fetched."""
        self._folder = folder
        self._staging = staging
        self._unsynced: set[str] = set()  # folders with new names; changed under the lock
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator["LandingFolder"]:
        """Open the folder, made where it is missing.

        Raises:
            MimamoriError: it cannot be made or opened.
        """
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            reason = reason_of(error)
            raise MimamoriError(
                message("fetch.landing.cannot_be_written", at=path, reason=reason)
            ) from None
        with Folder.at(path) as folder:
            try:
                with folder.descended(STAGING, made=True) as staging:
                    os.fchmod(staging.fileno(), 0o700)
                    yield cls(folder, staging)
            except OSError as error:
                raise unreadable_landing(path / STAGING, error) from None

    def lying(self, path: str) -> Lying | None:
        """Return the file at a path, None where there is none; a link or folder counts as none."""
        above, _, name = path.rpartition("/")
        try:
            with self._folder.descended(above) as folder:
                return _lying(folder, name, path)
        except OSError:
            return None

    @contextmanager
    def part(self, name: str) -> Iterator[BinaryIO]:
        """Open what has come of a file so far, for this process alone.

        Raises:
            SourceError: another process is fetching the file, or there is no room.
        """
        with _told(name):
            descriptor = os.open(name, _OPEN, 0o600, dir_fd=self._staging.fileno())
        with os.fdopen(descriptor, "r+b") as content:
            try:
                fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SourceError(message("fetch.landing.another_fetches")) from None
            found = _state(self._staging, name)
            if found is None or not os.path.samestat(found, os.fstat(descriptor)):
                # It was placed by another process since it was opened, and is no part any more.
                raise SourceError(message("fetch.landing.another_fetches"))
            yield content

    def drop(self, part: str) -> None:
        """Remove what has come of a file."""
        with _told(part):
            os.unlink(part, dir_fd=self._staging.fileno())

    def drop_parts_before(self, instant: dt.datetime) -> None:
        """Remove what has come of files that nobody went on with since."""
        for entry in self._staging.entries():
            if entry.modified_ns < instant.timestamp() * 1e9:
                self.drop(entry.name)

    def copy_into(self, part: BinaryIO, lying: Lying) -> bool:
        """Put the content of a file that lies there into a part; False where it has changed."""
        try:
            content = self._folder.file(lying.path)
        except OSError:
            return False
        try:
            state = os.fstat(content.fileno())
            if (state.st_size, state.st_mtime_ns) != lying[1:]:
                return False
            part.seek(0)
            with content.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    part.write(chunk)
        finally:
            content.close()
        return True

    def place(
        self, part: str, content: BinaryIO, path: str, is_read: IsReadWhole, is_free: IsFree
    ) -> tuple[Lying, tuple[Lying, str] | None]:
        """Give a finished part its name below the landing folder; return it as it lies there.

        What lies there under that name goes when it is the beginning of the part or was read whole
        (`is_read`); else it keeps its content under another name that the site claims (`is_free`
        says of a name whether it does). The second value is that file with its new name.

        Raises:
            SourceError: it cannot be placed; what lies there stays.
        """
        above, _, name = path.rpartition("/")
        kept = None
        with _told(path), self._folder.descended(above, made=True) as folder:
            before = _state(folder, name)
            if before is not None:
                lying = Lying(path, before.st_size, before.st_mtime_ns)
                if not stat.S_ISREG(before.st_mode):
                    raise SourceError(message("fetch.landing.no_file_there", at=shown(path)))
                if not (self._is_beginning(lying, content) or is_read(lying)):
                    other = _free_name(folder, above, name, is_free)
                    os.rename(name, other, src_dir_fd=folder.fileno(), dst_dir_fd=folder.fileno())
                    kept = lying, f"{above}/{other}" if above else other
            os.rename(part, name, src_dir_fd=self._staging.fileno(), dst_dir_fd=folder.fileno())
            placed = _lying(folder, name, path)
        with self._lock:
            self._unsynced.add(above)
        if placed is None:
            raise SourceError(message("fetch.landing.taken_away", at=shown(path)))
        return placed, kept

    def sync(self) -> None:
        """Write the names of all files that were placed through to the disk."""
        with self._lock:  # a source that waits for another's finds its own names written, too
            folders, self._unsynced = self._unsynced, set()
            for path in sorted({path for one in folders for path in _upwards(one)}):
                with _told(path), self._folder.descended(path) as folder:
                    os.fsync(folder.fileno())

    def remove(self, lying: Lying) -> bool:
        """Remove a file that still lies there as it did; return whether it was removed."""
        above, _, name = lying.path.rpartition("/")
        with _told(lying.path), self._folder.descended(above) as folder:
            if _lying(folder, name, lying.path) != lying:
                return False
            os.unlink(name, dir_fd=folder.fileno())
            return True

    def free_bytes(self) -> int:
        """Return how much room the volume has for this account."""
        state = os.fstatvfs(self._folder.fileno())
        return state.f_bavail * state.f_frsize

    def used_bytes(self) -> int:
        """Return the size of all files below the folder, those that are being fetched included."""
        total = 0
        for _, _, names, above in os.fwalk(dir_fd=self._folder.fileno()):
            for name in names:
                with suppress(FileNotFoundError):
                    total += os.stat(name, dir_fd=above, follow_symlinks=False).st_size
        return total

    def _is_beginning(self, lying: Lying, content: BinaryIO) -> bool:
        """Whether a part begins with all that lies there."""
        try:
            before = self._folder.file(lying.path)
        except OSError:
            return False
        try:
            content.seek(0)
            with before.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    if content.read(len(chunk)) != chunk:
                        return False
        finally:
            before.close()
        return True


def _upwards(path: str) -> Iterator[str]:
    """The folder at a path, and each above it down to the first, whose name is empty."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _state(folder: Folder, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder.fileno(), follow_symlinks=False)
    except FileNotFoundError:
        return None


def _lying(folder: Folder, name: str, path: str) -> Lying | None:
    state = _state(folder, name)
    if state is None or not stat.S_ISREG(state.st_mode):
        return None
    return Lying(path, state.st_size, state.st_mtime_ns)


def _free_name(folder: Folder, above: str, name: str, is_free: IsFree) -> str:
    """Another name for a file, which its site claims as well."""
    stem, dot, ending = name.partition(".")
    for number in range(1, 1000):
        for other in (
            f"{name}.unread-{number}",
            f"{stem}.unread-{number}{dot}{ending}",
            f"{stem}-unread-{number}{dot}{ending}",
        ):
            path = f"{above}/{other}" if above else other
            if is_free(path) and _state(folder, other) is None:
                return other
    path = f"{above}/{name}" if above else name
    raise SourceError(message("fetch.landing.not_read_yet", at=shown(path)))


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Raise what the file system refuses as a SourceError about a path."""
    try:
        yield
    except MimamoriError:
        raise
    except OSError as error:
        raise SourceError(
            message("fetch.landing.cannot_be_written", at=shown(path), reason=reason_of(error))
        ) from None
