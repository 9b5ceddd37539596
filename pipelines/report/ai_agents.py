"""Which AI crawlers and assistants came on a day, by verdict on the claim, and what they read."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from pipelines.errors import without_words

log = logging.getLogger(__name__)

_PAGES_NAMED = 3

# What was answered with personal data stands first, then what was read most.
_OF_DAY = f"""
with asked as materialized (
    select * from lake.ai_agent_requests($on, $on)
), page as (
    select
        bot_name, verdict,
        coalesce(resource_id, url_path) as page,
        coalesce(bool_or(is_answered and data_level > 0), false) as is_personal,
        count(*) filter (where is_answered) as answered
    from asked
    group by all
    having answered > 0
), named as (
    select bot_name, verdict, list(page order by place) as pages
    from (
        select *, row_number() over (
            partition by bot_name, verdict order by is_personal desc, answered desc, page
        ) as place
        from page
    )
    where place <= {_PAGES_NAMED}
    group by all
), agent as (
    select
        bot_name, verdict, any_value(operator) as operator, any_value(purpose) as purpose,
        list(distinct site_id order by site_id) as sites,
        count(distinct client_ip) as addresses, count(*) as requests,
        count(distinct url_path) filter (where is_answered) as pages,
        count(*) filter (where is_answered and data_level > 0) as personal_accesses,
        count(distinct subject_id) filter (where is_answered and data_level > 0) as subjects,
        count(*) filter (where is_refused) as refused
    from asked
    group by all
)
select agent.* exclude (operator), agent.operator, coalesce(named.pages, [])
from agent
left join named using (bot_name, verdict)
order by personal_accesses desc, requests desc, bot_name, verdict
"""


@dataclass(frozen=True)
class AiAgentDay:
    """One AI agent of the day under one verdict: `verified`, `false` or `unknown`.

    `purpose` is `training`, `search` or `assistant`, None for a name that no request of its
    operator carries. `most_read` are resources and paths, those with personal data first.
    """

    bot_name: str
    verdict: str
    purpose: str | None
    sites: Sequence[str]
    addresses: int
    requests: int
    pages: int
    personal_accesses: int
    subjects: int
    refused: int
    operator: str
    most_read: Sequence[str]


def ai_agents_of(con: duckdb.DuckDBPyConnection, on: dt.date) -> tuple[AiAgentDay, ...] | None:
    """Return the AI agents of a day, those with personal data first, then the busiest.

    None when they cannot be read, which is logged: the rest of the report does not wait for them.
    """
    try:
        return tuple(AiAgentDay(*row) for row in con.execute(_OF_DAY, {"on": on}).fetchall())
    except duckdb.Error as error:
        log.error("AI agents of %s cannot be read: %s", on, without_words(error))  # noqa: TRY400
        return None
