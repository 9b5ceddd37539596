-- One row per site: on how many days, and days like this one, its log has lines.
select site_day.site_id,
    count(*) as days,
    count(*) filter (where comparable.is_like_today) as days_like_today,
    count(*) filter (where comparable.is_same_kind) as days_of_kind
from cached.site_day as site_day
inner join comparable on comparable.log_date = site_day.log_date
where site_day.records > 0
group by site_day.site_id
