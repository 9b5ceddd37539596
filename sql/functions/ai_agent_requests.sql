-- table function ai_agent_requests: AI のクローラーやアシスタントを名のったリクエストごとに一行：目的、名のりの真偽、読んだもの / One row per request that calls itself an AI crawler or assistant, from one day to another: purpose, verdict on the claim, what it read. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.ai_agent_requests(since, until) as table
select
    request.log_date, request.time, request.site_id, crawler.client_ip, agent.bot_name,
    crawler.operator, crawler.purpose, crawler.verdict, crawler.evidence,
    request.method, request.url_path, request.status,
    request.resource_id, request.resource_kind, coalesce(request.data_level, 0) as data_level,
    request.subject_id,
    coalesce(request.status between 200 and 299 or request.status = 304, false) as is_answered,
    coalesce(request.status between 400 and 499 and request.status not in (404, 410), false)
        as is_refused
from lake.request as request
join lake.agent as agent on agent.agent_id = request.agent_id
join lake.client as client on client.client_id = request.client_id
join (
    select * from lake.crawler
    where log_date between since::date and until::date
        and bot_name in (select ai.bot_name from lake.ai_agent as ai)
) as crawler
    on crawler.log_date = request.log_date and crawler.site_id = request.site_id
    and crawler.client_ip = client.client_ip and crawler.bot_name = agent.bot_name
where request.log_date between since::date and until::date
    and agent.bot_name in (select ai.bot_name from lake.ai_agent as ai);
