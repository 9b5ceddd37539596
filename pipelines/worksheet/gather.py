"""Reads an incident or a case from the lake: the lines of its actors on its days, and around them.

Only 2xx and 304 is an access (the contract); HEAD, 304 and empty bodies are accesses that carried
nothing over the wire. The connection's time zone is the configured one.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any

import duckdb
import polars as pl

from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import doubting_logs
from pipelines.detect.changed import changed_detectors
from pipelines.lake import make_table
from pipelines.settings.globs import compiled
from pipelines.settings.model import Settings
from pipelines.triage.decisions import decisions_of
from pipelines.triage.store import read_findings
from pipelines.worksheet.choose import Chosen
from pipelines.worksheet.facts import (
    Burst,
    DayReach,
    Eea,
    Facts,
    OtherDay,
    Reach,
    SiteCover,
    Taken,
    Taker,
)

LOOK_BACK_DAYS = 35
LOOK_AHEAD_DAYS = 14
EEA_DAYS = 90
TAKERS_SHOWN = 50
BURSTS_SHOWN = 150
_HOURS = 24

# reach: 1 lines that name an actor of the incident, 2 lines from its addresses or sessions that
# name nobody, 3 lines from its addresses that name somebody else.
_LINES = """
create or replace temp table worksheet_line as
with lines as (
    select
        request.log_date, request.time, request.site_id,
        coalesce(site.franchise, site.site_group, '') as party,
        request.user_id, request.user_type, request.is_credited,
        request.resource_kind, request.resource_id, coalesce(request.data_level, 0) as data_level,
        ltrim(request.subject_id, '0') as subject_id, request.url_path, request.url_query,
        request.status, request.bytes, request.login_result, request.session_id,
        request.redactions, client.client_ip, client.country, client.as_org, agent.browser,
        coalesce(
            request.resource_kind in ('record', 'list', 'export')
            and (request.status between 200 and 299 or request.status = 304), false
        ) as is_access,
        coalesce(
            request.method <> 'HEAD' and request.status <> 304 and coalesce(request.bytes, 1) > 0,
            false
        ) as has_body,
        request.time between acted.first_seen and acted.last_seen as is_in_time,
        case
            when list_contains(acted.users, request.user_id) then 1
            when len(acted.users) = 0 then 1
            when request.user_id is null then 2
            else 3
        end as reach
    from lake.person_request as request
    inner join worksheet_day as acted on acted.log_date = request.log_date
    left join lake.client as client on client.client_id = request.client_id
    left join lake.agent as agent on agent.agent_id = request.agent_id
    left join lake.site as site on site.site_id = request.site_id
    where request.log_date between $since and $until and (
        list_contains(acted.users, request.user_id) or is_from(client.client_ip, acted.addresses)
        or list_contains(acted.sessions, request.session_id)
        or (list_contains(acted.sites, request.site_id) and len(request.redactions) > 0)
    )
)
select * from lines
"""

_TAKEN = """
select
    site_id, coalesce(resource_id, ''), resource_kind, max(data_level), count(*),
    count(*) filter (where has_body), count(distinct subject_id), coalesce(sum(bytes), 0)::bigint,
    count(*) filter (where has_body and bytes is null), min(time), max(time)
from worksheet_line where is_access and reach <= 2
group by site_id, resource_id, resource_kind
order by max(data_level) desc, count(*) desc, site_id, resource_id
"""

_TAKERS = """
select
    user_id, any_value(user_type), client_ip, any_value(country), any_value(as_org),
    coalesce(list(distinct browser order by browser) filter (where browser is not null), []),
    count(distinct session_id), count(*), count(*) filter (where is_access),
    count(*) filter (where status in (401, 403)), count(*) filter (where is_credited),
    min(time), max(time)
from worksheet_line
group by user_id, client_ip
order by min(reach), count(*) filter (where is_access) desc, count(*) desc, user_id, client_ip
limit $limit
"""

_BURSTS = """
with told as (
    select
        *,
        case
            when is_access then resource_kind
            when login_result is not null then 'login_' || login_result
            when status in (401, 403) then 'refused'
        end as what
    from worksheet_line where reach <= 2
)
select
    what, site_id, case when is_access then resource_id end, coalesce(user_id, client_ip),
    count(*), count(distinct subject_id) filter (where is_access),
    coalesce(sum(bytes) filter (where is_access), 0)::bigint, min(time), max(time)
from told where what is not null
group by what, site_id, case when is_access then resource_id end, coalesce(user_id, client_ip),
    date_trunc('hour', time)
