-- One row per site with a gap, the longest: a pause with whole hours that usually have records, both on days of this
-- weekday and on all comparable days, and were silent on one of these at most. Once may have been a failure; what was
-- so twice is how the site is (closing days, weekly maintenance). What all sites share today is taken off.
with hour_in_stretch as (
    select stretch.site_id, stretch.begins_at, slot.hour_at
    from stretch
    inner join (
        select unnest(generate_series(
            $day_begins_at::timestamptz - interval 1 day,
            $day_ends_at::timestamptz - interval 1 hour,
            interval 1 hour
        )) as hour_at
    ) as slot
        on slot.hour_at >= stretch.begins_at and slot.hour_at + interval 1 hour <= stretch.ends_at
),
past_stretch as (
    select
        hours.site_id, hours.begins_at, past.log_date, past.is_like_weekday,
        coalesce(sum(seen.records), 0) as records
    from hour_in_stretch as hours
    inner join site_past as past
        on past.site_id = hours.site_id and (past.is_like_weekday or past.is_like_class)
    left join past.site_hour as seen
        on seen.site_id = hours.site_id
        and seen.hour_at = hours.hour_at - to_days(($date - past.log_date)::int)
    group by hours.site_id, hours.begins_at, past.log_date, past.is_like_weekday
),
usual as (
    select
        past.site_id, past.begins_at,
        count(*) as days,
        least(median(past.records), median(past.records) filter (where past.is_like_weekday))
            * least(1, any_value(common.factor)) as records
    from past_stretch as past
    inner join site_common as common on common.site_id = past.site_id
    group by past.site_id, past.begins_at
    having count(*) >= days_of_a_kind() and count(*) filter (where past.records = 0) < habit_days()
),
known as (
    select site_id from site_past group by site_id having count(*) >= $min_days
)
select stretch.*, usual.days, usual.records as expected
from usual
inner join stretch on stretch.site_id = usual.site_id and stretch.begins_at = usual.begins_at
semi join known on known.site_id = usual.site_id
where usual.records >= $min_records
qualify row_number() over (
    partition by stretch.site_id order by stretch.ends_at - stretch.begins_at desc, stretch.begins_at
) = 1
