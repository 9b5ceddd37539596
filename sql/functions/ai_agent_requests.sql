-- table function ai_agent_requests: AI のクローラーやアシスタントを名のったリクエストごとに一行：目的、名のりの真偽、読んだもの / One row per request that calls itself an AI crawler or assistant, from one day to another: purpose, verdict on the claim, what it read. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.ai_agent_requests(since, until) as table
-- The few agents and addresses first: a day's requests of a site are many.
with ai_client as materialized (
    select crawler.*, client.client_id, agent.agent_id
    from lake.crawler as crawler
    join lake.client as client on client.client_ip = crawler.client_ip
    join lake.agent as agent on agent.bot_name = crawler.bot_name
    where crawler.log_date between since::date and until::date
        and crawler.bot_name in (select ai.bot_name from lake.ai_agent as ai)
)
select
    request.log_date, request.time, request.site_id, crawler.client_ip, crawler.bot_name,
    crawler.operator, crawler.purpose, crawler.verdict, crawler.evidence,
    request.method, request.url_path, request.status,
    request.resource_id, request.resource_kind, coalesce(request.data_level, 0) as data_level,
    request.subject_id,
    coalesce(request.status between 200 and 299 or request.status = 304, false) as is_answered,
    coalesce(request.status between 400 and 499 and request.status not in (404, 410), false)
        as is_refused
from lake.request as request
join ai_client as crawler
    on crawler.client_id = request.client_id and crawler.agent_id = request.agent_id
    and crawler.log_date = request.log_date and crawler.site_id = request.site_id
where request.log_date between since::date and until::date;
