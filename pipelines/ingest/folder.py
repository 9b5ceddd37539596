"""Folders that others write into: every name is opened from the folder above it, no link followed.

Whoever delivers files chooses their names, and may change what stands behind a name at any moment.
What was opened is therefore looked at by its descriptor, and read by it; a path is never resolved
twice. Only the topmost folder, which the operator names, may itself be a symbolic link.
"""

import errno
import io
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pipelines.errors import MimamoriError
from pipelines.text.messages import message

LINK = message("ingest.folder.symbolic_link")
GONE = message("ingest.folder.vanished")
SPECIAL = message("ingest.folder.not_a_file")
ANOTHERS = message("ingest.folder.hard_links")
ON_THE_WAY = message("ingest.folder.folder_is_a_link")
STAGING = ".mimamori-fetch"  # below the landing folder: what is being fetched, for nobody else
DEEPEST = 64  # folders within folders; each is held open while those in it are looked through
_OTHERS_OPEN = 512  # data files being written, and what the databases have open
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK a pipe would be waited for; a terminal must not become this process's own.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class RefusedError(OSError):
    """What stands behind a name is not read, whatever its permissions; its text says why."""


class Kind(Enum):
    """What stands behind a name in a folder, as far as it can be seen."""

    FILE = "file"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Entry:
    """A name in a folder, undecodable bytes as surrogates, and what stood behind it.

    `problem` says why it cannot be read; no entry of another kind has one.
    """

    name: str
    kind: Kind
    disk_bytes: int = 0
    modified_ns: int = 0
    problem: str | None = None


