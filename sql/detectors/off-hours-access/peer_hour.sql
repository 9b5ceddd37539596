-- One row per site, type of user and hour near a slot, and day: who was there then. The first and the last
-- are others, or the person alone.
with near_hour as (
    select distinct slot.site_id, slot.user_type, near.hour
    from (select distinct site_id, user_type, hour from slot) as slot
    inner join (select unnest(range(hours_a_day())) as hour) as near
        on hours_apart(near.hour, slot.hour) <= $near_hours
)
select past.site_id, past.user_type, past.hour, past.log_date, past.is_same_kind,
    min(past.user_id) as first_user, max(past.user_id) as last_user
from past
semi join near_hour
    on near_hour.site_id = past.site_id and near_hour.user_type = past.user_type
    and near_hour.hour = past.hour
group by all
