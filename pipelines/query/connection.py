"""The connection that answers questions: read-only, closed to the outside, limited.

What a question may say is decided before it comes here (`allowed`). This is the second door: it
holds as well where the first has a gap.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake.dictionary import table_functions
from pipelines.lake.place import place_of
from pipelines.paths import Home
from pipelines.query.allowed import Reach
from pipelines.settings.limits import Limits
from pipelines.text.messages import message

_SPILL_FACTOR = 4
_INTERRUPT_AGAIN_SECONDS = 0.5
_GRACE_SECONDS = 5
# DuckLake's own, beside the functions that this release adds: it tells snapshots and their times.
_LAKE_FUNCTIONS = frozenset({"snapshots"})
_RELATIONS = """
select table_name from duckdb_tables() where database_name = 'lake' and schema_name = 'main'
union all
select view_name from duckdb_views() where database_name = 'lake' and schema_name = 'main'
"""


class TookTooLongError(MimamoriError):
    """A question used up its time."""


@dataclass(frozen=True)
class Session:
    """An open lake, or a role's mart, and what questions may read of it.

    `last_resort` is called when a question outlasts its time and does not heed its interruption.
    """

    con: duckdb.DuckDBPyConnection
    reach: Reach
    limits: Limits
    last_resort: Callable[[], None] | None = None
    is_mart: bool = False

    def clock(self) -> "Clock":
        """Return a new clock: the time of one question."""
        return Clock(self.con, self.limits.sql_seconds, self.last_resort)


@contextmanager
def questions(
    home: Home,
    timezone: str,
    limits: Limits,
    at: int | None = None,
    last_resort: Callable[[], None] | None = None,
) -> Iterator[Session]:
    """Yield a session over the last snapshot of the lake, or over snapshot `at`.

    Raises:
        MimamoriError: there is no lake yet, or no such snapshot.
    """
    with lake.open_reader(home, timezone, at) as con:
        names = {name.lower() for (name,) in con.execute(_RELATIONS).fetchall()}
        functions = {each.name.lower() for each in table_functions()}
        close_to_the_outside(con, place_of(home).data, limits)
        reach = Reach(frozenset(names), _LAKE_FUNCTIONS | functions)
        yield Session(con, reach, limits, last_resort)


def close_to_the_outside(con: duckdb.DuckDBPyConnection, data: str, limits: Limits) -> None:
    """Shut files but those in `data`, network, variables of Python and every setting, for good.

    `data` is a folder or an address with a final `/`.
    """
    for setting, value in (
        ("memory_limit", f"'{limits.sql_memory_mb}MB'"),
        ("max_temp_directory_size", f"'{_SPILL_FACTOR * limits.sql_memory_mb}MB'"),
        ("python_enable_replacements", "false"),
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("allow_community_extensions", "false"),
        ("allowed_directories", f"[{lake.quoted(data)}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),  # the last: nothing is set after it
    ):
        con.execute(f"set {setting} = {value}")


@dataclass
class Clock:
    """The seconds that a question has; they pass while DuckDB works, not while a reader reads."""

    con: duckdb.DuckDBPyConnection
    seconds: float
    last_resort: Callable[[], None] | None = None
    _used: float = field(default=0.0, init=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the time pass; interrupt what DuckDB does on the connection when it is over.

        Raises:
            TookTooLongError: the time was over.
        """
        done, late = threading.Event(), threading.Event()
        watch = threading.Thread(target=self._watch, args=(done, late), daemon=True)
        began = time.monotonic()
        watch.start()
        try:
            yield
        except (duckdb.Error, RuntimeError):
            if not late.is_set():
                raise
        finally:
            done.set()
            watch.join()
            self._used += time.monotonic() - began
        if late.is_set():
            raise TookTooLongError(
                message("query.connection.took_too_long", at="query", seconds=self.seconds)
            )

    def _watch(self, done: threading.Event, late: threading.Event) -> None:
        if done.wait(max(self.seconds - self._used, 0)):
            return
        late.set()
        until = time.monotonic() + _GRACE_SECONDS
        while not done.is_set():
            self.con.interrupt()
            done.wait(_INTERRUPT_AGAIN_SECONDS)
            if self.last_resort is not None and time.monotonic() > until and not done.is_set():
                self.last_resort()
