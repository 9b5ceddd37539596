"""How much of each site's day is there: lines, checks, and what was found against them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace

import duckdb

from pipelines.audit.facts import Cover, Site
from pipelines.detect.catalogue import doubting_logs
from pipelines.report.gather import rank_of_group
from pipelines.settings.calendar import public_holidays
from pipelines.settings.model import Settings
from pipelines.text.month import Month

# Sites that sent a line in the month, or were expected to: once a site has sent one, until it is
# closed; before that, while the settings name it; on the days of its row, where there is a roster.
_SITES = """
with seen as (
    select
        site_id, min(log_date) filter (where lines > 0) as first_on,
        bool_or(lines > 0 and log_date between $first and $last) as is_heard
    from lake.site_day group by site_id
),
closure as (
    select site_id, arg_max_null(closed_on, decided_at) as closed_on
    from lake.site_closure group by site_id
)
select
    coalesce(site.site_id, seen.site_id) as site_id, site.name, coalesce(site.site_group, ''),
    coalesce(site.opened_on, least(seen.first_on, site.listed_from)) as begins_on,
    case
        when site.listing = 'unlisted' then seen.first_on  -- it is not expected on any day
        else least(closure.closed_on, site.closed_on)
    end as ends_on
from lake.site as site
full join seen on seen.site_id = site.site_id
left join closure on closure.site_id = site.site_id
where coalesce(seen.is_heard, false)
    or (
        site.site_id is not null
        and site.listing is distinct from 'unlisted'
        and coalesce(ends_on >= $first, true)
        and coalesce(begins_on <= $last, site.seen_at >= $first::date::timestamptz)
    )
order by 1
"""

_DAYS = """
with failed as (
    select distinct log_date, site_id from lake.check_result
    where log_date between $first and $last and not success and site_id is not null
),
doubted as (
    -- A gap that somebody explained, or that was none, speaks against nothing.
    select distinct date as log_date, site_id from audit_finding
    where list_contains($doubts, detector)
        and not (status = 'closed' and verdict in ('false_alarm', 'explained'))
)
select
    day.site_id, day.log_date, day.lines, day.rejects,
    failed.site_id is not null or doubted.site_id is not null
from lake.site_day as day
left join failed on failed.log_date = day.log_date and failed.site_id = day.site_id
left join doubted on doubted.log_date = day.log_date and doubted.site_id = day.site_id
where day.log_date between $first and $last
"""


_LACKING = """
select lacking.site_id, lacking.log_date, lacking.hours
from lake.lacking_hours($first, $last, $holidays) as lacking
anti join (
    select date, site_id from audit_finding
    where list_contains($doubts, detector)
        and status = 'closed' and verdict in ('false_alarm', 'explained')
) as explained
    on explained.date = lacking.log_date and explained.site_id = lacking.site_id
order by lacking.site_id, lacking.log_date
"""


@dataclass(frozen=True)
class _SiteDay:
    lines: int
    rejects: int
    is_doubtful: bool


def read_sites(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    month: Month,
    checked: Collection[dt.date],
    over: Collection[dt.date],
) -> tuple[Site, ...]:
    """Return the sites of the month in the settings' order of groups, then by id.

    `checked` are the days whose checks ended well, `over` those that are past. The findings of the
    month must be there as the temporary table `audit_finding`.
    """
    span = {"first": min(over), "last": max(over)}
    days: dict[str, dict[dt.date, _SiteDay]] = defaultdict(dict)
    for site_id, on, *values in con.execute(_DAYS, {**span, "doubts": doubting_logs()}).fetchall():
        days[site_id][on] = _SiteDay(*values)
    lacking = _lacking_hours(con, settings, min(over), max(over))
    for site_id, by_day in lacking.items():
        for on in by_day.keys() & days[site_id].keys():
            days[site_id][on] = replace(days[site_id][on], is_doubtful=True)
    sites = [
        Site(
            site_id,
            name,
            group,
            tuple(
                _cover(on, (first_on, closed_on), days[site_id].get(on), checked, over)
                for on in month.days
            ),
            sum(one.lines for one in days[site_id].values()),
            sum(one.rejects for one in days[site_id].values()),
            lacking.get(site_id, {}),
        )
        for site_id, name, group, first_on, closed_on in con.execute(_SITES, span).fetchall()
    ]
    ranks = {site.group: rank_of_group(settings, site.group) for site in sites}
    return tuple(sorted(sites, key=lambda site: (ranks[site.group], site.group, site.site_id)))


def _lacking_hours(
    con: duckdb.DuckDBPyConnection, settings: Settings, first: dt.date, last: dt.date
) -> dict[str, dict[dt.date, list[int]]]:
    """By site and day the hours without a record that always have some, unless explained."""
    years = range((first - dt.timedelta(days=62)).year, last.year + 1)
    holidays = public_holidays(settings.business_hours.holidays, years)
    values = {"first": first, "last": last, "holidays": holidays, "doubts": doubting_logs()}
    rows = con.execute(_LACKING, values)
    found: dict[str, dict[dt.date, list[int]]] = defaultdict(dict)
    for site_id, on, hours in rows.fetchall():
        found[site_id][on] = hours
    return found


def _cover(
    on: dt.date,
    life: tuple[dt.date | None, dt.date | None],
    day: _SiteDay | None,
    checked: Collection[dt.date],
    over: Collection[dt.date],
) -> Cover:
    first_on, closed_on = life
    if on not in over:
        return "later"
    if first_on is not None and on < first_on:
        return "before"
    if closed_on is not None and closed_on <= on and (day is None or not day.lines):
        return "closed"
    if on not in checked:
        return "unchecked"
    if day is None or not day.lines:
        return "nothing"
    return "doubt" if day.is_doubtful else "complete"
