"""A lake with one day of records and a past of daily aggregates: what detection is measured on.

The records are drawn in SQL straight into the lake's tables, since only detection is measured
here. Six in ten are public pages, a quarter customers at their own records, one in eight people at
work, the rest log-ins and odd requests. Pages, search words, referrers and agents are those of the
ingest's benchmark; every hundredth request is an attack: an example of a signature, from one of
three hundred addresses. The past is the day's own aggregates, each row on three of four days
before.
"""

import datetime as dt
import sys
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
from pipelines import lake
from pipelines.detect.aggregates import TABLES, refresh_aggregates
from pipelines.paths import Home

DAY = dt.date(2026, 11, 19)
_DIMENSIONS = """
insert into lake.site by name
select
    'site-' || n as site_id, case when n < 12 then 'main' else 'benry' end as site_group,
    case when n >= 12 then n::varchar end as franchise, ['site-' || n || '.example'] as domains,
    'Asia/Tokyo' as timezone, case when n % 10 = 0 then 'always' else 'business' end as hours,
    now() as seen_at
from range($sites) as site(n);

insert into lake.client by name
select
    n + 1 as client_id,
    ((n * 7919) % 180 + 20) || '.' || (n // 5000 % 250) || '.' || (n // 20 % 250) || '.'
        || (n % 250) as client_ip,
    case when n % 40 = 0 then 'US' when n % 41 = 0 then null else 'JP' end as country,
    (n // 5000)::uinteger as asn, now() as seen_at
from range(130000) as client(n);
"""
_REQUESTS = f"""
create temp table drawn_request as
with drawn as (
    select n, hash(n) as h, hash(n, 1) as g, hash(n, 2) as k, (hash(n, 3) % 1000)::int as kind
    from range($records) as request(n)
),
actor as (
    select
        drawn.*,
        case
            when hash(n, 4) % 100 = 0 then 'attack'
            when kind < 600 then 'public' when kind < 850 then 'customer'
            when kind < 975 then 'work' when kind < 995 then 'login' else 'odd'
        end as what,
        -- Customers use a site of their own, people at work always the same one.
        case
            when hash(n, 4) % 100 = 0 then null
            when kind >= 600 and kind < 850 then (g % 40000)::bigint
            when kind >= 850 and kind < 975 then (g % 3000)::bigint
            when kind >= 975 then (g % 43000)::bigint
        end as person
    from drawn
),
placed as (
    select
        actor.*,
        case
            when person is null then (g % $sites)::bigint
            when what = 'work' then person % $sites
            else person % 12
        end as site,
        case
            when what = 'work'
                then least(72000 + (h % 3600)::bigint, 28800 + (h % 39600)::bigint)
            else (h % 86400)::bigint
        end as second,
        (hash(n, 5) % 1000)::int as query_kind,
        (hash(n, 6) % 100)::int as referrer_kind
    from actor
),
numbered as (
    select
        placed.*, {PAGE_AND_SEARCH},
        floor(
            pow((k % 100000) / 100000.0, 2)
            * case when referrer_kind < 70 then 5 else $referrers end
        )::int as referrer_id,
        (g % $attacks)::int as attack_id
    from placed
),
worded as (
    select
        numbered.*,
        drawn_page.text as page, drawn_search.text as search, drawn_referrer.text as referrer,
        drawn_attack.path as attack_path, drawn_attack.query as attack_query
    from numbered
    {TEXTS}
    inner join drawn_attack on drawn_attack.id = numbered.attack_id
)
select
    k as event_id,
    $midnight::timestamptz + to_microseconds((second * 1000000 + (k % 1000000)::bigint)) as time,
    $date as log_date,
    'site-' || site as site_id,
    'site-' || site || '.example' as site_domain,
    case when what = 'attack' then 1 + (g % 300)::bigint
        when person is null then 1 + (g % 130000)::bigint else 1 + person * 3 end as client_id,
    case
        when person is null then 1 + (k % 3000)::bigint
        else 2 + person % 2900 // 2 * 2
    end as agent_id,
    case
        when what = 'customer' then 'c' || person
        when what = 'work' and site >= 12 then 'fr' || site || '-' || person
        when what = 'work' then 'st-' || person
        when what = 'login' then 'c' || person
    end as user_id,
    case
        when what in ('customer', 'login') then 'customer'
        when what = 'work' and site >= 12 then 'franchise'
        when what = 'work' then 'staff'
    end as user_type,
    case when what in ('customer', 'work') then md5((person * 31 + second // 20000)::varchar) end
        as session_id,
    case when what = 'login' then 'POST' else 'GET' end as method,
    case
        when what = 'customer' then '/customers/' || person
        when what = 'work' then '/customers/' || ((k % 400000)::bigint // 8 * 8 + person % 8)
        when what = 'login' then '/login'
        when what = 'attack' then attack_path
        else page
    end as url_path,
    case
        when what = 'attack' then attack_query || '&r=' || (k % 40)::bigint
        {PUBLIC_QUERY}
    end as url_query,
    case when referrer_kind >= 45 then referrer end as referrer,
    case when referrer_kind >= 45 then regexp_extract(referrer, '^https?://([^/]+)', 1) end
        as referrer_domain,
    {OUTCOME},
    (k % 900)::double as duration_ms,
    case
        when what = 'customer' then person::varchar
        when what = 'work' then ((k % 400000)::bigint // 8 * 8 + person % 8)::varchar
    end as subject_id,
    case when what = 'odd' then ['email'] else [] end as redactions,
    1 as file_id,
    n + 1 as line_no
from worded
"""


def build(home: Home, records: int, history_days: int) -> None:
    """Make the lake anew: `records` on DAY, their aggregates, and `history_days` of the past."""
    with lake.open_writer(home, ZONE) as con:
        drawn = draw_texts(con)
        run_script(con, _DIMENSIONS + AGENTS, {"sites": SITES, **drawn})
        values = {
            "records": records,
            "sites": SITES,
            "date": DAY,
            "midnight": f"{DAY} 00:00:00+09",
            **{name: count for name, count in drawn.items() if name != "agents"},
        }
        con.execute(_REQUESTS, values)
        store(con)
        refresh_aggregates(con, [DAY])
        for table in TABLES:
            repeat(con, table, history_days)
        # The stage need not compute them again.
        con.execute(
            "insert into lake.stage_run (stage, log_date, started_at, ended_at, status)"
            " values ('aggregate', ?, now(), now(), 'done')",
            [DAY],
        )


def repeat(
    con: duckdb.DuckDBPyConnection, table: str, days: int, source: str | None = None
) -> None:
    """Give an aggregate a past: each row of the day on three of four days before, times shifted.

    The day is that of the rows in `source`, by default the lake's table itself.
    """
    described = con.execute(f"select * from lake.{table} limit 0").description
    shifted = [
        f"{name} - to_days(ago::int) as {name}"
        for name, kind, *_ in described
        if str(kind) == "TIMESTAMP WITH TIME ZONE"
    ]
    replaced = ", ".join(["(log_date - ago::int)::date as log_date", *shifted])
    con.execute(
        f"insert into lake.{table} by name select kept.* replace ({replaced})"
        f" from (select * from {source or f'lake.{table}'}) as kept"
        " cross join (select unnest(range(1, $days + 1)) as ago)"
        " where hash(kept, ago) % 4 < 3",
        {"days": days},
    )


if __name__ == "__main__":
    build(Home(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