class OpenFile:
    """A regular file held open until `close`."""

    def __init__(self, descriptor: int) -> None:
        """Take over a descriptor."""
        self._descriptor = descriptor

    def open(self, mode: Literal["rb"]) -> io.BufferedReader:
        """Return the bytes from the beginning on; a stream taken before is then at an end."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return open(self._descriptor, mode, closefd=False)

    def beginning(self, size: int) -> bytes:
        """Return the first `size` bytes at most; streams stay where they are."""
        return os.pread(self._descriptor, size, 0)

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Folder:
    """A folder held open; use it in a `with` statement."""

    def __init__(self, descriptor: int, path: Path) -> None:
        """Take over a descriptor; `path` is for messages."""
        self._descriptor = descriptor
        self.path = path

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open the topmost folder by the name that the operator gave it.

        Raises:
            MimamoriError: there is none, or it may not be looked into.
        """
        try:
            return cls(os.open(path, _FOLDER), path)
        except (FileNotFoundError, NotADirectoryError):
            raise MimamoriError(message("ingest.folder.no_landing_folder", at=path)) from None
        except OSError as error:
            raise unreadable_landing(path, error) from None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)

    def fileno(self) -> int:
        """Return the descriptor, for calls that take a name relative to the folder."""
        return self._descriptor

    def entries(self) -> list[Entry]:
        """Return what lies in the folder, in order of name.

        Raises:
            OSError: it cannot be read.
        """
        with os.scandir(self._descriptor) as found:
            return sorted((_entry(one) for one in found), key=lambda entry: entry.name)

    def folder(self, name: str) -> "Folder":
        """Open a folder in this one.

        Raises:
            OSError: it cannot be opened, or is no folder; RefusedError: it is a link.
        """
        try:
            flags = _FOLDER | os.O_NOFOLLOW
            descriptor = os.open(_single(name), flags, dir_fd=self._descriptor)
        except OSError as error:
            if error.errno in {errno.ENOTDIR, errno.ELOOP}:
                raise RefusedError(ON_THE_WAY) from None
            raise
        return Folder(descriptor, self.path / name)

    def file(self, path: str) -> OpenFile:
        """Open a regular file; `path` is relative to this folder, its parts divided by `/`.

        Raises:
            OSError: it cannot be opened; RefusedError: a link or no regular file stands there or
                on the way, or a hard link to a file of another owner than its folder.
        """
        above, _, name = path.rpartition("/")
        with self.descended(above) as folder:
            return folder._file(_single(name))  # noqa: SLF001 - of the same class

    @contextmanager
    def descended(self, path: str, *, made: bool = False) -> Iterator["Folder"]:
        """Yield the folder at a relative path, this one for an empty path.

        With `made`, folders that are missing are made, for their owner alone.

        Raises:
            OSError: it cannot be opened, or is no folder; RefusedError: there is a link on the way.
        """
        if not path:
            yield self
            return
        name, _, rest = path.partition("/")
        if made:
            with suppress(FileExistsError):
                os.mkdir(_single(name), 0o700, dir_fd=self._descriptor)
        with self.folder(name) as folder, folder.descended(rest, made=made) as last:
            yield last

    def _file(self, name: str) -> OpenFile:
        try:
            descriptor = os.open(name, _FILE, dir_fd=self._descriptor)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise RefusedError(LINK) from None
            if error.errno in {errno.ENXIO, errno.ENODEV}:  # of a socket
                raise RefusedError(SPECIAL) from None
            raise
        try:
            self._require_own(os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return OpenFile(descriptor)

    def _require_own(self, found: os.stat_result) -> None:
        """Refuse what is no file, and what somebody may have linked here from elsewhere.

        A file being renamed has two names for a moment, and deliveries may keep several, so these
        are read; but of a file that belongs to somebody else than its folder a hard link may be
        all that whoever owns the folder has of it.
        """
        if not stat.S_ISREG(found.st_mode):
            raise RefusedError(SPECIAL)
        if found.st_nlink > 1 and found.st_uid != os.fstat(self._descriptor).st_uid:
            raise RefusedError(ANOTHERS)


def _entry(found: "os.DirEntry[str]") -> Entry:
    try:
        state = found.stat(follow_symlinks=False)
    except OSError as error:
        return Entry(found.name, Kind.UNREADABLE, problem=problem_of(error))
    if stat.S_ISREG(state.st_mode):
        return Entry(found.name, Kind.FILE, state.st_size, state.st_mtime_ns)
    if stat.S_ISDIR(state.st_mode):
        return Entry(found.name, Kind.FOLDER, 0, state.st_mtime_ns)
    problem = LINK if stat.S_ISLNK(state.st_mode) else SPECIAL
    return Entry(found.name, Kind.UNREADABLE, 0, state.st_mtime_ns, problem)


def unreadable_landing(path: Path, error: OSError) -> MimamoriError:
    """Return the message for a landing folder that is there and cannot be read."""
    return MimamoriError(
        message("ingest.folder.landing_cannot_be_read", at=path, reason=reason_of(error))
    )


def problem_of(error: OSError) -> str:
    """Return why a name that was listed cannot be read: it is `GONE` by now, or the reason."""
    return GONE if isinstance(error, FileNotFoundError) else reason_of(error)


def reason_of(error: OSError) -> str:
    """Return why something cannot be read, without a path."""
    return error.strerror or str(error)


def _single(name: str) -> str:
    """A name that leads nowhere but into the folder it is asked of."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise RefusedError(message("ingest.folder.not_a_name"))
    return name


def names_below(folder: Folder) -> Iterator[str]:
    """Yield the relative path of everything in a folder and those in it but the folders themselves.

    Folders that cannot be looked into are passed over, as are those that lie too deep.
    """
    yield from _names_below(folder, ())


def _names_below(folder: Folder, above: tuple[str, ...]) -> Iterator[str]:
    try:
        entries = folder.entries()
    except OSError:
        return
    for entry in entries:
        names = (*above, entry.name)
        if entry.kind is not Kind.FOLDER:
            yield "/".join(names)
        elif len(names) <= DEEPEST:
            with suppress(OSError), folder.folder(entry.name) as inner:
                yield from _names_below(inner, names)


def held_open(wanted: int) -> int:
    """Return how many files, `wanted` at most, may be held open beside what else is open.

    As far as the system lets it, the process' own limit is raised for that.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    needed = wanted + _OTHERS_OPEN
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(wanted, soft - _OTHERS_OPEN))
