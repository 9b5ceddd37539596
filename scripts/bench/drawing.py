"""What the lakes of `bench.history` and `bench.ninety_days` have in common: how records are drawn.

Pages, search words, referrers and agents are those of the ingest's benchmark. Each lake has its own
people and days; columns that follow from what a request is about are the same in both.
"""

import duckdb
import polars as pl

from bench.attacks import example_targets
from bench.generate import SEED
from bench.vocabulary import vocabulary
from pipelines import lake
from pipelines.ingest.request_profiles import PROFILE_SCHEMA

ZONE = "Asia/Tokyo"
SITES = 200
PROFILE = ", ".join(PROFILE_SCHEMA)

AGENTS = """
insert into lake.agent by name
select
    n + 1 as agent_id, drawn_agent.text as user_agent,
    ['Chrome', 'Edge', 'Safari', 'Firefox'][n % 4 + 1] as browser,
    (n % 40)::varchar as browser_version,
    ['Windows', 'iOS', 'Android', 'Mac OS X'][n // 4 % 4 + 1] as os,
    'Other' as device, n % 30 = 0 as is_bot,
    case when n % 30 = 0 then 'bot' || n % 9 end as bot_name,
    now() as seen_at
from range($agents) as agent(n)
inner join drawn_agent on drawn_agent.id = agent.n;
"""

PAGE_AND_SEARCH = """
        -- Squares draw the first texts of a list the most.
        floor(pow((h % 100000) / 100000.0, 2) * $pages)::int as page_id,
        floor(pow((g % 100000) / 100000.0, 2) * $searches)::int as search_id
"""
TEXTS = """
    inner join drawn_page on drawn_page.id = page_id
    inner join drawn_search on drawn_search.id = search_id
    inner join drawn_referrer on drawn_referrer.id = referrer_id
"""
PUBLIC_QUERY = """
        when what not in ('public', 'odd') then null
        when query_kind < 120 then 'q=' || search || '&page=' || (k % 500)::bigint
        when query_kind < 260
            then 'id=' || (k % 100000000)::bigint || '&page=' || (h % 500)::bigint || '&sort=new'
        when query_kind < 350
            then 'utm_source=newsletter&utm_medium=cpc&utm_campaign=autumn_' || (h % 500)::bigint
                || '&cid=' || k
"""
OUTCOME = """
    'HTTP/1.1' as protocol,
    case
        when what = 'login' then case when k % 12 = 0 then 401 else 302 end
        when what = 'attack' then case when k % 30 = 0 then 200 else 404 end
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
        when what = 'login' then case when k % 12 = 0 then 'failure' else 'success' end
    end as login_result
"""
_STORED = f"""
insert into lake.request_profile by name
select distinct hash({PROFILE}) as request_profile_id, {PROFILE}, now() as seen_at
from drawn_request
where hash({PROFILE}) not in (select request_profile_id from lake.request_profile);

insert into lake.request_fact by name
select * exclude ({PROFILE}), hash({PROFILE}) as request_profile_id from drawn_request;
"""


def draw_texts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Make the temporary tables of texts that the records are drawn from; return their sizes."""
    words = vocabulary(SEED)
    targets = [
        target.partition("?") for targets in example_targets().values() for target in targets
    ]
    frames = {
        "page": words.pages.alias("text").to_frame(),
        "search": words.searches.alias("text").to_frame(),
        "referrer": words.referrers.alias("text").to_frame(),
        "agent": words.agents.alias("text").to_frame(),
        "attack": pl.DataFrame(
            {
                "path": [path for path, _, _ in targets],
                "query": [query or None for _, _, query in targets],
            }
        ),
    }
    for name, frame in frames.items():
        lake.make_table(con, f"drawn_{name}", frame.with_row_index("id"))
    plurals = {"search": "searches"}
    return {plurals.get(name, f"{name}s"): frame.height for name, frame in frames.items()}


def run_script(con: duckdb.DuckDBPyConnection, script: str, given: dict[str, int]) -> None:
    """Run the statements of a script, each with those of the values that it binds."""
    for statement in con.extract_statements(script):
        con.execute(statement, {name: given[name] for name in statement.named_parameters})


def store(con: duckdb.DuckDBPyConnection) -> None:
    """Insert the rows of the table `drawn_request` into the lake."""
    run_script(con, _STORED, {})
