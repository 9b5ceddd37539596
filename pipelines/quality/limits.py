"""The limits that a site's own past teaches, kept in `lake.site_limit`.

They warn earlier than the limits for all sites and never loosen them: whoever makes a log worse
step by step moves these limits, and still meets the others.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import duckdb

from pipelines import lake
from pipelines.paths import SQL_DIR

_LEARNING: Final = {
    # Four whole weeks: every weekday is seen four times, and a change of season is not yet in it.
    "history_days": 28,
    # Every weekday seen twice.
    "history_needed_days": 14,
    # Of fewer lines a single odd visitor makes up any share.
    "few_lines": 10,
    # Of nine days in ten the share is smaller: a day in ten may be odd and teaches nothing.
    "usual_days": 0.9,
    # Three times that: garbage comes in heaps, and a day of twice the usual is an ordinary one.
    "margin": 3.0,
    # Below a hundredth a share tells of single visitors, not of the log.
    "least_share": 0.01,
}


def learn_limits(con: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Learn the limits in force on each of `days` anew; a row is kept where they changed.

    `lake.site_day` must be up to date for the days before. In a transaction of its own.
    """
    query = (SQL_DIR / "sites" / "limits.sql").read_text(encoding="utf-8")
    bound = {"days": sorted(set(days))}
    learnt = con.execute(query, bound | _LEARNING).pl()
    of_days = "from lake.site_limit where learnt_on in (select unnest($days::date[]))"
    before = con.execute(f"select * {of_days}", bound).pl()
    if learnt.sort("learnt_on", "site_id").equals(before.sort("learnt_on", "site_id")):
        return  # a night in which nothing changed writes nothing
    with lake.transaction(con), lake.registered(con, learnt=learnt):
        con.execute(f"delete {of_days}", bound)
        con.execute("insert into lake.site_limit by name select * from learnt")
