"""Limits of the settings that were passed: what of the logs was not taken in as it came."""

import datetime as dt
from dataclasses import dataclass

import duckdb

PLACES_SHOWN = 5

# Rows of a file that was put aside count while it is: the next run may have read it.
_PASSED = """
with last_look as (
    select path, arg_max(status, read_at) as status from lake.ledger
    where read_at >= $since or status = 'put_aside'
    group by path
), latest as (
    select * from lake.limit_reached
    where reached_at >= $since
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
    rows = con.execute(_PASSED, {"since": since, "places": PLACES_SHOWN}).fetchall()
    return tuple(
        LimitPassed(limit, places, seen, allowed, lines, tuple(examples))
        for limit, places, seen, allowed, lines, examples in rows
    )
