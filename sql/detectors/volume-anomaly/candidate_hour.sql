-- One row per hour of the candidate parts of the day.
select candidate.*, slot.hour, today_hour.records is not null as is_logged
from candidate
inner join (select unnest(range(hours_a_day())) as hour) as slot
    on slot.hour >= candidate.from_hour
    and slot.hour < candidate.from_hour + candidate.span_hours
left join today_hour
    on today_hour.site_id = candidate.site_id and today_hour.hour = slot.hour
where candidate.direction = 'up' or today_hour.records is not null
