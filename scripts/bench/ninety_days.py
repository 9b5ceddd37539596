"""A lake with ninety days of records, and the logs of the night after: what letting go is measured on.

On one record in a hundred of every day stands one person, on a few of the first day another: all
of their values are canaries, which must be found nowhere once they are let go. Records are drawn
in SQL straight into the lake, their aggregates computed as a night does. A quarter are customers,
one in eight people at work; addresses and customers come and go. Weekly upkeep has been there.
"""

import datetime as dt
import gzip
import sys
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb

from bench.generate import DAY
from bench.history import ZONE, draw_texts
from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.ingest.request_profiles import PROFILE_SCHEMA
from pipelines.lake.maintenance import maintain
from pipelines.paths import Home

DAYS = 90
FIRST = DAY - dt.timedelta(days=DAYS)
EVERY_DAY = "st-canary-daily"
"""The user to be erased, who has one record in a hundred of each day."""
FIRST_DAY = "st-canary-first"
"""The user of the first day alone, whose time is over after the night."""

_SITES = 200
_DAYS_AT_ONCE = 10
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) {user}/1.0"
_ADDRESS = {EVERY_DAY: "203.0.113.77", FIRST_DAY: "203.0.113.78"}


def canaries(user: str) -> list[str]:
    """Return the values of a person that must be gone once the person is let go."""
    return [user, _ADDRESS[user], f"q-{user}", f"r-{user}.example", f"{user}/1.0"]


