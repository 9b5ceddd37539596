"""One opening of the lake for all stages that follow one another in a process.

To open it takes some 0.15 CPU seconds: extensions, schema, catalog, key. A night has seven stages
and steps that need it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Self

import duckdb

from pipelines.lake.connection import open_writer, use_threads_for_lake
from pipelines.lake.statements import identifier
from pipelines.paths import Home

Opening = Callable[[Home, str], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""How a stage opens the lake: `open_writer`, `open_reader` or `SharedLake.opening`."""


class SharedLake:
    """A lake that the first stage opens, and that is closed at the end of the block.

    It has one home and one zone, and the writers' lock all the while.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._con: duckdb.DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        """Return this lake, which is not open yet."""
        self._open.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the lake, as `open_writer` does after a failure if there was one."""
        self._open.__exit__(kind, error, traceback)

    @contextmanager
    def opening(self, home: Home, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection of its own to a stage; what it made in memory goes with it.

        Raises: as `open_writer`, at the first call.
        """
        if self._con is None:
            self._con = self._open.enter_context(open_writer(home, timezone))
        with self._con.cursor() as con:
            use_threads_for_lake(con)
            try:
                yield con
            finally:
                _empty_memory(self._con)


def _empty_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Drop tables, views and schemas in memory; macros stay, which every stage defines alike."""
    made = con.execute(
        "select 'schema', schema_name, ' cascade' from duckdb_schemas()"
        " where database_name = 'memory' and not internal"
        " union all"
        " select 'view', view_name, '' from duckdb_views()"
        " where database_name = 'memory' and schema_name = 'main' and not internal"
        " union all"
        " select 'table', table_name, '' from duckdb_tables()"
        " where database_name = 'memory' and schema_name = 'main'"
    ).fetchall()
    for kind, name, how in made:
        con.execute(f"drop {kind} memory.{identifier(name)}{how}")
