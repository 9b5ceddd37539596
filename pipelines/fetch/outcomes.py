"""How fetches ended, handed on to the lake, where reports look for it."""

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import duckdb

from pipelines.fetch.state import State
from pipelines.lake import insert_rows, transaction

_INSTANTS = ("started_at", "ended_at")


def tell_lake(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write to lake.source_fetch how fetches ended since the last time.

    Fetch itself does not: the lake has one writer at a time, and a source may take hours.

    Raises:
        MimamoriError: the file of what was fetched, `path`, cannot be used.
    """
    with State.at(path) as state:
        outcomes = state.outcomes_for_lake()
        if not outcomes:
            return
        rows = [
            asdict(one)
            | {name: dt.datetime.fromisoformat(getattr(one, name)) for name in _INSTANTS}
            for one in outcomes
        ]
        with transaction(con):
            # A fetch that had not ended is here already, and so is all that a process which was
            # killed could not let go of.
            con.execute(
                "delete from lake.source_fetch where (source, site_id, started_at) in"
                " (select unnest($sources), unnest($site_ids), unnest($instants))",
                {
                    "sources": [row["source"] for row in rows],
                    "site_ids": [row["site_id"] for row in rows],
                    "instants": [row["started_at"] for row in rows],
                },
            )
            insert_rows(con, "source_fetch", rows)
        state.are_in_lake(outcomes)
