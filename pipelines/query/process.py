"""The process that answers questions: a child that can open the lake's files and nothing else.

Whatever a question makes DuckDB do ends with this process: its memory, its time, its faults. Where
the kernel has Landlock, it reaches no other file and no network either, but the ports of the
servers that the lake lies on.
"""

import ctypes
import math
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import NoReturn

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake.io_errors import io_error, is_damage
from pipelines.lake.place import place_of
from pipelines.paths import ID_NAME, PACKAGE, SQL_DIR, Home
from pipelines.query import landlock
from pipelines.query.shell.history import history_file
from pipelines.text.messages import message

_PR_SET_PDEATHSIG = 1
_PROGRAM_MB, _THREAD_MB = 1024, 16
_GRACE_SECONDS = 10
# What Python, the C library and DuckDB read once they run.
_OF_PROGRAMS = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/terminfo",
    "/proc/self", "/proc/meminfo", "/proc/cpuinfo", "/sys/fs/cgroup", "/sys/devices/system",
)  # fmt: skip
# What finding a server and proving who it is needs.
_OF_NETWORK = (
    "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
    "/etc/passwd", "/etc/ssl", "/etc/pki", "/run/systemd/resolve",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/pts")


def in_child(
    work: Callable[[], int],
    home: Home,
    memory_mb: int,
    hear: Callable[[], None] = lambda: None,
    mart: Path | None = None,
) -> None:
    """Run `work` in a confined child process; end with its code if that is not 0.

    `work` returns an exit code. The calling process waits, so that what it opened it also closes.
    `memory_mb` is what the question may use beside what the program needs. `hear` runs in the
    calling process meanwhile; when it fails, the child is ended. With `mart` the child can open
    that folder and nothing of the lake.

    Raises:
        MimamoriError: there is no lake yet, or the child was ended by a signal.
        SystemExit: its code was not 0.
    """
    if mart is None:
        lake.require(home)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    is_within_home = home.cluster is None
    kept = nullcontext() if mart or not is_within_home else closing(_index_kept(home))
    ports = () if mart else place_of(home).ports()
    # Both get Ctrl-C: the child says what comes of it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, before)
        rules = _rules(home) if mart is None else _mart_rules(home, mart)
        _answer(work, rules, ports, memory_mb)
    try:
        try:
            hear()
        except BaseException:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        _, status = os.waitpid(child, 0)
    finally:
        signal.signal(signal.SIGINT, before)
        with kept:
            pass
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        raise MimamoriError(_overdue())
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        raise MimamoriError(message("query.process.ended_by_signal", at="query", number=number))
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(code)


def end_overdue() -> NoReturn:
    """End a process whose question heeds no interruption."""
    os.write(2, f"mimamori: {_overdue()}\n".encode())
    os._exit(1)


def _overdue() -> str:
    return f"{message('query.process.stopped', at='query')} (limits.sql_seconds)"


def limit_cpu(seconds: float) -> None:
    """Have the kernel end this process once a question has used its time on all processors.

    Whatever holds the interpreter, no other thread of the process could end it.
    """
    most = time.process_time() + (seconds + _GRACE_SECONDS) * (os.cpu_count() or 1)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(most) if hard == resource.RLIM_INFINITY else min(math.ceil(most), hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _answer(
    work: Callable[[], int],
    rules: Iterable[tuple[Path, int]],
    ports: Iterable[int],
    memory_mb: int,
) -> NoReturn:
    code = 1
    try:
        _confine(rules, ports, memory_mb)
        code = work()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except KeyboardInterrupt:
        sys.stderr.write("Aborted!\n")
    except BaseException:  # noqa: BLE001 - it ends here, since what lies above is the parent's
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _confine(rules: Iterable[tuple[Path, int]], ports: Iterable[int], memory_mb: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the lake's keys
    # Texts and lists that a function makes are none of the memory that DuckDB counts. It begins
    # with a thread for each processor, whichever of them the process is bound to.
    most = (memory_mb + _PROGRAM_MB + _THREAD_MB * (os.cpu_count() or 1)) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    landlock.restrict(rules, ports)


def _index_kept(home: Home) -> sqlite3.Connection:
    """Open the catalog, so that what SQLite writes beside it is there, and stays while it is open.

    The child may not make files among the keys, nor read any but the catalog.
    """
    try:
        kept = sqlite3.connect(f"{home.catalog.absolute().as_uri()}?mode=ro", uri=True)
        kept.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error as error:
        if is_damage(error) and (explained := io_error(error, home)) is not None:
            raise explained from None
        raise MimamoriError(
            message(
                "query.process.cannot_be_opened",
                at=home.catalog,
                reason=error,
                hint=lake.READERS_WRITE,
            )
        ) from None
    return kept


def _rules(home: Home) -> Iterable[tuple[Path, int]]:
    read = [*_programs(), home.lake, home.keys / ID_NAME]
    write = [home.spill, history_file(home)]
    if home.cluster is None:
        read.append(home.catalog)
        write += (home.catalog.with_name(f"{home.catalog.name}-{end}") for end in ("wal", "shm"))
    else:
        read += (*map(Path, _OF_NETWORK), *place_of(home).files_of_access())
    yield from ((path, landlock.READ) for path in read)
    yield from ((path, landlock.WRITE) for path in write)
    yield from ((Path(path), landlock.DEVICE) for path in _DEVICES)


def _mart_rules(home: Home, mart: Path) -> Iterable[tuple[Path, int]]:
    yield from ((path, landlock.READ) for path in (*_programs(), mart))
    yield history_file(home), landlock.WRITE
    yield from ((Path(path), landlock.DEVICE) for path in _DEVICES)


def _programs() -> Iterable[Path]:
    return (*map(Path, (*_OF_PROGRAMS, sys.prefix, sys.base_prefix)), PACKAGE, SQL_DIR)
