-- One row per access outside the hours at an hour at which the person does not usually work.
with own_day as (
    select site_id, user_id,
        count(distinct log_date) as days,
        count(distinct log_date) filter (where is_like_today) as days_like_today
    from past
    group by site_id, user_id
),
slot as (
    select distinct site_id, user_id, user_type, hour, band from access where is_off_hours
),
-- Night work goes across midnight and weekends, so that all nights are alike.
habit as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join past using (site_id, user_id)
    inner join own_day using (site_id, user_id)
    where hours_apart(past.hour, slot.hour) <= $near_hours
        and (past.is_like_today or slot.band = 'night')
    group by slot.site_id, slot.user_id, slot.hour, slot.band
    having count(distinct past.log_date) >= greatest(
        $habit_days,
        $habit_share * any_value(
            case when slot.band = 'night' then own_day.days else own_day.days_like_today end
        )
    )
),
-- Who else was there at an hour of a day: the first and the last are others, or the person alone.
hour_of_day as (
    select site_id, user_type, hour, log_date, is_same_kind,
        min(user_id) as first_user, max(user_id) as last_user
    from past
    group by all
),
shift as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join hour_of_day using (site_id, user_type)
    inner join observed_day using (site_id)
    where hours_apart(hour_of_day.hour, slot.hour) <= $near_hours
        and (hour_of_day.first_user <> slot.user_id or hour_of_day.last_user <> slot.user_id)
        and (hour_of_day.is_same_kind or slot.band = 'night')
    group by slot.site_id, slot.user_id, slot.hour, slot.band
    having count(distinct hour_of_day.log_date) >= greatest(
        $shift_days,
        $shift_share * any_value(
            case when slot.band = 'night' then observed_day.days else observed_day.days_of_kind end
        )
    )
)
select access.*, shift.user_id is not null as is_shift_hour
from access
anti join habit using (site_id, user_id, hour)
left join shift using (site_id, user_id, hour)
where access.is_off_hours
