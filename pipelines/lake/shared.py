"""One opening of the lake for all stages that follow one another in a process.

To open it takes some 0.15 CPU seconds: extensions, schema, catalog, key. Six steps of a night need
it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import duckdb

from pipelines.lake.connection import open_writer, use_threads_for_lake
from pipelines.paths import Home

Opening = Callable[[Home, str], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""How a stage opens the lake: `open_writer`, `open_reader`, or what `shared_lake` yields."""


@contextmanager
def shared_lake() -> Iterator[Opening]:
    """Yield what opens the lake of one home at its first call, and again at each later one.

    Each call gives a connection of its own, whose temporary tables go with it. The lake is closed,
    and the writers' lock given back, at the end of the block. Raises as `open_writer` does.
    """
    with ExitStack() as open_lake:
        opened: list[duckdb.DuckDBPyConnection] = []

        @contextmanager
        def opening(home: Home, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
            if not opened:
                opened.append(open_lake.enter_context(open_writer(home, timezone)))
            with opened[0].cursor() as con:
                use_threads_for_lake(con)
                yield con

        yield opening
