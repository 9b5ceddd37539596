-- One row per site and hour of `$date` with lines.
select site_id, hour(hour_at) as hour, sum(records) as records
from cached.site_hour
where log_date = $date
group by site_id, hour(hour_at)
