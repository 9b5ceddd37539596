-- One row per site and hour of `$date` with lines.
select site_id, hour(hour_at) as hour, sum(records) as records
from lake.site_hour
where log_date = $date
group by site_id, hour(hour_at)
