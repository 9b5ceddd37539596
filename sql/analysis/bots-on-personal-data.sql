-- title: 個人データに触れたクローラーなど / Bots that touched personal data
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    log_date, site_id, client_ip, any_value(as_org) as as_org, browser,
    any_value(user_id) as user_id, count(*) as accesses,
    count(distinct subject_id) as subjects,
    list(distinct resource_id order by resource_id) as resources
from lake.personal_data_access
where log_date between $since and $until and is_bot
group by log_date, site_id, client_ip, browser
order by log_date desc, accesses desc, client_ip;
