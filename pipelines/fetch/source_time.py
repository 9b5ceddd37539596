"""The time that one source has, of which every answer and every part of one takes.

A server that sends a byte now and then keeps every waiting for one from its end, in whatever
library that waits. So each answer is awaited in a thread that is left alone when the time is over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from pipelines.fetch.source import RemoteFile, Session, SourceError
from pipelines.settings.limits import Limits
from pipelines.text.messages import message

_T = TypeVar("_T")
LOOK_SECONDS = 0.5  # how often one who waits looks whether it was given up


class SourceTime:
    """Begins with the source: `limits.fetch_source_seconds`, and no longer than the fetch.

    `given_up` is set by whoever finds the source gone.
    """

    def __init__(self, limits: Limits, fetch_deadline: float, fetch_ended: threading.Event) -> None:
        """Begin; `fetch_deadline` is a reading of `time.monotonic`."""
        own_deadline = time.monotonic() + limits.fetch_source_seconds
        self.given_up = threading.Event()
        self._fetch_ended = fetch_ended
        self._deadline = min(own_deadline, fetch_deadline)
        self._reason = (
            message("fetch.time.of_source", seconds=limits.fetch_source_seconds)
            if own_deadline < fetch_deadline
            else message("fetch.time.of_fetch")
        )

    @property
    def left_seconds(self) -> float:
        """How much is left, 0 when it is over."""
        return max(0.0, self._deadline - time.monotonic())

    def require(self) -> None:
        """Raise SourceError when the time is over, or the source was given up."""
        if self.given_up.is_set() or self._fetch_ended.is_set():
            raise SourceError(message("fetch.time.given_up"), is_gone=True)
        if not self.left_seconds:
            raise SourceError(self._reason, is_gone=True)

    def spent_on(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns, or raise what it raises.

        Raises:
            SourceError: the time was over before; what `work` comes to then is let go.
        """
        self.require()
        done = begun(work)
        while True:
            try:
                return done.result(min(LOOK_SECONDS, self.left_seconds))
            except TimeoutError:
                if done.done():  # its own
                    raise
                self.require()


def begun(work: Callable[[], _T]) -> "Future[_T]":
    """Begin `work` in a thread of its own, which keeps no process from its end."""
    future: Future[_T] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=do, name="source", daemon=True).start()
    return future


class TimedReader:
    """Reads files of a source; no answer is awaited longer than the source has time."""

    def __init__(self, session: Session, source_time: SourceTime) -> None:
        """Take an open source."""
        self._session = session
        self._time = source_time

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return what the session returns."""
        return self._time.spent_on(lambda: self._session.look(file))

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield what the session yields."""
        parts = self._session.read(file, start, end)
        while (part := self._time.spent_on(lambda: next(parts, None))) is not None:
            yield part

    def md5(self, file: RemoteFile) -> str | None:
        """Return what the session returns."""
        return self._session.md5(file)

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return what the session returns."""
        return self._time.spent_on(lambda: self._session.text(path, most_bytes))