_DIMENSIONS = """
insert into lake.site by name
select
    'site-' || n as site_id, 'benry' as site_group, n::varchar as franchise,
    ['site-' || n || '.example'] as domains, 'Asia/Tokyo' as timezone, 'always' as hours,
    'portal' as resource_set, now() as seen_at
from range($sites) as site(n);

insert into lake.client by name
select
    n + 1 as client_id,
    (11 + n // 65536 % 150) || '.' || (n // 256 % 256) || '.' || (n % 256) || '.'
        || (n * 7919 % 250) as client_ip,
    case when n % 40 = 0 then 'US' when n % 41 = 0 then null else 'JP' end as country,
    (n // 5000)::uinteger as asn, now() as seen_at
from range($clients) as client(n);

insert into lake.agent by name
select
    n + 1 as agent_id, drawn.text as user_agent,
    ['Chrome', 'Edge', 'Safari', 'Firefox'][n % 4 + 1] as browser,
    (n % 40)::varchar as browser_version,
    ['Windows', 'iOS', 'Android', 'Mac OS X'][n // 4 % 4 + 1] as os,
    'Other' as device, n % 30 = 0 as is_bot,
    case when n % 30 = 0 then 'bot' || n % 9 end as bot_name, now() as seen_at
from range($agents) as agent(n)
inner join drawn_agent as drawn on drawn.id = agent.n;
"""
# Of 20,000 addresses of a day a tenth are new, and as many do not come back.
_CLIENTS_A_DAY, _NEW_CLIENTS = 20_000, 2_000
_PROFILE = ", ".join(PROFILE_SCHEMA)
_DRAWN = """
create or replace temp table drawn_request as
with drawn as (
    select n, hash(n, $day) as h, hash(n, $day, 1) as g, hash(n, $day, 2) as k,
        (hash(n, $day, 3) % 1000)::int as kind
    from range($records) as request(n)
),
actor as (
    select
        drawn.*,
        case
            when k % 100 = 0 then $every_day
            when $day = 0 and k % 5000 = 1 then $first_day
        end as canary,
        case
            when kind < 600 then 'public' when kind < 850 then 'customer'
            when kind < 975 then 'work' when kind < 995 then 'login' else 'odd'
        end as kind_of_actor,
        case
            when kind >= 600 and kind < 850 then (hash(g % 6000, $day) % 40000)::bigint
            when kind >= 850 and kind < 975 then (hash(g % 2500, $day) % 3000)::bigint
            when kind >= 975 and kind < 995 then (g % 40000)::bigint
        end as number
    from drawn
),
placed as (
    select
        actor.*,
        case when canary is not null then 'work' else kind_of_actor end as what,
        case
            when canary is not null then (n % 3)::bigint
            when number is null then (g % $sites)::bigint
            else number % $sites
        end as site,
        case
            when kind >= 850 and kind < 975 then 28800 + (h % 39600)::bigint
            else (h % 86400)::bigint
        end as second,
        (hash(n, $day, 4) % 1000)::int as query_kind
    from actor
),
numbered as (
    select
        placed.*,
        floor(pow((h % 100000) / 100000.0, 2) * $pages)::int as page_id,
        floor(pow((g % 100000) / 100000.0, 2) * $searches)::int as search_id,
        floor(pow((k % 100000) / 100000.0, 2) * $referrers)::int as referrer_id
    from placed
),
worded as (
    select
        numbered.*, drawn_page.text as page, drawn_search.text as search,
        case
            when canary is not null then 'https://r-' || canary || '.example/'
            when query_kind % 100 >= 45 then drawn_referrer.text
        end as referrer
    from numbered
    inner join drawn_page on drawn_page.id = numbered.page_id
    inner join drawn_search on drawn_search.id = numbered.search_id
    inner join drawn_referrer on drawn_referrer.id = numbered.referrer_id
),
request as (
select
    hash(k, $day, n) as event_id,
    $date::timestamptz + to_microseconds(second * 1000000 + (k % 1000000)::bigint) as time,
    $date as log_date,
    'site-' || site as site_id,
    'site-' || site || '.example' as site_domain,
    case
        when canary = $every_day then $clients + 1
        when canary = $first_day then $clients + 2
        when number is null then 1 + $day * $new_clients + (g % $clients_a_day)::bigint
        else 1 + $day * $new_clients + number * 3 % $clients_a_day
    end as client_id,
    case
        when canary = $every_day then $agents + 1
        when canary = $first_day then $agents + 2
        when number is null then 1 + (k % $agents)::bigint
        else 1 + number % $agents
    end as agent_id,
    case
        when canary is not null then canary
        when what in ('customer', 'login') then 'c' || number
        when what = 'work' then 'st-' || number
    end as user_id,
    case
        when canary is not null or what = 'work' then 'staff'
        when what in ('customer', 'login') then 'customer'
    end as user_type,
    case when what in ('customer', 'work') then md5(concat(canary, number, '/', second // 20000)) end
        as session_id,
    case when what = 'login' then 'POST' else 'GET' end as method,
    case
        when what = 'customer' then '/customers/' || number
        when what = 'work' then '/customers/' || (k % 40000)::bigint
        when what = 'login' then '/login'
        else page
    end as url_path,
    case
        when canary is not null then 'tab=q-' || canary
        when query_kind = 119 and n % 30 = 0 then 'q=' || $every_day
        when what in ('public', 'odd') and query_kind < 120
            then 'q=' || search || '&page=' || (k % 500)::bigint
        when what in ('public', 'odd') and query_kind < 260
            then 'id=' || (k % 100000000)::bigint || '&page=' || (h % 500)::bigint || '&sort=new'
        when what in ('public', 'odd') and query_kind < 350
            then 'utm_source=newsletter&utm_medium=cpc&utm_campaign=autumn_' || (h % 500)::bigint
                || '&cid=' || k
    end as url_query,
    referrer,
    regexp_extract(referrer, '^https?://([^/]+)', 1) as referrer_domain,
    'HTTP/1.1' as protocol,
    case
        when what = 'login' then case when k % 12 = 0 then 401 else 302 end
        when k % 400 = 0 then 404 when k % 3000 = 0 then 500 else 200
    end as status,
    300 + (k % 9000)::bigint as bytes,
    case
        when what in ('customer', 'work') then 'customer' when what = 'login' then 'login'
    end as resource_id,
    case
        when what in ('customer', 'work') then 'record' when what = 'login' then 'login'
    end as resource_kind,
    case when what in ('customer', 'work') then 3 else 0 end as data_level,
    case
        when what = 'customer' then number::varchar
        when what = 'work' then (k % 40000)::bigint::varchar
    end as subject_id,
    case
        when what = 'login' then case when k % 12 = 0 then 'failure' else 'success' end
    end as login_result,
    []::varchar[] as redactions,
    $day + 1 as file_id,
    n + 1 as line_no
from worded
)
select request.*, hash({profile}) as request_profile_id from request
""".format(profile=_PROFILE)
_STORED = f"""
insert into lake.request_profile by name
select distinct drawn.request_profile_id, {_PROFILE}
from drawn_request as drawn
where drawn.request_profile_id not in (select request_profile_id from lake.request_profile);

insert into lake.request_fact by name
select * exclude ({_PROFILE}) from drawn_request;

insert into lake.ledger_day by name
select file_id, 1 as from_line, min(site_id) as site_id, log_date, count(*) as records,
    0 as rejects, $read_at as read_at
from drawn_request group by file_id, log_date;

insert into lake.stage_run by name
select stage, $date as log_date, $read_at + interval 1 hour as started_at,
    $read_at + interval 2 hours as ended_at, 'done' as status
from (select unnest(['aggregate', 'check', 'detect', 'report']) as stage);
"""
_LINES = """
select
    site_id,
    format('{} - {} [{}] "{} {}{} HTTP/1.1" {} {} "{}" "{}"',
        client.client_ip, coalesce(request.user_id, '-'),
        strftime(request.time, '%d/%b/%Y:%H:%M:%S +0900'), request.method, request.url_path,
        coalesce('?' || request.url_query, ''), request.status, request.bytes,
        coalesce(request.referrer, '-'), agent.user_agent)
from drawn_request as request
inner join lake.client as client on client.client_id = request.client_id
inner join lake.agent as agent on agent.agent_id = request.agent_id
order by site_id, time
"""


