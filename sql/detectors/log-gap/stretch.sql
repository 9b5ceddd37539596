-- One row per pause of an hour or more. It may have begun the day before; a whole day without records
-- counts as one.
with yesterday as (
    select
        known.site_id,
        coalesce(site_day.last_time, $day_begins_at::timestamptz - interval 1 day) as last_time
    from (select distinct site_id from site_past) as known
    left join cached.site_day as site_day
        on site_day.site_id = known.site_id and site_day.log_date = $date - 1
),
moment as (
    select site_id, last_time as first_time, last_time from yesterday
    union all
    select site_minute.site_id, site_minute.first_time, site_minute.last_time
    from site_minute
    semi join yesterday on yesterday.site_id = site_minute.site_id
    union all
    select site_id, $day_ends_at::timestamptz, $day_ends_at::timestamptz from yesterday
),
pause as (
    select
        site_id,
        lag(last_time) over (partition by site_id order by first_time, last_time) as begins_at,
        first_time as ends_at
    from moment
)
select *
from pause
where ends_at >= begins_at + interval 1 hour
