-- table function ai_agent_requests: AI のクローラーやアシスタントを名のったリクエストごとに一行：目的、名のりの真偽、読んだもの / One row per request that calls itself an AI crawler or assistant, from one day to another: purpose, verdict on the claim, what it read. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.ai_agent_requests(since, until) as table
-- Their requests first: those of all others are many, and so are one agent's addresses.
with agent as materialized (
    select agent_id, bot_name from lake.agent
    where bot_name in (select ai.bot_name from lake.ai_agent as ai)
),
asked as materialized (
    select
        request.log_date, request.time, request.site_id, request.client_id, agent.bot_name,
        request.method, request.url_path, request.status,
        request.resource_id, request.resource_kind, request.data_level, request.subject_id
    from lake.request as request
    join agent using (agent_id)
    where request.log_date between since::date and until::date
),
client as materialized (
    select crawler.*, client.client_id
    from lake.crawler as crawler
    join lake.client as client on client.client_ip = crawler.client_ip
    where crawler.log_date between since::date and until::date
        and crawler.bot_name in (select bot_name from agent)
)
select
    asked.log_date, asked.time, asked.site_id, client.client_ip, asked.bot_name,
    client.operator, client.purpose, client.verdict, client.evidence,
    asked.method, asked.url_path, asked.status,
    asked.resource_id, asked.resource_kind, coalesce(asked.data_level, 0) as data_level,
    asked.subject_id,
    coalesce(asked.status between 200 and 299 or asked.status = 304, false) as is_answered,
    coalesce(asked.status between 400 and 499 and asked.status not in (404, 410), false)
        as is_refused
from asked
join client using (log_date, site_id, client_id, bot_name);
