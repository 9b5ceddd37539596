"""Which days a night works on: its own, and earlier ones that late lines or reasons changed.

A late record of a service history is as good as a late line: it names the user of one.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.limits import Limits
from pipelines.settings.model import Settings

_FEW_SHARE = 0.01
"""A day got few lines where it got a smaller part than this of what the busiest day got.

To examine a day takes seconds, however few its new lines are. Whoever wants a night to take long
must thus send a hundredth of the busiest day's lines about each day, not one.
"""

_CHANGED = """
-- A day is through when each of its stages has ended well since its last lines.
with through as (
    select log_date, min(started_at) as started_at
    from (
        select log_date, stage, max(started_at) as started_at
        from lake.stage_run
        where stage in ('check', 'detect', 'report') and status = 'done'
        group by log_date, stage
    )
    group by log_date
    having count(*) = 3
),
read_day as (
    select log_date, site_id, read_at, records + rejects as lines from lake.ledger_day
    union all
    -- A record of a service history counts as the line does whose user it names.
    select service.log_date, null as site_id, service.read_at, service.records as lines
    from lake.service_read_day as service
    where service.log_date in (select log_date from lake.ledger_day)
),
brought as (
    select ledger_day.log_date, ledger_day.site_id, sum(ledger_day.lines) as lines
    from read_day as ledger_day
    left join through on through.log_date = ledger_day.log_date
    where ledger_day.log_date <= $date and $date - ledger_day.log_date <= $reexamine_days
        and (
            ledger_day.log_date = $date
            or through.started_at is null
            or through.started_at < ledger_day.read_at
        )
    group by all
),
-- Sites take turns, so that no site's many days keep those of another waiting.
turn as (
    select
        *,
        row_number() over (partition by site_id order by lines desc, log_date desc) as turn
    from brought
    where log_date < $date
),
busiest as (
    select coalesce(max(lines), 0) as lines
    from (select sum(lines) as lines from brought group by log_date)
)
select turn.log_date, sum(turn.lines) < $few_share * any_value(busiest.lines) as has_few
from turn, busiest
group by turn.log_date
order by min(turn.turn), sum(turn.lines) desc, turn.log_date desc
"""


@dataclass(frozen=True)
class ChangedDays:
    """Earlier days that lines changed since they were last reported.

    `few` are those that got few lines, in the order in which they are examined; `many` the others.
    """

    many: frozenset[dt.date]
    few: tuple[dt.date, ...]

    def of_a_night(self, limits: Limits) -> set[dt.date]:
        """Return those that one night examines, leaving `limits.days_per_night` aside."""
        return {*self.many, *self.few[: limits.late_days_per_night]}


def changed_days(con: duckdb.DuckDBPyConnection, limits: Limits, on: dt.date) -> ChangedDays:
    """Return the days before `on` that lines changed since they were last reported.

    Lines about a day further back than `limits.reexamine_days` bring no day back.
    """
    bound = {"date": on, "reexamine_days": limits.reexamine_days, "few_share": _FEW_SHARE}
    rows = con.execute(_CHANGED, bound).fetchall()
    return ChangedDays(
        frozenset(day for day, has_few in rows if not has_few),
        tuple(day for day, has_few in rows if has_few),
    )


def due_days(
    settings: Settings, home: Home, on: dt.date, opening: lake.Opening = lake.open_reader
) -> list[dt.date]:
    """Return `on` and every earlier day that lines changed since it was last reported.

    Of the last days before `on` also those whose reasons on record changed since they were
    detected. Days further back than `limits.reexamine_days` are left alone; of those that got few
    lines `limits.late_days_per_night` are returned; of more than `limits.days_per_night` the
    latest. The others wait for a later night.
    """
    from pipelines.detect.explain import days_explained_late  # noqa: PLC0415 - polars loads slowly

    ids = KeyedIds.made_with(Pseudonyms.of(home))
    with opening(home, settings.timezone) as con:
        changed = changed_days(con, settings.limits, on).of_a_night(settings.limits)
        explained_late = days_explained_late(con, settings, on, ids)
    earlier = sorted({*changed, *explained_late})
    room = settings.limits.days_per_night - 1
    return [*(earlier[-room:] if room else []), on]


def note_days_left(
    con: duckdb.DuckDBPyConnection, limits: Limits, days: Sequence[dt.date], now: dt.datetime
) -> None:
    """Keep in the lake that days wait for a later night, where `days` are as many as one may do."""
    changed = changed_days(con, limits, max(days))
    left = {*changed.many, *changed.few}.difference(days)
    if not left:
        return
    if len(days) >= limits.days_per_night:
        name, seen, allowed = "days_per_night", len(days) + len(left), limits.days_per_night
    elif len({*changed.few}.intersection(days)) >= limits.late_days_per_night:
        name, seen, allowed = "late_days_per_night", len(changed.few), limits.late_days_per_night
    else:
        return  # a person asked for these days alone
    con.execute(
        "insert into lake.limit_reached (reached_at, limit_name, log_date, seen, allowed)"
        " values (?, ?, ?, ?, ?)",
        [now, name, max(days), seen, allowed],
    )
