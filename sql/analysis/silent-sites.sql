-- title: ログの届かない日があるサイト / Sites with days on which nothing arrived
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    site_id, any_value(site_group) as site_group, any_value(franchise) as franchise,
    count(*) filter (where lines = 0) as silent_days, count(*) as days,
    max(log_date) filter (where lines > 0) as last_day_with_lines,
    list(log_date order by log_date) filter (where lines = 0) as silent_on
from lake.site_days
where log_date between $since and $until
group by site_id
having count(*) filter (where lines = 0) > 0
order by silent_days desc, site_id;
