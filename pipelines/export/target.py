"""Where an export goes: a file that appears whole at its end, a device, or standard output."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.errors import MimamoriError, UsageError
from pipelines.report.files import whole_file


@contextmanager
def target(out: Path | None, standard_output: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the stream to write to; a file is for its owner only, and replaced in one step.

    What is there and is no file (a pipe, /dev/null) is written to as it is.

    Raises:
        UsageError: `out` is a folder, or lies in none.
        MimamoriError: the file cannot be written; what stood there before still stands.
    """
    if out is None:
        yield standard_output
        standard_output.flush()
        return
    path = out.resolve()
    if path.is_dir():
        raise UsageError(f"{out}: フォルダです。ファイル名を / is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{out}: フォルダがありません / there is no such folder to write to")
    if path.exists() and not path.is_file():
        try:
            with path.open("wb") as stream:
                yield stream
        except OSError as error:
            raise MimamoriError(
                f"{out}: 書けません / cannot be written: {error.strerror}"
            ) from None
    else:
        with whole_file(path) as file:
            yield file
