"""Limits of the settings that were passed: what of the logs was not taken in as it came."""

import datetime as dt
from dataclasses import dataclass

import duckdb

PLACES_SHOWN = 5

_SINCE = "from lake.limit_reached where reached_at >= $since"
# What a run meets, the reports of its own night list: those that are written first after it. A
# night is about the day before it or a later one, so that a report of a day before that, which
# somebody had written by hand meanwhile, is not its own. A report also lists what was met where
# lines of its day came in, whichever night that was.
_OF_REPORT = """
from lake.limit_reached as met
where met.reached_at >= $since and (
    met.log_date = $on
    or coalesce((
        select arg_min(written.has_day, written.started_at)
        from (
            select started_at, max(log_date) as last_on, bool_or(log_date = $on) as has_day
            from lake.stage_run where stage = 'report' and status = 'done' group by started_at
        ) as written
        where written.started_at >= met.reached_at and written.last_on >= met.reached_at::date - 1
    ), true)
    or exists (
        from lake.ledger as ledger
        join lake.ledger_day as day using (file_id, from_line, site_id, read_at)
        where ledger.path = met.path and ledger.site_id = met.site_id
            and ledger.read_at = met.reached_at and day.log_date = $on
    )
)
"""
# Rows of a file that was put aside count while it is: the next run may have read it.
_PASSED = """
with last_look as (
    select path, arg_max(status, read_at) as status from lake.ledger
    where read_at >= $since or status = 'put_aside'
    group by path
), latest as (
    select * from ({met})
    qualify row_number() over (
        partition by limit_name, site_id, path, log_date
        order by reached_at desc, lines desc nulls last
    ) = 1
), standing as (
    select
        latest.limit_name, latest.seen, latest.allowed, latest.lines,
        concat_ws(' ', coalesce(latest.path, latest.site_id), latest.log_date) as place
    from latest
    left join last_look on last_look.path = latest.path
    where latest.lines is not null or latest.path is null or last_look.status = 'put_aside'
)
select
    limit_name, count(*), max(seen), arg_max(allowed, seen), coalesce(sum(lines), 0)::ubigint,
    list(place order by lines desc nulls last, place)[1:$places]
from standing
group by limit_name
order by limit_name
"""


@dataclass(frozen=True)
class LimitPassed:
    """One limit, by its key in settings, and the places (files, sites, days) that passed it.

    `seen` is the most that was counted in one place, `lines` those treated otherwise for it in all
    places; `examples` names the first few places.
    """

    limit: str
    places: int
    seen: int
    allowed: int
    lines: int
    examples: tuple[str, ...]


def limits_passed(con: duckdb.DuckDBPyConnection, since: dt.datetime) -> tuple[LimitPassed, ...]:
    """Return the limits that were passed since an instant, each once, in order of their names."""
    return _passed(con, _SINCE, {"since": since})


def limits_in_report(
    con: duckdb.DuckDBPyConnection, on: dt.date, begin: dt.datetime
) -> tuple[LimitPassed, ...]:
    """Return the limits that the report of a day lists, which began at `begin`, by their names.

    They are what the nights met that wrote it, or that will now, and what was met where lines of
    the day came in. The connection's time zone is the configured one.
    """
    return _passed(con, _OF_REPORT, {"since": begin, "on": on})


def _passed(
    con: duckdb.DuckDBPyConnection, met: str, values: dict[str, dt.date]
) -> tuple[LimitPassed, ...]:
    rows = con.execute(_PASSED.format(met=met), {**values, "places": PLACES_SHOWN}).fetchall()
    return tuple(
        LimitPassed(limit, places, seen, allowed, lines, tuple(examples))
        for limit, places, seen, allowed, lines, examples in rows
    )
