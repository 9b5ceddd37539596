-- One row per hour, person and site of the days before with an access to personal data.
select
    user_hour.site_id, user_hour.user_id,
    coalesce(user_hour.user_type, 'unknown') as user_type,
    user_hour.hour::int as hour, user_hour.log_date, user_hour.personal_accesses,
    comparable.is_like_today, comparable.is_same_kind,
    case
        when user_hour.hour >= $night_from or user_hour.hour < $night_to
            or (not comparable.is_working_day and user_hour.hour::int * minutes_an_hour() >= $business_to_minute)
            then 'night'
        when not comparable.is_working_day then 'day off'
        when user_hour.hour::int * minutes_an_hour() >= $business_to_minute + $grace_minutes
            then 'evening'
        when (user_hour.hour::int + 1) * minutes_an_hour() <= $business_from_minute - $grace_minutes
            then 'evening'
    end as band
from past.user_hour
inner join comparable on comparable.log_date = user_hour.log_date
semi join worker on worker.user_id = user_hour.user_id
inner join (select distinct site_id from access where is_off_hours) as site
    on site.site_id = user_hour.site_id
anti join excluded_days
    on excluded_days.actor_kind = 'user' and excluded_days.actor = user_hour.user_id
    and excluded_days.detector = 'off-hours-access'
    and user_hour.log_date between excluded_days.from_day and excluded_days.to_day
