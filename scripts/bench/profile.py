"""The statements of a command that cost most: `mimamori` in this process, its connections watched.

What Python hands to DuckDB is timed here, from the call until the rows are Python's; DuckDB's own
profiler says how much of it went into planning, and into operators over all threads. The rest of
the wall is the lake's catalog, commits and waiting. A statement of a file of `sql/` stands under
that file, any other under the line of Python that ran it.
"""

import functools
import inspect
import json
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import FrameType
from typing import Any, Self

import duckdb
from targets import table

from pipelines.cli import main as run_command
from pipelines.paths import PROJECT_ROOT, SQL_DIR

SHOWN = 90

_FETCHES = ("fetchall", "fetchone", "fetchmany", "pl", "df", "to_arrow_table", "fetch_record_batch")
_SECONDS = ("wall s", "own CPU s", "planning s", "operators s")
_PLANNING = ("planner", "all_optimizers", "physical_planner")
_PACKAGE = f"{PROJECT_ROOT / 'pipelines'}/"
_HELPERS = (
    "lake/statements.py",
    "lake/connection.py",
    "lake/memory.py",
    "detect/run.py",
    "detect/day.py",
)
_LEAST_CHARACTERS = 40  # shorter texts stand in too many files
_BEGINNING = 48
_CALLERS = 3  # a helper may stand between a file's reader and the connection
_BLANKS = re.compile(r"\s+")
_COMMENT = re.compile(r"--[^\n]*")
_NUMBER = re.compile(r"\d+")


@dataclass
class Tally:
    """What the calls of one statement took together.

    Seconds on the wall, of CPU in the thread that called, of planning, and in operators over all of
    DuckDB's threads; rows that were read, and that were given back.
    """

    calls: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    planning: float = 0.0
    running: float = 0.0
    read: int = 0
    given: int = 0


class Ledger:
    """The statements of all connections, by the place that they come from and their beginning."""

    def __init__(self) -> None:
        """Begin with no statement."""
        self.tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        self._lock = threading.Lock()

    def tally(self, statement: str, frame: FrameType | None) -> Tally:
        """Return the tally of a statement that code in this frame is about to run."""
        text = _plain(statement)
        place = _file_read_by(frame) or _file_of(text) or _line_of(frame)
        with self._lock:
            return self.tallies[place, _NUMBER.sub("…", text)[:_BEGINNING]]

    def add(self, tally: Tally, wall: float, cpu: float) -> None:
        """Count the seconds of a call."""
        with self._lock:
            tally.wall += wall
            tally.cpu += cpu

    def finish(self, tally: Tally, metrics: dict[str, Any]) -> None:
        """Count a statement that has ended, by DuckDB's metrics of it."""
        with self._lock:
            tally.calls += 1
            tally.planning += sum(metrics.get(name) or 0.0 for name in _PLANNING)
            tally.running += metrics.get("cpu_time") or 0.0
            tally.read += metrics.get("cumulative_rows_scanned") or 0
            tally.given += metrics.get("rows_returned") or 0


