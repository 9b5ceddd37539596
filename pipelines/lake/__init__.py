"""The lake: what stages and commands use of it; the modules of this package are its parts."""

from pipelines.lake.connection import (
    READERS_WRITE,
    Opening,
    load_extensions,
    open_for_ingest,
    open_reader,
    open_writer,
    reader_script,
    shared_lake,
    threads_for,
    use_threads_for,
)
from pipelines.lake.held import LARGEST_BYTES, held_in_memory, held_tables, replace_held, resting_on
from pipelines.lake.held_days import (
    MOST_ROWS,
    can_hold,
    held_day,
    held_days,
    hold_day,
    release_days,
)
from pipelines.lake.keys import require
from pipelines.lake.memory import limited_memory, retried_without_limit
from pipelines.lake.schema import join_services, migrate
from pipelines.lake.statements import (
    ON_DISK,
    identifier,
    insert_frame,
    insert_rows,
    last_snapshot,
    make_table,
    next_snapshot,
    quoted,
    registered,
    store_of,
    transaction,
)

__all__ = [
    "LARGEST_BYTES",
    "MOST_ROWS",
    "ON_DISK",
    "READERS_WRITE",
    "Opening",
    "can_hold",
    "held_day",
    "held_days",
    "held_in_memory",
    "held_tables",
    "hold_day",
    "identifier",
    "insert_frame",
    "insert_rows",
    "join_services",
    "last_snapshot",
    "limited_memory",
    "load_extensions",
    "make_table",
    "migrate",
    "next_snapshot",
    "open_for_ingest",
    "open_reader",
    "open_writer",
    "quoted",
    "reader_script",
    "registered",
    "release_days",
    "replace_held",
    "require",
    "resting_on",
    "retried_without_limit",
    "shared_lake",
    "store_of",
    "threads_for",
    "transaction",
    "use_threads_for",
]
