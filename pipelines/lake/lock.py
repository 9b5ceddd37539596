"""The writers' lock: an SQLite catalog bears one writer at a time."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import LakeBusyError
from pipelines.paths import Home
from pipelines.text.messages import message

_POLL_SECONDS = 0.2


@contextmanager
def writers_lock(home: Home, wait_seconds: float) -> Iterator[None]:
    """Hold the lock while the block runs.

    Raises:
        LakeBusyError: another process kept it for `wait_seconds`.
    """
    path = home.lake / "writer.lock"
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
                time.sleep(_POLL_SECONDS)
        yield
