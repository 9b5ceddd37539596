"""Opens a file below the folder of reports, and nothing else that the machine holds.

Every name of an address is opened below the folder before it and no link is followed, so that
what is checked is what is read, whatever is renamed meanwhile.
"""

import errno
import os
import stat
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

PAGE = "index.html"
# What the stages write for people. A half-written file has a name with a dot in front.
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe would wait for ever


@dataclass(frozen=True)
class ReportFile:
    """An open file of the reports; `path` is its address below the folder, `size` in bytes."""

    path: str
    file: BinaryIO
    size: int

    @property
    def media_type(self) -> str:
        """What the file is, by its name."""
        return MEDIA_TYPES[PurePosixPath(self.path).suffix]

    @property
    def is_page(self) -> bool:
        """A browser shows it; everything else is downloaded."""
        return self.path.endswith(".html")


class NoSuchFileError(Exception):
    """There is no such file, or none that is for people."""


class IsFolderError(Exception):
    """The address is a folder's; its page lies behind a further `/`."""


def open_report(folder: Path, path: str, page: str = PAGE) -> ReportFile:
    """Return the file at `path` below `folder`, open for reading; a final `/` means its page.

    That is `page`, the one in the reader's language, where there is such a file. `path` is an
    address whose escapes are resolved, without a `/` in front. `folder` itself may be a link.

    Raises:
        NoSuchFileError: nothing to show there: no file, a hidden one, a link, another kind.
        IsFolderError: `path` lacks its final `/`.
        PermissionError: this process may not read it.
    """
    if not path or path.endswith("/"):
        if page != PAGE:
            with suppress(NoSuchFileError, IsFolderError):
                return open_report(folder, path + page)
        path += PAGE
    *parents, name = path.split("/")
    if not all(map(_is_plain, (*parents, name))):
        raise NoSuchFileError
    try:
        handle = _open_below(folder, parents, name)
    except OSError as error:
        if error.errno in _ABSENT:
            raise NoSuchFileError from None
        raise
    with ExitStack() as unless_ours:
        unless_ours.callback(os.close, handle)
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            raise IsFolderError
        if not stat.S_ISREG(found.st_mode) or PurePosixPath(name).suffix not in MEDIA_TYPES:
            raise NoSuchFileError
        unless_ours.pop_all()
    return ReportFile(path, os.fdopen(handle, "rb"), found.st_size)


def _is_plain(name: str) -> bool:
    return bool(name) and not name.startswith(".") and name.isprintable() and "\\" not in name


def _open_below(folder: Path, parents: list[str], name: str) -> int:
    with ExitStack() as ways:
        at = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        ways.callback(os.close, at)
        for parent in parents:
            at = os.open(parent, _OPEN | os.O_DIRECTORY, dir_fd=at)
            ways.callback(os.close, at)
        return os.open(name, _OPEN, dir_fd=at)
