-- One row per hour, person and site of the days before with an access to personal data: of a large group
-- of people tens of millions, so that only sums of it are kept.
select
    user_hour.site_id, user_hour.user_id,
    coalesce(user_hour.user_type, 'unknown') as user_type,
    user_hour.hour::int as hour, user_hour.log_date, history_day.day_bit,
    user_hour.personal_accesses,
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
inner join history_day on history_day.log_date = user_hour.log_date
semi join worker on worker.user_id = user_hour.user_id
semi join slot on slot.site_id = user_hour.site_id
anti join excluded_days
    on excluded_days.actor_kind = 'user' and excluded_days.actor = user_hour.user_id
    and excluded_days.detector = 'off-hours-access'
    and user_hour.log_date between excluded_days.from_day and excluded_days.to_day
