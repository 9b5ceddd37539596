"""What detectors read of the lake again and again, held in memory where it is small.

A query that names a table of the lake asks the catalog for its files each time it is planned, which
takes 8 ms and more, and a night's detectors name them some 200 times for each day.
"""

import duckdb

from pipelines.detect.aggregates import TABLES
from pipelines.lake import LARGEST_BYTES, held_tables, store_of

_BY_PERSON = {
    "user_day": "people_day",
    "user_subject_day": "people_subject_day",
    "user_hour": "people_hour",
    "user_network_day": "people_network_day",
    "user_agent_day": "people_agent_day",
}
_CACHED = (*TABLES, "site", "agent", "client", "request_profile", "ledger_day")


def cache_lake(con: duckdb.DuckDBPyConnection) -> None:
    """Make `cached.*` of the lake as it is now: the daily aggregates, sites, clients, agents.

    A small one is a table in memory, a large one a view of the lake; both have all days. Aggregates
    by user are by person: the directory joins the accounts of a person when they are read, so that
    a change of it rewrites no aggregate. Without any directory nothing is to be joined.

    The tables of the context must stand (`context.make_context_tables`).
    """
    row = con.execute("select exists (from context_person)").fetchone()
    has_people = row is not None and row[0]
    sizes: dict[str, int] = dict(
        con.execute(
            "select table_name, file_size_bytes from ducklake_table_info(?)", [store_of(con)]
        ).fetchall()
    )
    held = held_tables(con)
    con.execute("drop schema if exists cached cascade")
    con.execute("create schema cached")
    for table in _CACHED:
        source = _BY_PERSON.get(table, table) if has_people else table
        # One that an earlier release did not make is asked for all the same: the error says so.
        is_copied = source not in held and sizes.get(table, 0) <= LARGEST_BYTES
        kind = "table" if is_copied else "view"
        con.execute(f"create {kind} cached.{table} as select * from lake.{source}")
