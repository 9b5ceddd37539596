"""Whose time is over: the periods of sites and countries as tables, and the days that are due."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines import lake
from pipelines.settings.model import Settings
from pipelines.settings.retention import SitePeriods

SITES = "retention_site"
CLIENTS = "retention_client"
TEMPLATES = "retention_template"
_NEVER = 1_000_000  # days: no country shortens what the site has


@dataclass(frozen=True)
class DueDay:
    """A day with access rows some of whose groups are past their time at the end of `night`."""

    log_date: dt.date
    night: dt.date
    fates: str


def age_of(night: dt.date, day: dt.date) -> int:
    """Return the age of a day's data at the end of the night's day, in days."""
    return (night - day).days + 1


def last_due_day(night: dt.date, period_days: int) -> dt.date:
    """Return the last day whose data is older than a period."""
    return night - dt.timedelta(days=period_days)


def oldest_days(
    con: duckdb.DuckDBPyConnection, days: Mapping[str, str]
) -> dict[str, dt.date | None]:
    """Return the oldest day of each of these tables of the lake; None of one without any.

    `days` gives for each the SQL of the day of a row `own`. To ask once is far less work than to
    look in each table for rows whose time is over, which most nights are in few.
    """
    query = " union all ".join(
        f"select '{table}', min({day})::date from lake.{table} as own"
        for table, day in days.items()
    )
    return dict(con.execute(query).fetchall())


def make_period_tables(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make the tables of periods in memory: one row per site, and per client with own periods.

    Beside them the templates of the resources' paths, by site and resource: what a pseudonymised
    row has in place of its path.
    """
    retention = settings.retention
    sites = con.execute(_SITES).fetchall()
    rows, templates = [], []
    for site_id, group, resource_set in sites:
        periods = vars(retention.of_site_group(group))
        rows.append({"site_id": site_id, "site_group": group} | periods)
        templates += [
            {"site_id": site_id, "resource_id": one.id, "path": one.path.partition("?")[0]}
            for one in settings.resources.get(resource_set, ())
        ]
    schema = pl.Schema(
        {
            **dict.fromkeys(("site_id", "site_group"), pl.String()),
            **dict.fromkeys(SitePeriods.__dataclass_fields__, pl.Int32()),
        }
    )
    lake.make_table(con, SITES, pl.DataFrame(rows, schema=schema))
    named = dict.fromkeys(("site_id", "resource_id", "path"), pl.String)
    lake.make_table(con, TEMPLATES, pl.DataFrame(templates, schema=named))
    countries = [
        {
            "country_group": group,
            "access_log_days": own.access_log_days or _NEVER,
            "pseudonymise_after_days": own.pseudonymise_after_days or _NEVER,
        }
        for group, own in retention.country_groups.items()
    ]
    of_country = {
        "country_group": pl.String,
        "access_log_days": pl.Int32,
        "pseudonymise_after_days": pl.Int32,
    }
    lake.make_table(con, "retention_country", pl.DataFrame(countries, schema=of_country))
    con.execute(
        f"""
        create or replace table {CLIENTS} as
        select
            client.client_id,
            min(own.access_log_days) as access_log_days,
            min(own.pseudonymise_after_days) as pseudonymise_after_days
        from lake.client as client
        left join lake.country_group as listed
            on listed.country = client.country and listed.valid_to is null
        inner join retention_country as own
            on own.country_group = coalesce(listed.country_group, 'other')
        where client.country is not null
        group by client.client_id
        """
    )


def due_days(con: duckdb.DuckDBPyConnection, settings: Settings, night: dt.date) -> list[DueDay]:
    """Return the days to be dealt with, the oldest first.

    A day comes back when its rows' time is over for a further group, when lines came late, and as
    long as rows of it wait or are held. Lines that a wrong clock has dated later than the day on
    which they were read are as old as their reading.
    """
    groups = {group for (group,) in con.execute(f"select site_group from {SITES}").fetchall()}
    of_sites = {group: settings.retention.of_site_group(group) for group in groups}
    of_countries = settings.retention.country_groups
    shortest = min(
        [
            settings.retention.pseudonymise_after_days,
            *(one.pseudonymise_after_days for one in of_sites.values()),
            *(one.pseudonymise_after_days or _NEVER for one in of_countries.values()),
        ]
    )
    periods = {
        str(group): (one.pseudonymise_after_days, one.access_log_days)
        for group, one in of_sites.items()
    } | {
        f"country {group}": (
            one.pseudonymise_after_days or _NEVER, one.access_log_days or _NEVER,
        )
        for group, one in of_countries.items()
    }  # fmt: skip
    found = []
    for day, since, seen, stale in con.execute(
        _DAYS, {"last": last_due_day(night, shortest)}
    ).fetchall():
        due = [
            {group: [age_of(night, one) > days for days in own] for group, own in periods.items()}
            for one in since
        ]
        text = json.dumps(due[0] if len(due) == 1 else due, sort_keys=True)
        fates = hashlib.sha256(text.encode()).hexdigest()[:16]
        if fates != seen or stale:
            found.append(DueDay(day, night, fates))
    return found


# Rows of a site that nobody knows any more have a time of their own all the same.
_SITES = """
select named.site_id, any_value(site.site_group), any_value(site.resource_set)
from (
    select site_id from lake.site union select site_id from lake.request_profile
    union select site_id from lake.reject
) as named
left join lake.site as site on site.site_id = named.site_id
where named.site_id is not null
group by named.site_id
"""
_DAYS = """
with held as (
    select
        log_date, max(read_at) as read_at,
        list_sort(list(distinct least(log_date, read_at::date))) as since
    from lake.ledger_day
    group by log_date
    having log_date <= $last or min(read_at)::date <= $last
)
select
    held.log_date, held.since, examined.fates,
    coalesce(
        examined.waiting > 0 or examined.held > 0 or held.read_at >= examined.examined_at, true
    )
from held
left join lake.retention_day as examined on examined.log_date = held.log_date
order by held.log_date
"""
