"""Whatever this project writes is for its owner alone, and appears whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import MimamoriError, UsageError
from pipelines.text.messages import message

_NOBODY_ELSE = 0o077


def keep_private() -> None:
    """Have everything that this process and its children make closed to group and others."""
    os.umask(_NOBODY_ELSE)


def private_folder(folder: Path) -> None:
    """Make `folder` where it is missing, and let nobody but its owner in.

    Raises:
        MimamoriError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise MimamoriError(
            message("private_files.reports_folder", at=folder, reason=error.strerror)
        ) from None


def sync_folder(folder: Path) -> None:
    """Have the disk hold the names in a folder as they are now."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` at `path` in one step, a text as UTF-8, with mode 0600.

    Raises:
        MimamoriError: the file cannot be written; what stood at `path` before still stands.
    """
    with whole_file(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes its place at `path` in one step when the block ends well, mode 0600.

    Raises:
        MimamoriError: the file cannot be written; what stood at `path` before still stands.
    """
    aside: str | None = None
    try:
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)  # noqa: PTH105 - aside is a name from tempfile, not a Path
        aside = None
    except OSError as error:
        raise _unwritten(path, error) from None
    finally:
        if aside is not None:
            with suppress(FileNotFoundError):
                Path(aside).unlink()


@contextmanager
def target(out: Path | None, standard_output: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the stream for what a person wants written to `out`, or to standard output.

    A file is for its owner only, and replaced in one step. What is there and is no file (a pipe,
    /dev/null) is written to as it is.

    Raises:
        UsageError: `out` is a folder, or lies in none.
        MimamoriError: the file cannot be written; what stood there before still stands.
    """
    if out is None:
        yield standard_output
        standard_output.flush()
        return
    path = require_place(out)
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as stream:
                yield stream
        except OSError as error:
            raise _unwritten(out, error) from None
    else:
        with whole_file(path) as file:
            yield file


def require_place(out: Path) -> Path:
    """Return where a file that a person wants is to lie, links resolved.

    Raises:
        UsageError: `out` is a folder, or lies in none.
    """
    path = out.resolve()
    if path.is_dir():
        raise UsageError(message("private_files.is_a_folder", at=out))
    if not path.parent.is_dir():
        raise UsageError(message("private_files.no_folder", at=out))
    return path


def is_broken_pipe(error: OSError) -> bool:
    """Return whether the reader of a pipe, such as `head`, had enough: it is no failure to tell."""
    return error.errno == errno.EPIPE or "os error 32" in str(error)  # polars' wording


def _unwritten(path: Path, error: OSError) -> Exception:
    """The message of a file that cannot be written; a broken pipe, of another stream, as it is."""
    if is_broken_pipe(error):
        return error
    return MimamoriError(
        message("private_files.cannot_be_written", at=path, reason=error.strerror or error)
    )
