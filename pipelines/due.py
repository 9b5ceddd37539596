"""Which days a night works on: its own, and earlier ones that late lines or reasons changed."""

import datetime as dt

import duckdb

from pipelines.limits import Limits

_CHANGED = """
with changed as (
    select log_date, max(read_at) as read_at from lake.ledger_day group by log_date
),
-- A day is through when each of its stages has ended well since its last lines.
through as (
    select log_date, min(started_at) as started_at
    from (
        select log_date, stage, max(started_at) as started_at
        from lake.stage_run
        where stage in ('check', 'detect', 'report') and status = 'done'
        group by log_date, stage
    )
    group by log_date
    having count(*) = 3
)
select changed.log_date
from changed
left join through on through.log_date = changed.log_date
where changed.log_date < $date and $date - changed.log_date <= $reexamine_days
    and (through.started_at is null or through.started_at < changed.read_at)
order by changed.log_date
"""


def changed_days(con: duckdb.DuckDBPyConnection, limits: Limits, on: dt.date) -> list[dt.date]:
    """Return the days before `on` that lines changed since they were last reported, in order.

    Lines about a day further back than `limits.reexamine_days` bring no day back.
    """
    bound = {"date": on, "reexamine_days": limits.reexamine_days}
    return [day for (day,) in con.execute(_CHANGED, bound).fetchall()]


def note_days_left(
    con: duckdb.DuckDBPyConnection, limits: Limits, days: list[dt.date], now: dt.datetime
) -> None:
    """Keep in the lake that days wait for a later night, where `days` are as many as one may do."""
    if len(days) < limits.days_per_night:
        return
    left = set(changed_days(con, limits, max(days))) - set(days)
    if left:
        con.execute(
            "insert into lake.limit_reached (reached_at, limit_name, log_date, seen, allowed)"
            " values (?, 'days_per_night', ?, ?, ?)",
            [now, max(days), len(days) + len(left), limits.days_per_night],
        )
