"""A lake with ninety days of records and the logs of the next: what letting go is measured on.

On one record in a hundred of every day stands one person, on a few of the first day another: all
of their values are canaries, which must be found nowhere once they are let go. Records are drawn
in SQL straight into the lake, their aggregates computed as a night does. A quarter are customers,
one in eight people at work; addresses and customers come and go. Weekly upkeep has been there.
"""

import datetime as dt
import gzip
import sys
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb

from bench.drawing import (
    AGENTS,
    OUTCOME,
    PAGE_AND_SEARCH,
    PUBLIC_QUERY,
    SITES,
    TEXTS,
    ZONE,
    draw_texts,
    run_script,
    store,
)
from bench.generate import DAY
from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.lake.maintenance import maintain
from pipelines.paths import Home

DAYS = 90
FIRST = DAY - dt.timedelta(days=DAYS)
EVERY_DAY = "st-canary-daily"
"""The user to be erased, who has one record in a hundred of each day."""
FIRST_DAY = "st-canary-first"
"""The user of the first day alone, whose time is over after the night."""

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

-- Addresses of Japan, as GeoIP has them.
insert into lake.client by name
select
    n + 1 as client_id,
    '126.' || n // 65536 || '.' || n // 256 % 256 || '.' || n % 256 as client_ip,
    'JP' as country, now() as seen_at
