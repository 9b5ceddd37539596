-- title: クローラーと、名のりの真偽 / Crawlers, and whether they are who they say
-- param day date yesterday 対象日 / day
select
    bot_name, verdict, evidence, count(distinct client_ip) as addresses,
    sum(requests)::bigint as requests, list(distinct site_id order by site_id) as sites,
    list(distinct client_ip order by client_ip)[1:5] as examples
from lake.crawler
where log_date = $day
group by bot_name, verdict, evidence
order by verdict <> 'false', requests desc, bot_name;
