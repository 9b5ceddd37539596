-- title: だれともわからない個人データへのアクセス / Access to personal data by nobody who was logged in
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    log_date, site_id, resource_id, count(*) as accesses,
    count(distinct subject_id) as subjects, count(distinct client_ip) as addresses,
    count(*) filter (where is_bot) as of_bots,
    list(distinct country order by country) as countries, min(url_path) as example
from lake.personal_data_access
where log_date between $since and $until and user_id is null
group by log_date, site_id, resource_id
order by log_date desc, accesses desc, site_id;
