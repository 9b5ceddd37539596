-- One row per person, site, day before and part of it outside the hours: how much was read then. All nights are
-- alike, since night work goes across weekends; days off are alike where they are the same weekday, or both
-- holidays within the week.
with day_off as (
    select
        log_date,
        case
            when bool_or(is_working_day) over (partition by weekday) then 'holiday'
            else 'weekday ' || weekday
        end as kind
    from calendar_day
    qualify not is_working_day
),
like_today as (
    select log_date
    from day_off
    where kind = 'holiday' or kind = (select kind from day_off where log_date = $date)
)
select
    past.site_id, past.user_id, coalesce(past.user_type, 'unknown') as user_type, past.log_date,
    case
        when (past.hour::int + 1) * minutes_an_hour() <= $business_from_minute - $overtime_minutes
            or past.hour::int * minutes_an_hour() >= $business_to_minute + $overtime_minutes
            then 'night'
        when past.log_date in (from like_today) then 'day off'
    end as band,
    sum(past.personal_accesses) as accesses
from past.user_hour as past
semi join (select distinct site_id from access) as here on here.site_id = past.site_id
semi join worker on worker.user_id = past.user_id
anti join excluded_days
    on excluded_days.actor_kind = 'user' and excluded_days.actor = past.user_id
    and excluded_days.detector = 'off-hours-access'
    and past.log_date between excluded_days.from_day and excluded_days.to_day
where band is not null
group by all
