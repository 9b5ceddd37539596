-- One row per site with far fewer or far more records than on its comparable days. What was so once may have been a
-- failure or a flood; what was so twice is how the site is. What all sites share today is taken off.
with today as (
    select site_id, sum(records) as records
    from today_hour
    group by site_id
),
usual as (
    select
        past.site_id,
        count(*) as days,
        any_value(common.factor) as factor,
        median(past.records) as median_records,
        (min(past.records, habit_days()))[habit_days()] * least(1, any_value(common.factor)) as lower,
        (max(past.records, habit_days()))[habit_days()] * greatest(1, any_value(common.factor)) as upper
    from past
    inner join site_common as common on common.site_id = past.site_id
    group by past.site_id
    having count(*) >= $min_days
)
select
    usual.*, today.records,
    usual.median_records * usual.factor as expected,
    case when today.records < usual.lower then 'down' else 'up' end as direction
from today
inner join usual on usual.site_id = today.site_id
where abs(today.records - usual.median_records * usual.factor) >= $min_records
    and (
        today.records <= $max_left * usual.lower
        or today.records >= $min_times * greatest(1, usual.upper)
    )
