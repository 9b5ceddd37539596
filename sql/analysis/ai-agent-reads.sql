-- title: AI のクローラーとアシスタントが最も読んだもの。個人データが先 / What AI crawlers and assistants read most, personal data first
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param agent text none クローラーの名（既定はすべて） / name of the agent, all by default
-- param limit integer 50 行数 / rows
select
    bot_name, purpose, verdict, site_id, resource_kind, max(data_level) as data_level,
    case when resource_id is null then url_path else resource_id end as page,
    count(*) filter (where is_answered) as answered, count(*) filter (where is_refused) as refused,
    count(distinct subject_id) filter (where is_answered) as subjects,
    count(*) as requests, max(time) as last_time
from lake.ai_agent_requests($since, $until)
where $agent::varchar is null or bot_name = $agent
group by bot_name, purpose, verdict, site_id, resource_kind, page
order by max(data_level) filter (where is_answered) > 0 desc nulls last, requests desc, bot_name, page
limit $limit;
