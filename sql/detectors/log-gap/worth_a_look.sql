-- One row per pause in which something was to be expected. Nights of quiet sites are most of the pauses;
-- only the others are compared day by day.
select hours.site_id, hours.begins_at, hours.part
from hour_in_stretch as hours
inner join site_rhythm as rhythm
    on rhythm.site_id = hours.site_id and rhythm.hour = hour(hours.hour_at)
group by hours.site_id, hours.begins_at, hours.part, rhythm.kind
having sum(rhythm.records * hours.share) >= $min_expected