from range($clients) as client(n);
"""
_CUSTOMERS, _STAFF = 40_000, 3_000
# Of 20,000 other addresses of a day a tenth are new, and as many do not come back.
_CLIENTS_A_DAY, _NEW_CLIENTS = 20_000, 2_000
_NUMBERED = """
create or replace temp table drawn_number as
select day, n
from range($records) as request(n)
cross join (select unnest(range($first, $last)) as day)
"""
_DRAWN = f"""
create or replace temp table drawn_request as
with drawn as (
    select
        n, day, hash(n, day) as h, hash(n, day, 1) as g, hash(n, day, 2) as k,
        (hash(n, day, 3) % 1000)::int as kind, (hash(n, day, 4) % 1000)::int as query_kind
    from drawn_number
),
actor as (
    select
        drawn.*,
        case
            when n % 100 = 0 then $every_day
            when day = 0 and n % 450 = 7 then $first_day
        end as canary,
        case
            when n % 100 = 0 or day = 0 and n % 450 = 7 or kind >= 850 and kind < 975 then 'work'
            when kind < 600 then 'public' when kind < 850 then 'customer'
            when kind < 995 then 'login' else 'odd'
        end as what,
        case
            when kind >= 600 and kind < 850 then (hash(g % 6000, day) % $customers)::bigint
            when kind >= 850 and kind < 975 then (hash(g % 2500, day) % $staff)::bigint
            when kind >= 975 and kind < 995 then (g % $customers)::bigint
        end as number
    from drawn
),
placed as (
    select
        actor.*,
        case
            when canary is not null then n % 3
            when number is null then (g % $sites)::bigint
            else number % $sites
        end as site,
        -- Customers come for an hour, people at work from eight to seven.
        case
            when what = 'work' then 28800 + (h % 39600)::bigint
            when what = 'customer' then 3600 * (hash(number, day) % 24)::bigint + (h % 3600)::bigint
            else (h % 86400)::bigint
        end as second,
        {PAGE_AND_SEARCH},
        floor(pow((k % 100000) / 100000.0, 2) * $referrers)::int as referrer_id
    from actor
),
worded as (
    select
        placed.*, drawn_page.text as page, drawn_search.text as search,
        case
            when canary is not null then 'https://r-' || canary || '.example/'
            when query_kind % 100 >= 45 then drawn_referrer.text
        end as referrer
    from placed
    {TEXTS}
),
request as (
    select
        hash(k, day, n) as event_id,
        ($first_date + day::int)::timestamptz
            + to_microseconds(second * 1000000 + (k % 1000000)::bigint) as time,
        $first_date + day::int as log_date,
        'site-' || site as site_id,
        'site-' || site || '.example' as site_domain,
        case
            when canary = $every_day then $clients + 1
            when canary = $first_day then $clients + 2
            when what = 'work' then 1 + $customers + number
            when number is not null then 1 + number
            else 1 + $customers + $staff + day * $new_clients + (g % $clients_a_day)::bigint
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
            when what = 'work' then 'staff' when what in ('customer', 'login') then 'customer'
        end as user_type,
        case
            when what in ('customer', 'work')
                then md5(concat_ws('/', canary, number, day, second // 20000))
        end as session_id,
        if(what = 'login', 'POST', 'GET') as method,
        case
            when what = 'customer' then '/customers/' || number
            when what = 'work' then '/customers/' || k % $customers
            when what = 'login' then '/login'
            when starts_with(page, '/customers') then '/'  -- nobody reads those without a log-in
            else page
        end as url_path,
        case
            when canary is not null then 'tab=q-' || canary
            when query_kind = 119 and n % 30 = 0 then 'q=' || $every_day
            {PUBLIC_QUERY}
        end as url_query,
        referrer,
        regexp_extract(referrer, '^https?://([^/]+)', 1) as referrer_domain,
        {OUTCOME},
        case
            when what = 'customer' then number::varchar
            when what = 'work' then (k % $customers)::varchar
        end as subject_id,
        []::varchar[] as redactions,
        day + 1 as file_id,
        n + 1 as line_no
    from worded
)
select * from request order by log_date, site_id, time
"""
_READ = """
insert into lake.ledger_day by name
select file_id, 1 as from_line, min(site_id) as site_id, log_date, count(*) as records,
    0 as rejects, max(time) as read_at
from drawn_request
group by file_id, log_date;

insert into lake.stage_run by name
select stage, log_date, read_at + interval 1 hour as started_at,
    read_at + interval 2 hours as ended_at, 'done' as status
from lake.ledger_day
cross join (select unnest(['aggregate', 'check', 'detect', 'report']) as stage)
where log_date in (select log_date from drawn_request);
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
    with lake.open_writer(home, ZONE) as con:
        con.execute("set preserve_insertion_order = true")  # a day's lines come site by site
        values = _draw_dimensions(con)
        for first in range(0, DAYS, _DAYS_AT_ONCE):
            last = min(first + _DAYS_AT_ONCE, DAYS)
            _draw(con, values, records // DAYS, first, last)
            store(con)
            run_script(con, _READ, {})
            refresh_aggregates(con, [FIRST + dt.timedelta(days=n) for n in range(first, last)])
        maintain(con, home, dt.datetime.now(dt.UTC))
        _draw(con, values, records // DAYS, DAYS, DAYS + 1)
        _write_logs(home.logs / "site", con.execute(_LINES).fetchall())


def _draw(
    con: duckdb.DuckDBPyConnection,
    values: dict[str, int | str],
    a_day: int,
    first: int,
    last: int,
) -> None:
    con.execute(_NUMBERED, {"records": a_day, "first": first, "last": last})
    con.execute(_DRAWN, values | {"first_date": FIRST})


def _draw_dimensions(con: duckdb.DuckDBPyConnection) -> dict[str, int | str]:
    """Make what records refer to; return what their drawing binds."""
    drawn = draw_texts(con)
    clients = _CUSTOMERS + _STAFF + _CLIENTS_A_DAY + DAYS * _NEW_CLIENTS
    values = {"sites": SITES, "clients": clients, "agents": drawn["agents"]}
    run_script(con, _DIMENSIONS + AGENTS, values)
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
        "sites": SITES,
        "clients": clients,
        "customers": _CUSTOMERS,
        "staff": _STAFF,
        "clients_a_day": _CLIENTS_A_DAY,
        "new_clients": _NEW_CLIENTS,
        "every_day": EVERY_DAY,
        "first_day": FIRST_DAY,
        **{name: size for name, size in drawn.items() if name != "attacks"},
    }


def _write_logs(folder: Path, rows: Iterable[tuple[str, str]]) -> None:
    for site, lines in groupby(rows, key=itemgetter(0)):
        path = folder / site.removeprefix("site-") / "access.log.gz"
        path.parent.mkdir(parents=True)
        with gzip.open(path, "wt", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for _, line in lines)


if __name__ == "__main__":
    build(Home(Path(sys.argv[1])), int(sys.argv[2]))
