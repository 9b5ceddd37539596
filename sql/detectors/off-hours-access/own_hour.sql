-- One row per person of a slot, site and hour: on which days the person worked then, and on which of
-- those that are like this one.
select
    site_id, user_id, hour,
    bit_or(day_bit) as days,
    coalesce(bit_or(day_bit) filter (where is_like_today), 0) as days_like_today
from past
semi join slot using (site_id, user_id)
group by site_id, user_id, hour
