"""The writers' lock of a lake within the working folder: an SQLite catalog bears one writer."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import LakeBusyError
from pipelines.text.messages import message

POLL_SECONDS = 0.2


@contextmanager
def file_lock(path: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the lock of a file while the block runs.

    Raises:
        LakeBusyError: another process kept it for `wait_seconds`.
    """
    with path.open("a", encoding="utf-8") as handle:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LakeBusyError(
                        message("lake.lock.another_process_writes", at=path)
                    ) from None
                time.sleep(POLL_SECONDS)
        yield


def holder(path: Path) -> str | None:
    """Name the process that holds the lock of a file, as far as the system tells; None for nobody.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        with path.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass
    except BlockingIOError:
        return _named_by_the_system(path)
    return None


def _named_by_the_system(path: Path) -> str:
    inode = str(path.stat().st_ino)
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        locks = []
    for line in locks:
        fields = line.split()
        if "FLOCK" in fields and "WRITE" in fields and fields[5].rpartition(":")[2] == inode:
            return f"PID {fields[4]}"
    return "another process"
