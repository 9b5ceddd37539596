-- title: AI のクローラーとアシスタント：だれが、何のために来て、本物か / AI crawlers and assistants: who came, for what purpose, verified or not
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    bot_name, operator, purpose, verdict,
    sum(requests)::bigint as requests, sum(pages)::bigint as pages,
    sum(personal_accesses)::bigint as personal_accesses, max(subjects) as most_subjects_a_day,
    sum(refused)::bigint as refused, count(distinct log_date) as days,
    list(distinct site_id order by site_id) as sites
from lake.ai_agents_by_day($since, $until)
group by bot_name, operator, purpose, verdict
order by personal_accesses desc, requests desc, bot_name, verdict;