class Watched:
    """A connection or cursor of DuckDB that puts what it runs into a ledger."""

    def __init__(self, con: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
        """Watch `con`, which is used through this alone from now on."""
        self._con, self._ledger = con, ledger
        self._tally: Tally | None = None
        con.execute("set enable_profiling = 'no_output'")
        con.execute("set profiling_mode = 'detailed'")

    def __getattr__(self, name: str) -> Any:
        """Return what the connection has, its ways to fetch rows timed."""
        value = getattr(self._con, name)
        return self._timed(value) if name in _FETCHES else value

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def execute(self, query: Any, *given: Any, **named: Any) -> "Watched":
        """Run a statement as the connection does, and count it."""
        self._finish()
        caller = inspect.currentframe()
        statement = query if isinstance(query, str) else query.query
        self._tally = self._ledger.tally(statement, caller and caller.f_back)
        self._timed(self._con.execute)(query, *given, **named)
        return self

    def cursor(self) -> "Watched":
        """Return a cursor that is watched too."""
        return Watched(self._con.cursor(), self._ledger)

    def close(self) -> None:
        """Close the connection."""
        self._finish()
        self._con.close()

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def timed(*given: Any, **named: Any) -> Any:
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return call(*given, **named)
            finally:
                wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
                if self._tally is not None:
                    self._ledger.add(self._tally, wall, cpu)

        return timed

    def _finish(self) -> None:
        """DuckDB has the metrics of a statement when its last row was fetched, or the next runs."""
        if self._tally is not None:
            told = json.loads(self._con.get_profiling_information(format="json"))
            self._ledger.finish(self._tally, told)
            self._tally = None


@contextmanager
def watching() -> Iterator[Ledger]:
    """Have every connection that is made meanwhile put its statements into the ledger."""
    ledger = Ledger()
    connect: Callable[..., duckdb.DuckDBPyConnection] = duckdb.connect

    def watched(*given: Any, **named: Any) -> Any:
        return Watched(connect(*given, **named), ledger)

    duckdb.connect = watched
    try:
        yield ledger
    finally:
        duckdb.connect = connect


def costliest(ledger: Ledger) -> str:
    """Return the statements that took longest, and all of them together, as a table."""
    tallies = sorted(ledger.tallies.items(), key=lambda item: -item[1].wall)
    rows = [(*names, tally) for names, tally in tallies[:SHOWN]]
    others = [tally for _, tally in tallies[SHOWN:]]
    for what, some in (("others", others), ("all", list(ledger.tallies.values()))):
        rows.append((what, f"{len(some)} statements", _sum(some)))
    header = ("where", "begins", "calls", *_SECONDS, "rows read", "rows given")
    return table(header, (_cells(*row) for row in rows))


def _cells(place: str, beginning: str, tally: Tally) -> tuple[str, ...]:
    return (
        place,
        beginning.replace("|", "¦"),
        f"{tally.calls:,}",
        *(f"{value:.2f}" for value in (tally.wall, tally.cpu, tally.planning, tally.running)),
        f"{tally.read:,}",
        f"{tally.given:,}",
    )


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(*(sum(getattr(one, field.name) for one in tallies) for field in fields(Tally)))


def _plain(statement: str) -> str:
    return _BLANKS.sub(" ", _COMMENT.sub("", statement)).strip(" ;")


@functools.cache
def _texts() -> dict[str, str]:
    paths = sorted(SQL_DIR.rglob("*.sql"))
    return {
        str(path.relative_to(PROJECT_ROOT)): _plain(path.read_text(encoding="utf-8"))
        for path in paths
    }


def _file_read_by(frame: FrameType | None) -> str | None:
    """The file of `sql/` that the caller, or who called it, has at hand: whose statement it is."""
    for _ in range(_CALLERS):
        path = frame.f_locals.get("path") if frame else None
        if isinstance(path, Path) and path.is_relative_to(SQL_DIR):
            return str(path.relative_to(PROJECT_ROOT))
        frame = frame.f_back if frame else None
    return None


@functools.cache
def _file_of(statement: str) -> str | None:
    """The file that the statement is of, or that is the greater part of it."""
    if len(statement) < _LEAST_CHARACTERS:
        return None
    whole = [path for path, text in _texts().items() if statement in text]
    parts = [
        path
        for path, text in _texts().items()
        if text in statement and 2 * len(text) > len(statement)
    ]
    return next(iter(whole + parts), None)


def _line_of(frame: FrameType | None) -> str:
    """The innermost line of the program that is no helper which runs the statements of others."""
    last = "–"
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_PACKAGE):
            last = f"{path.removeprefix(f'{PROJECT_ROOT}/')}:{frame.f_lineno}"
            if not path.endswith(_HELPERS):
                return last
        frame = frame.f_back
    return last


def main() -> int:
    """Run `mimamori` with the given arguments, then print its costliest statements."""
    wall, cpu = time.perf_counter(), time.process_time()
    code: Any = 0
    with watching() as ledger:
        try:
            run_command()
        except SystemExit as ended:
            code = ended.code
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{' '.join(sys.argv[1:])}: {wall:.1f} s, {cpu:.1f} CPU s, each statement timed\n")
    print(costliest(ledger))
    return code if isinstance(code, int) else 1


if __name__ == "__main__":
    sys.exit(main())
