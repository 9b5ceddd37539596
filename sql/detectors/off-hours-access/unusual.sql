-- One row per access outside the hours at an hour at which the person does not usually work.
with own_day as (
    select site_id, user_id,
        days_among(bit_or(days)) as days,
        days_among(bit_or(days_like_today)) as days_like_today
    from own_hour
    group by site_id, user_id
),
-- Night work goes across midnight and weekends, so that all nights are alike.
habit as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join own_hour using (site_id, user_id)
    inner join own_day using (site_id, user_id)
    where hours_apart(own_hour.hour, slot.hour) <= $near_hours
    group by slot.site_id, slot.user_id, slot.hour, slot.band
    having days_among(bit_or(
        case when slot.band = 'night' then own_hour.days else own_hour.days_like_today end
    )) >= greatest(
        $habit_days,
        $habit_share * any_value(
            case when slot.band = 'night' then own_day.days else own_day.days_like_today end
        )
    )
),
shift as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join peer_hour using (site_id, user_type)
    inner join observed_day using (site_id)
    where hours_apart(peer_hour.hour, slot.hour) <= $near_hours
        and (peer_hour.first_user <> slot.user_id or peer_hour.last_user <> slot.user_id)
        and (peer_hour.is_same_kind or slot.band = 'night')
    group by slot.site_id, slot.user_id, slot.hour, slot.band
    having count(distinct peer_hour.log_date) >= greatest(
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
