"""Files appear whole or not at all, and only their owner reads them."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import MimamoriError


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
            f"{folder}: 報告書のフォルダを作れません / "
            f"the report's folder cannot be made: {error.strerror}; "
            "name another with --out"
        ) from None


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` at `path` in one step, a text as UTF-8, with mode 0600.

    Raises:
        MimamoriError: the file cannot be written; what stood at `path` before still stands.
    """
    with whole_file(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextlib.contextmanager
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
    except OSError as error:
        raise MimamoriError(f"{path}: 書けません / cannot be written: {error.strerror}") from None
    finally:
        if aside is not None:
            with contextlib.suppress(FileNotFoundError):
                Path(aside).unlink()
