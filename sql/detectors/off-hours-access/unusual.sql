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
near as (
    select
        slot.site_id, slot.user_id, slot.hour, slot.band,
        past.user_id = slot.user_id as is_own, past.user_id as other, past.log_date,
        past.is_like_today, past.is_same_kind
    from slot
    inner join past on past.site_id = slot.site_id
    where hours_apart(past.hour, slot.hour) <= $near_hours
        and (past.user_id = slot.user_id or past.user_type = slot.user_type)
),
habit as (
    select near.site_id, near.user_id, near.hour
    from near
    inner join own_day using (site_id, user_id)
    where near.is_own and (near.is_like_today or near.band = 'night')
    group by near.site_id, near.user_id, near.hour, near.band
    having count(distinct near.log_date) >= greatest(
        $habit_days,
        $habit_share * any_value(
            case when near.band = 'night' then own_day.days else own_day.days_like_today end
        )
    )
),
shift as (
    select near.site_id, near.user_id, near.hour
    from near
    inner join observed_day using (site_id)
    where not near.is_own and (near.is_same_kind or near.band = 'night')
    group by near.site_id, near.user_id, near.hour, near.band
    having count(distinct near.log_date) >= greatest(
        $shift_days,
        $shift_share * any_value(
            case when near.band = 'night' then observed_day.days else observed_day.days_of_kind end
        )
    )
)
select access.*, shift.user_id is not null as is_shift_hour
from access
anti join habit using (site_id, user_id, hour)
left join shift using (site_id, user_id, hour)
where access.is_off_hours
