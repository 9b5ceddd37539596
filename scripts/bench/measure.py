"""What a command costs: seconds on the wall and of CPU, and the memory of all its processes."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_POLL_SECONDS = 0.02
_TOLD_OF_ERRORS = 2_000


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds (user and system, descendants that were waited for included).

    `peak_bytes` is the greatest sum of resident memory over the process and its descendants, read
    from /proc every 20 ms, or what the kernel kept for the largest of them if that is more.
    Pages that processes share count for each of them, so the sum errs on the high side.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Outcome:
    """The cost of a command, and what it wrote."""

    cost: Cost
    code: int
    output: str
    errors: str


def measured(
    command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a command to its end and return its cost, whatever code it ends with."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        peaks: list[int] = [0]
        ended = threading.Event()
        watcher = threading.Thread(target=watch, args=(process.pid, peaks, ended.wait))
        watcher.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            ended.set()
            watcher.join()
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        cost = Cost(wall, usage.ru_utime + usage.ru_stime, max(peaks[0], usage.ru_maxrss * 1024))
        return Outcome(
            cost,
            process.returncode,
            output.read().decode(),
            errors.read().decode(errors="replace")[-_TOLD_OF_ERRORS:],
        )


def watch(pid: int, peaks: list[int], ended: Callable[[float], bool]) -> None:
    """Keep in `peaks[0]` the most memory that a process and its descendants had, until `ended`."""
    try:
        process = psutil.Process(pid)
        while not ended(_POLL_SECONDS):
            peaks[0] = max(
                peaks[0], sum(map(_resident, [process, *process.children(recursive=True)]))
            )
    except psutil.NoSuchProcess:
        return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
