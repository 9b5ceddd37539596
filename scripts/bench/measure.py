"""What a command costs: seconds on the wall and of CPU, and the memory of all its processes."""

import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_POLL_SECONDS = 0.02
_TOLD_OF_ERRORS = 2_000
_READ_BYTES = 64 * 1024
_END_SECONDS = 30.0

Environment = Mapping[str, str | None]


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
    command: Sequence[str | Path], cwd: Path, environment: Environment | None = None
) -> Outcome:
    """Run a command to its end and return its cost, whatever code it ends with.

    `environment` is what differs from this process's; None takes a variable away.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        with _watched(process) as peaks:
            _, status, usage = os.wait4(process.pid, 0)
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


def measured_until(
    is_ready: Callable[[bytes], bool],
    command: Sequence[str | Path],
    cwd: Path,
    environment: Environment | None = None,
    *,
    seconds: float,
) -> Outcome:
    """Run a command at a terminal of its own until it is ready, and return the cost until then.

    `is_ready` is asked with all that the terminal shows, again and again. Then the terminal is
    closed, which ends the command. One that ends by itself has its own code, one that is not ready
    after so many seconds -1.
    """
    controlling, terminal = os.openpty()
    shown, code, cost = b"", -1, Cost(0.0, 0.0, 0)
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=_environment({"TERM": "xterm", **(environment or {})}),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        with _watched(process) as peaks:
            while process.poll() is None and time.perf_counter() - began < seconds:
                shown += _read(controlling)
                if is_ready(shown):
                    wall = time.perf_counter() - began
                    code, cost = 0, Cost(wall, _cpu_seconds(process.pid), peaks[0])
                    break
        if process.poll() is not None:
            code = process.returncode
    finally:
        _end(process, controlling)
    text = shown.decode(errors="replace")
    return Outcome(cost, code, text, text[-_TOLD_OF_ERRORS:])


def _environment(changes: Environment | None) -> dict[str, str]:
    merged = {**os.environ, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def _read(descriptor: int) -> bytes:
    """What has been written to a terminal; nothing after a moment, and once its last user left."""
    if not select.select([descriptor], [], [], _POLL_SECONDS)[0]:
        return b""
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError:
        return b""


def _end(process: subprocess.Popen[bytes], controlling: int) -> None:
    """Hang up on a session that was started here, and kill what of it does not end then."""
    family = _family(process.pid)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGHUP)
    os.close(controlling)
    _, left = psutil.wait_procs(family, timeout=_END_SECONDS)
    for member in left:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()


def _cpu_seconds(pid: int) -> float:
    """Seconds of CPU of a process and its descendants, those that have ended included."""
    return sum(sum(_times(one)) for one in _family(pid))


def _times(process: psutil.Process) -> Sequence[float]:
    try:
        return tuple(process.cpu_times())[:4]  # user and system, of it and of ended children
    except psutil.NoSuchProcess:
        return ()


@contextmanager
def _watched(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    peaks, ended = [0], threading.Event()
    watcher = threading.Thread(target=watch, args=(process.pid, peaks, ended.wait))
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def watch(pid: int, peaks: list[int], ended: Callable[[float], bool]) -> None:
    """Keep in `peaks[0]` the most memory that a process and its descendants had, until `ended`."""
    while not ended(_POLL_SECONDS):
        peaks[0] = max(peaks[0], sum(map(_resident, _family(pid))))


def _family(pid: int) -> list[psutil.Process]:
    """A process and its descendants, as Linux lists them: to look at all processes takes 2 ms."""
    pids = [pid]
    for parent in pids:  # which grows meanwhile, and of which any may have ended
        with suppress(OSError):
            for path in Path(f"/proc/{parent}/task").glob("*/children"):
                pids += map(int, path.read_text(encoding="ascii").split())
    family = []
    for one in pids:
        with suppress(psutil.NoSuchProcess):
            family.append(psutil.Process(one))
    return family


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
