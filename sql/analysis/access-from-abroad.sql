-- title: 国外からの個人データへのアクセス / Access to personal data from abroad
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param home text JP 国内とする国 / country that is home
select
    country, user_type, user_id, count(*) as accesses, count(distinct subject_id) as subjects,
    count(*) filter (where resource_kind = 'export') as exports,
    count(distinct log_date) as days, list(distinct site_id order by site_id) as sites,
    list(distinct client_ip order by client_ip)[1:5] as addresses,
    min(time) as first_time, max(time) as last_time
from lake.personal_data_access
where log_date between $since and $until and country is not null and country <> $home
group by country, user_type, user_id
order by accesses desc, country, user_id;
