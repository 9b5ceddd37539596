"""Limits of time: a stage of the night, or one query of it, that does not come to an end by itself.

How long work takes is decided by what others write into the logs and deliver, so that nothing may
be waited for without an end. A stage is ended as if it had been interrupted at the keyboard: what
it had not committed is rolled back. Where even that does not end it, as when the operating system
itself waits for a file, the process is ended; the lake then is as its last commit left it.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from pipelines.errors import TimeLimitError
from pipelines.settings.limits import Limits
from pipelines.text.messages import message

if TYPE_CHECKING:  # DAG files read this module, and nothing heavy
    import duckdb

_SLOWEST_BYTES_PER_SECOND = 500_000  # on disk: archives that unpack to much, on a busy machine
_SIGNAL = signal.SIGUSR1
_AGAIN_SECONDS = 1.0
_INTERRUPTS = 60  # between two signals
_SIGNALS = 3  # before the process is ended


_CURSORS: "list[duckdb.DuckDBPyConnection]" = []  # of all threads


class _ExpiredError(BaseException):
    """Raised wherever the main thread is; no `except Exception` takes it for something else."""


def seconds_for_days(limits: Limits, days: int) -> float:
    """Return how long a stage may take that works on so many days.

    That is `limits.stage_minutes` for the first day, and a quarter of it for each further one.
    """
    return limits.stage_minutes * 60 * (1 + max(0, days - 1) / 4)


def seconds_for_bytes(limits: Limits, disk_bytes: int) -> float:
    """Return how long the files of so many bytes on disk may be read: a second per 500 kB more."""
    return limits.stage_minutes * 60 + disk_bytes / _SLOWEST_BYTES_PER_SECOND


@contextmanager
def stage_limit(
    seconds: float, stage: str, con: "duckdb.DuckDBPyConnection | None" = None
) -> Iterator[None]:
    """Raise TimeLimitError when what is within takes longer, a query of `con` or anything else.

    Queries of every `own_cursor` are interrupted too.

    Only the main thread of a process can be interrupted; in any other there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = threading.Event()
    is_expired = threading.Event()

    def expire(_number: int, _frame: FrameType | None) -> None:
        if not is_over.is_set():
            raise _ExpiredError

    before = signal.signal(_SIGNAL, expire)
    watch = threading.Thread(
        target=_watch,
        args=(seconds, stage, con, is_over, is_expired),
        name="stage limit",
        daemon=True,
    )
    watch.start()
    try:
        try:
            yield
        finally:
            is_over.set()
    except BaseException as error:
        # DuckDB gives a signal during a query an error of its own.
        if is_expired.is_set() and not isinstance(error, GeneratorExit):
            raise _exceeded(seconds, stage) from error
        raise
    finally:
        is_over.set()
        watch.join()
        signal.signal(_SIGNAL, before)


def _watch(
    seconds: float,
    stage: str,
    con: "duckdb.DuckDBPyConnection | None",
    is_over: threading.Event,
    is_expired: threading.Event,
) -> None:
    """Interrupt queries first: one that a signal took its caller from would go on by itself."""
    if is_over.wait(seconds):
        return
    is_expired.set()
    for turn in range(_SIGNALS * _INTERRUPTS):
        for one in (con, *_CURSORS):
            if one is not None:
                one.interrupt()
        if is_over.wait(_AGAIN_SECONDS):
            return
        if turn % _INTERRUPTS == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, _SIGNAL)
    _end(_exceeded(seconds, stage))


def _end(error: TimeLimitError) -> NoReturn:
    """End the process that cannot be ended otherwise."""
    sys.stderr.write(f"mimamori: {error}\n")
    sys.stderr.flush()
    os._exit(error.exit_code)


@contextmanager
def own_cursor(
    con: "duckdb.DuckDBPyConnection",
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Yield a cursor of a connection, for a thread that works on a stage."""
    with con.cursor() as cursor:
        _CURSORS.append(cursor)
        try:
            yield cursor
        finally:
            _CURSORS.remove(cursor)


@contextmanager
def query_limit(con: "duckdb.DuckDBPyConnection", seconds: float, what: str) -> Iterator[None]:
    """Interrupt the queries of `con` and raise TimeLimitError when those within take longer."""
    is_over = threading.Event()
    is_expired = threading.Event()

    def watch() -> None:
        wait = seconds
        while not is_over.wait(wait):  # again and again: one query may follow another
            is_expired.set()
            con.interrupt()
            wait = _AGAIN_SECONDS

    watcher = threading.Thread(target=watch, name="query limit", daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        if is_expired.is_set():
            raise _exceeded(seconds, what) from error
        raise
    finally:
        is_over.set()
        watcher.join()


def _exceeded(seconds: float, what: str) -> TimeLimitError:
    return TimeLimitError(message("time_limit.stage_took_too_long", at=what, seconds=seconds))