order by min(time), what, site_id
limit $limit
"""

_REACH = """
with records as (
    select * from worksheet_line
    where is_access and subject_id is not null and resource_kind = 'record'
), sure as (
    select count(distinct subject_id) as people
    from records where reach = 1 and has_body and is_in_time and not is_credited
    group by resource_id
), bulk as (
    select * from worksheet_line
    where is_access and has_body and resource_kind in ('list', 'export')
), bulk_page as (
    -- The same address again shows the same people on a day: its largest answer counts.
    select max(bytes) as bytes from bulk group by log_date, site_id, url_path, url_query
), export_page as (
    select max(bytes) as bytes from bulk where resource_kind = 'export' and reach <= 2
    group by site_id, url_path, url_query
)
select
    coalesce((select max(people) from sure), 0),
    (select count(distinct (party, subject_id)) from records where reach <= 2),
    (select count(distinct (site_id, resource_id, subject_id)) from records),
    coalesce((select sum(bytes) from export_page), 0)::bigint,
    coalesce((select sum(bytes) from bulk_page), 0)::bigint,
    (select count(*) from bulk),
    (select count(*) from bulk where bytes is null)
"""

_BY_DAY = """
with opened as (
    select log_date, party, subject_id, count(*) as accesses,
        min(log_date) over (partition by party, subject_id) = log_date as is_new
    from worksheet_line
    where is_access and reach <= 2 and resource_kind = 'record' and subject_id is not null
    group by log_date, party, subject_id
)
select log_date, sum(accesses)::bigint, count(*), count(*) filter (where is_new)
from opened group by log_date order by log_date
"""

_COVER = """
with hours as (
    select site_id, extract(hour from hour_at) as hour, sum(records)::bigint as records
    from lake.site_hour where log_date = $on and list_contains($sites, site_id) group by all
), by_site as (
    select site_id, map_from_entries(list((hour, records))) as hours from hours group by site_id
), days as (
    select
        site_id, sum(rejects) filter (where log_date = $on)::bigint as rejects,
        coalesce(bool_or(log_date > $on and lines > 0), false) as has_later_lines
    from lake.site_day where log_date >= $on and list_contains($sites, site_id) group by site_id
), latest as (
    select site_id, path, status from lake.ledger
    where read_at >= $midnight and list_contains($sites, site_id)
    qualify row_number() over (
        partition by path, site_id order by read_at desc, from_line desc
    ) = 1
), unreadable as (
    select site_id, count(*) as files from latest
    where status in ('unreadable', 'put_aside') group by site_id
), checks as (
    select site_id, count(*) as failed from lake.check_result
    where log_date = $on and not success and list_contains($sites, site_id) group by site_id
)
select
    wanted.site_id, by_site.hours, coalesce(days.rejects, 0), coalesce(unreadable.files, 0),
    coalesce(checks.failed, 0), coalesce(days.has_later_lines, false)
from (select unnest($sites) as site_id) as wanted
left join by_site on by_site.site_id = wanted.site_id
left join days on days.site_id = wanted.site_id
left join unreadable on unreadable.site_id = wanted.site_id
left join checks on checks.site_id = wanted.site_id
order by wanted.site_id
"""

_SILENT = """
select count(distinct site.site_id)
from lake.site as site
cross join (select unnest($days::date[]) as log_date) as acted
anti join (select site_id, log_date from lake.site_day where lines > 0) as day
    on day.site_id = site.site_id and day.log_date = acted.log_date
where not list_contains($sites, site.site_id)
"""

_OTHER_DAYS = """
select log_date, count(*), count(distinct (site_id, ltrim(subject_id, '0')))
    filter (where subject_id is not null)
from lake.personal_data_access
where log_date between $since and $until and not list_contains($days, log_date)
    and (list_contains($users, user_id) or is_from(client_ip, $addresses))
group by log_date order by log_date
"""

_EEA = """
with affected as (
    select distinct party, subject_id from worksheet_line
    where is_access and reach <= 2 and subject_id is not null
), seen as (
    select
        affected.party, affected.subject_id,
        bool_or(coalesce(list_contains($eea, client.country), false)) as is_eea
    from lake.user_request as request
    join lake.site as site on site.site_id = request.site_id
    join affected on affected.subject_id = ltrim(request.subject_id, '0')
        and affected.party = coalesce(site.franchise, site.site_group, '')
    join lake.client as client on client.client_id = request.client_id
    where request.log_date between $since and $on and request.user_type = 'customer'
        and not list_contains($users, request.user_id) and client.country is not null
        and (request.status between 200 and 299 or request.status = 304)
    group by all
)
select count(*) filter (where is_eea), count(*) from seen
"""

_PLACES = """
select
    coalesce(list(distinct country order by country) filter (where country is not null), []),
    count(country) > 0
