-- title: アドレス欄に現れた個人の値（伏せ字にしたもの） / Personal values that stood in addresses and were masked
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    site_id, kind, place, parameter, page, sum(records)::bigint as records,
    sum(answered)::bigint as answered, count(distinct log_date) as days,
    min(first_time) as first_time, max(last_time) as last_time
from lake.leak_day
where log_date between $since and $until
group by site_id, kind, place, parameter, page
order by records desc, site_id, kind, page;
