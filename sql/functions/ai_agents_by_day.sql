-- table function ai_agents_by_day: 日・サイト・AI のクローラーやアシスタント・名のりの真偽ごとに一行：件数、ページ、個人データ、拒否 / One row per day, site, AI crawler or assistant and verdict on the claim: requests, pages, personal data, refusals. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.ai_agents_by_day(since, until) as table
select
    log_date, site_id, bot_name, any_value(operator) as operator, any_value(purpose) as purpose, verdict,
    count(distinct client_ip) as addresses,
    count(*) as requests,
    count(distinct url_path) filter (where is_answered) as pages,
    count(*) filter (where is_answered and data_level > 0) as personal_accesses,
    count(distinct subject_id) filter (where is_answered and data_level > 0) as subjects,
    count(*) filter (where is_refused) as refused
from lake.ai_agent_requests(since, until)
group by log_date, site_id, bot_name, verdict;
