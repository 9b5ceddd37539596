"""How many processors this process may use."""

import os
from functools import cache

import duckdb


@cache
def usable_cores() -> int:
    """Return how many processors may work for this process at a time, at least one.

    A container sees all processors of its machine; the quota that it is given (cgroup versions 1
    and 2) is known to DuckDB, which begins with so many threads. What the process is bound to
    (`taskset`) is known to the kernel alone.
    """
    with duckdb.connect() as con:
        row = con.execute("select current_setting('threads')").fetchone()
    within_quota = int(row[0]) if row else 1
    return max(1, min(within_quota, len(os.sched_getaffinity(0))))