from worksheet_line where reach <= 2
"""

_MASKED = """
select distinct unnest(redactions) as kind from worksheet_line order by kind
"""

_TOLD = """
select min(instant) from (
    select min(detected_at) as instant from lake.findings where list_contains($ids, finding_id)
    union all
    select min(ended_at) from lake.stage_run
    where list_contains($days, log_date) and stage = 'detect' and status = 'done'
)
"""


def load_lines(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> None:
    """Make `worksheet_line`: the lines of the actors on the days of an incident or a case."""
    load_macros(con)
    make_table(con, "worksheet_day", _acted(chosen), is_own=True)
    con.execute(_LINES, {"since": chosen.days[0], "until": chosen.days[-1]})


def gather(
    con: duckdb.DuckDBPyConnection, settings: Settings, chosen: Chosen, eea: Collection[str]
) -> Facts:
    """Return the facts of an incident or a case, from a read-only connection to the lake.

    `eea` holds the ISO 3166-1 codes of the European Economic Area.
    """
    incident, actors, days = chosen.incident, chosen.actors, list(chosen.days)
    named = {"users": actors["user"], "addresses": actors["ip"]}
    load_lines(con, chosen)

    def rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
        return con.execute(query, values).fetchall()

    seen_at = {site for (site,) in rows("select distinct site_id from worksheet_line")}
    sites = sorted({*incident.site_ids, *actors["site"], *seen_at})
    ids = [one.finding_id for one in chosen.findings]
    since = days[0] - dt.timedelta(days=LOOK_BACK_DAYS)
    until = days[-1] + dt.timedelta(days=LOOK_AHEAD_DAYS)
    eea_since = days[0] - dt.timedelta(days=EEA_DAYS)
    [(people, people_seen)] = rows(
        _EEA, eea=list(eea), since=eea_since, on=days[-1], users=actors["user"]
    )
    [(countries, has_countries)] = rows(_PLACES)
    told_at = rows(_TOLD, ids=ids, days=days)[0][0] or incident.last_seen
    return Facts(
        chosen=chosen,
        told_at=told_at,
        taken=tuple(
            Taken(row[0], row[1], row[2], row[3], categories_of(settings, row[0], row[1]), *row[4:])
            for row in rows(_TAKEN)
        ),
        takers=tuple(Taker(*row) for row in rows(_TAKERS, limit=TAKERS_SHOWN)),
        bursts=tuple(Burst(*row) for row in rows(_BURSTS, limit=BURSTS_SHOWN)),
        reach=Reach(*rows(_REACH)[0]),
        by_day=tuple(DayReach(*row) for row in rows(_BY_DAY)),
        sites=tuple(site for on in days for site in _cover(con, settings, on, sites)),
        silent_sites=rows(_SILENT, days=days, sites=sites)[0][0],
        other_days=tuple(
            OtherDay(*row)
            for row in rows(_OTHER_DAYS, days=days, since=since, until=until, **named)
        ),
        looked_back_days=LOOK_BACK_DAYS,
        eea=Eea(EEA_DAYS, people, people_seen, tuple(countries), has_countries),
        decisions=decisions_of(con, ids),
        masked=tuple(kind for (kind,) in rows(_MASKED)),
        changed=changed_detectors(con, days[0], days[-1]),
    )


def _acted(chosen: Chosen) -> pl.DataFrame:
    """Return by day who the findings are about, and from when to when they say something."""
    texts, instant = pl.List(pl.String), pl.Datetime("us", "UTC")
    rows = []
    for day in chosen.days:
        actors = chosen.actors_on(day)
        of_day = [one for one in chosen.findings if one.date == day]
        rows.append(
            {
                "log_date": day,
                "users": actors["user"],
                "addresses": actors["ip"],
                "sessions": actors["session"],
                "sites": actors["site"],
                "first_seen": min(one.first_seen for one in of_day).astimezone(dt.UTC),
                "last_seen": max(one.last_seen for one in of_day).astimezone(dt.UTC),
            }
        )
    return pl.DataFrame(
        rows,
        schema={
            "log_date": pl.Date(),
            **dict.fromkeys(("users", "addresses", "sessions", "sites"), texts),
            **dict.fromkeys(("first_seen", "last_seen"), instant),
        },
    )


def _cover(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date, sites: list[str]
) -> tuple[SiteCover, ...]:
    gaps: dict[str | None, int] = {}
    doubting = doubting_logs()
    for finding in read_findings(con, on):
        if finding.detector in doubting:
            gaps[finding.site_id] = gaps.get(finding.site_id, 0) + 1
    midnight = dt.datetime.combine(on, dt.time(), settings.zone)
    found = con.execute(_COVER, {"on": on, "sites": sites, "midnight": midnight}).fetchall()
    return tuple(
        SiteCover(
            on,
            site_id,
            tuple(int((hours or {}).get(hour, 0)) for hour in range(_HOURS)),
            rejects,
            gaps.get(site_id, 0),
            unreadable,
            failed,
            later,
        )
        for site_id, hours, rejects, unreadable, failed, later in found
    )


def categories_of(settings: Settings, site_id: str, resource_id: str) -> tuple[str, ...]:
    """What the settings say a resource of a site shows; nothing where they have it no more."""
    for site in settings.sites:
        if compiled(site.id).values(site_id) is not None:
            resources = settings.resources.get(site.resources or "", ())
            return next((one.categories for one in resources if one.id == resource_id), ())
    return ()
