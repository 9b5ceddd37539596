"""How far an ingest has come: a bar on a terminal, a log line now and then everywhere else."""

import datetime as dt
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from pipelines.text.messages import message
from pipelines.text.terminal import bare

if TYPE_CHECKING:
    from rich.table import Table

log = logging.getLogger(__name__)

_SECONDS_BETWEEN_LOG_LINES = 10.0
_DUMB_TERMINALS = {"", "dumb", "unknown"}


class Progress:
    """Counts of what has been read so far; `advance` may be called from any thread.

    Time left is told by bytes on disk, compressed or not: only of these is the sum known before.
    """

    def __init__(
        self,
        total_files: int,
        total_disk_bytes: int,
        *,
        logs: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing read; with `logs`, a line is logged every ten seconds of `clock`."""
        self.total_files = total_files
        self.total_disk_bytes = total_disk_bytes
        self.files = self.lines = self.disk_bytes = 0
        self._logs = logs
        self._clock = clock
        self._lock = threading.Lock()
        self._began = self._last_logged = clock()

    def advance(self, *, files: int = 0, lines: int = 0, disk_bytes: int = 0) -> None:
        """Count what has been read since the last call."""
        now = self._clock()
        with self._lock:
            self.files += files
            self.lines += lines
            self.disk_bytes += disk_bytes
            is_due = self._logs and now - self._last_logged >= _SECONDS_BETWEEN_LOG_LINES
            if is_due:
                self._last_logged = now
        if is_due:
            log.info("%s, %s left", self.counts(), self.time_left())

    def lines_per_second(self) -> float:
        """Return the rate since the beginning."""
        elapsed = self._clock() - self._began
        return self.lines / elapsed if elapsed > 0 else 0.0

    def counts(self) -> str:
        """Return files, lines and the rate in words."""
        return (
            f"{self.files:,}/{self.total_files:,} files, {self.lines:,} lines, "
            f"{self.lines_per_second():,.0f} lines/s"
        )

    def time_left(self) -> str:
        """Return the time that the bytes to come take at the present rate, as H:MM:SS or -."""
        if not self.disk_bytes:
            return "-"
        to_come = max(0, self.total_disk_bytes - self.disk_bytes)
        seconds = (self._clock() - self._began) * to_come / self.disk_bytes
        return str(dt.timedelta(seconds=round(seconds)))


@contextmanager
def progress(total_files: int, total_disk_bytes: int, stream: TextIO) -> Iterator[Progress]:
    """Yield a `Progress` that shows itself: on `stream` when it is a terminal, else in the log."""
    is_terminal = stream.isatty() and os.environ.get("TERM", "") not in _DUMB_TERMINALS
    shown = Progress(total_files, total_disk_bytes, logs=not is_terminal)
    if is_terminal:
        with _bar(shown, stream):
            yield shown
    else:
        yield shown


@contextmanager
def _bar(shown: Progress, stream: TextIO) -> Iterator[None]:
    """Draw the bar four times a second until the work is done, then wipe it away."""
    from rich.console import Console  # noqa: PLC0415 - no terminal, no need
    from rich.live import Live  # noqa: PLC0415

    live = Live(
        get_renderable=lambda: _row(shown),
        console=Console(file=bare(stream)),
        transient=True,
        redirect_stdout=False,
    )
    with live, _logs_above_the_bar(stream):
        yield


def _row(shown: Progress) -> "Table":
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_column(no_wrap=True)
    row.add_row(
        shown.counts(),
        ProgressBar(total=max(1, shown.total_disk_bytes), completed=shown.disk_bytes),
        message("ingest.progress.time_left", time=shown.time_left()),
    )
    return row


@contextmanager
def _logs_above_the_bar(stream: TextIO) -> Iterator[None]:
    """Pass log lines meant for `stream` through the console that draws the bar there."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream
    ]
    for handler in handlers:
        handler.setStream(sys.stderr)  # which the bar has put its own stream into
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(stream)
