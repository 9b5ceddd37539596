"""What is kept and how long, what was let go, and what persons asked for, for the audit."""

import datetime as dt

import duckdb

from pipelines.audit.facts import Kept
from pipelines.retention.holds import read_holds
from pipelines.retention.result import LetGo
from pipelines.retention.run import oldest as oldest_days
from pipelines.settings.model import Settings
from pipelines.text.month import Month

_OLDEST = "select min(log_date) from lake.site_day where lines > 0"
_OVERDUE = "select count(*), min(log_date) from lake.request_fact where log_date < $before"

_LET_GO = """
select kind, act, site_group, sum("rows")::bigint, sum(files)::bigint,
    min(first_day), max(last_day)
from lake.retention_act
where night between $first and $last
group by all
order by all
"""
_REQUESTS = """
select act, count(*) from lake.subject_request
where timezone(?, made_at)::date between ? and ? group by act order by act
"""
_LEFT = (
    "select coalesce(sum(waiting), 0)::bigint, coalesce(sum(held), 0)::bigint"
    " from lake.retention_day"
)


def kept_in(
    con: duckdb.DuckDBPyConnection, settings: Settings, month: Month, today: dt.date
) -> Kept:
    """Return what the lake holds on `today`, and what was let go and asked for in `month`."""
    before = today - dt.timedelta(days=settings.retention.access_log_days)
    [(oldest,)] = con.execute(_OLDEST).fetchall()
    [(overdue, oldest_overdue)] = con.execute(_OVERDUE, {"before": before}).fetchall()
    rows = con.execute(_LET_GO, {"first": month.first, "last": month.last}).fetchall()
    [(waiting, held)] = con.execute(_LEFT).fetchall()
    return Kept(
        settings.retention,
        oldest,
        before,
        overdue,
        oldest_overdue,
        oldest_days(con),
        tuple(
            LetGo(kind, act, of_rows, files, tuple(filter(None, ends)), group)
            for kind, act, group, of_rows, files, *ends in rows
        ),
        len(read_holds(con)),
        waiting,
        held,
        tuple(con.execute(_REQUESTS, [settings.timezone, month.first, month.last]).fetchall()),
    )
