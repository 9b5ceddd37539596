"""A lake for the night after months: the past of the day that another lake holds, without records.

The daily aggregates of the day, each row on three of four days before, and nine in ten of the
clients and agents that the day will bring again.
"""

import sys
from pathlib import Path

from bench.drawing import ZONE
from bench.history import repeat
from pipelines import lake
from pipelines.detect.aggregates import TABLES
from pipelines.paths import Home

_KNOWN = {
    "site": "true",
    "request_profile": "true",
    "client": "hash(client_id) % 10 > 0",
    "agent": "hash(agent_id) % 10 > 0",
}


def build(home: Home, source: Home, days: int) -> None:
    """Make the lake in `home`, with so many days before the one day of the lake in `source`."""
    with lake.open_reader(source, ZONE) as con:
        queries = dict.fromkeys(TABLES, "true") | _KNOWN
        frames = {
            table: con.execute(f"select * from lake.{table} where {condition}").pl()
            for table, condition in queries.items()
        }
    with lake.open_writer(home, ZONE) as con:
        for table in _KNOWN:
            lake.insert_frame(con, table, frames[table])
        for table in TABLES:
            lake.make_table(con, "of_the_day", frames[table])
            repeat(con, table, days, "of_the_day")


if __name__ == "__main__":
    build(Home(Path(sys.argv[1])), Home(Path(sys.argv[2])), int(sys.argv[3]))
