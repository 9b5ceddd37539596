"""Progress as a person sees it on a terminal, and as a log keeps it."""

import io
import logging
import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from pipelines.ingest.progress import Progress, progress

_PROGRAM = """
import logging, sys, time
from pipelines.ingest.progress import progress
logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
with progress(4, 4000, sys.stderr) as shown:
    for part in range(4):
        shown.advance(files=1, lines=250_000, disk_bytes=1000)
        logging.info("part %d [red]read[/red]", part)
        time.sleep(0.3)
print("done")
"""


def _on_a_terminal(term: str) -> tuple[str, str]:
    """Run the program with standard error on a terminal; return what it wrote there, and out."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={"PATH": os.environ["PATH"], "TERM": term, "COLUMNS": "100", "PYTHONUTF8": "1"},
    )
    os.close(slave)
    written = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux's way of saying that nobody has the terminal open any more
            break
        if not data:
            break
        written += data
    os.close(master)
    out, _ = process.communicate()
    assert process.returncode == 0, written
    return written.decode(), out.decode()


def test_terminal_shows_a_bar_with_rate_and_time_left() -> None:
    """Files, lines, rate and time left are drawn, log lines stand above, and the bar is wiped."""
    written, out = _on_a_terminal("xterm-256color")
    assert out == "done\n"
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert re.search(r"[1-4]/4 files, [\d,]+000 lines, [\d,]+ lines/s", plain)
    assert re.search(r"残り / left \d:\d\d:\d\d", plain)
    assert "━" in plain
    for part in range(4):
        assert f"part {part} [red]read[/red]" in plain
    assert written.rstrip().endswith("\x1b[2K")
    assert written.count("\x1b[?25h") == 1  # the cursor is shown again


@pytest.mark.further
def test_dumb_terminal_gets_no_bar() -> None:
    """Where the cursor cannot be moved, plain lines stand."""
    written, _ = _on_a_terminal("dumb")
    assert "\x1b" not in written
    assert "part 3" in written


def test_log_gets_a_line_every_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    """Away from a terminal a line is logged when ten seconds have passed since the last."""
    seconds = 0.0
    shown = Progress(100, 1000, logs=True, clock=lambda: seconds)
    with caplog.at_level(logging.INFO):
        for step in range(25):
            seconds = float(step)
            shown.advance(files=1, lines=1000, disk_bytes=10)
    assert [record.getMessage() for record in caplog.records] == [
        "11/100 files, 11,000 lines, 1,100 lines/s, 0:01:21 left",
        "21/100 files, 21,000 lines, 1,050 lines/s, 0:01:15 left",
    ]


def test_nothing_read_yet_is_no_division_by_nothing() -> None:
    """At the first instant, of no bytes at all, and past the expected end there are figures."""
    shown = Progress(0, 0, logs=False, clock=lambda: 5.0)
    assert (shown.lines_per_second(), shown.time_left()) == (0.0, "-")
    shown.advance(disk_bytes=7)
    assert shown.time_left() == "0:00:00"


def test_pipe_shows_nothing_in_a_short_run(caplog: pytest.LogCaptureFixture) -> None:
    """A stream that is no terminal is not written to."""
    stream = io.StringIO()
    with caplog.at_level(logging.INFO), progress(1, 10, stream) as shown:
        shown.advance(files=1, lines=1, disk_bytes=10)
    assert stream.getvalue() == ""
    assert not caplog.records


def test_threads_lose_no_count() -> None:
    """Counts that many threads add come to their sum."""
    shown = Progress(8, 80_000, logs=False)

    def work() -> None:
        for _ in range(5_000):
            shown.advance(lines=3, disk_bytes=2)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (shown.lines, shown.disk_bytes) == (120_000, 80_000)
