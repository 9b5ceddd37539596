"""How many processors this process may use."""

import os
from contextlib import nullcontext

import duckdb

_known: list[int] = []


def usable_cores(fresh: duckdb.DuckDBPyConnection | None = None) -> int:
    """Return how many processors may work for this process at a time, at least one.

    A container sees all processors of its machine; the quota that it is given (cgroup versions 1
    and 2) is known to DuckDB, which begins with so many threads. What the process is bound to
    (`taskset`) is known to the kernel alone. Asked for the first time, `fresh` saves 10 ms: a
    connection of whose database nobody has set the threads.
    """
    if not _known:
        with duckdb.connect() if fresh is None else nullcontext(fresh) as con:
            row = con.execute("select current_setting('threads')").fetchone()
        within_quota = int(row[0]) if row else 1
        _known.append(max(1, min(within_quota, len(os.sched_getaffinity(0)))))
    return _known[0]
