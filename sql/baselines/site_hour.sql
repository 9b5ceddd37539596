-- One row per site and hour with records, for the days in $days.
select
    request.log_date,
    request.site_id,
    date_trunc('hour', request.time) as hour_at,
    count(*) as records,
    count(*) filter (where request.status >= 500) as server_errors
from lake.request as request
where request.log_date in (select unnest($days::date[]))
group by all