def build(home: Home, records: int) -> None:
    """Make the lake with about `records` in DAYS days, and the logs of DAY, as many as a day's."""
    a_day = records // DAYS
    with lake.open_writer(home, ZONE) as con:
        values = _draw_dimensions(con) | {"records": a_day, "sites": _SITES}
        days = [FIRST + dt.timedelta(days=number) for number in range(DAYS + 1)]
        for number, day in enumerate(days):
            con.execute(_DRAWN, values | {"day": number, "date": day})
            if day == DAY:
                _write_logs(home.logs / "site", con.execute(_LINES).fetchall())
                break
            read_at = dt.datetime.combine(day, dt.time(17), dt.UTC)
            for statement in con.extract_statements(_STORED):
                given = {"date": day, "read_at": read_at}
                con.execute(statement, {one: given[one] for one in statement.named_parameters})
        for begin in range(0, DAYS, _DAYS_AT_ONCE):
            refresh_aggregates(con, days[begin : begin + _DAYS_AT_ONCE])
        maintain(con, home, dt.datetime.now(dt.UTC))


def _draw_dimensions(con: duckdb.DuckDBPyConnection) -> dict[str, int | str]:
    """Make what records refer to; return what their drawing binds."""
    drawn = draw_texts(con)
    clients = _CLIENTS_A_DAY + DAYS * _NEW_CLIENTS
    values = {"sites": _SITES, "clients": clients, "agents": drawn["agents"]}
    for statement in con.extract_statements(_DIMENSIONS):
        con.execute(statement, {name: values[name] for name in statement.named_parameters})
    for number, (user, address) in enumerate(_ADDRESS.items(), start=1):
        con.execute(
            "insert into lake.client (client_id, client_ip, seen_at) values (?, ?, now())",
            [clients + number, address],
        )
        con.execute(
            "insert into lake.agent (agent_id, user_agent, browser, os, is_bot, seen_at)"
            " values (?, ?, 'Chrome', 'Linux', false, now())",
            [drawn["agents"] + number, _AGENT.format(user=user)],
        )
    return {
        "clients": clients,
        "clients_a_day": _CLIENTS_A_DAY,
        "new_clients": _NEW_CLIENTS,
        "every_day": EVERY_DAY,
        "first_day": FIRST_DAY,
        **{name: size for name, size in drawn.items() if name != "attacks"},
    }


def _write_logs(folder: Path, rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
    for site, lines in groupby(rows, key=itemgetter(0)):
        path = folder / site.removeprefix("site-") / "access.log.gz"
        path.parent.mkdir(parents=True)
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for _, line in lines)


if __name__ == "__main__":
    build(Home(Path(sys.argv[1])), int(sys.argv[2]))
