-- One row per site and hour of `$date` with lines. Hours without any are left to the gap detector: here it is about a
-- site that still logs. What crawlers and other declared programs ask for is not counted: they come in bursts, at
-- night, and on most public sites are more than the visitors.
select site_id, hour(hour_at) as hour, sum(records - coalesce(bot_records, 0)) as records
from cached.site_hour
where log_date = $date
group by site_id, hour(hour_at)
