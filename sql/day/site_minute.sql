-- One row per site and minute of $date with records: what gaps, bursts of errors and shifted clocks
-- are seen in. The one pass over all records of the day that the site detectors need. [none]
create or replace table site_minute as
with counted as (
    select
        request.site_id,
        (epoch_us(request.time) - epoch_us($day_begins_at::timestamptz)) // microseconds_a_minute() as number,
        count(*) as records,
        count(*) filter (where request.status between 500 and 599) as server_errors,
        min(request.time) as first_time,
        max(request.time) as last_time
    from day_log as request
    group by request.site_id, number
)
select
    counted.site_id, minute.minute_at, minute.hour,
    counted.records, counted.server_errors, counted.first_time, counted.last_time
from counted
inner join day_minute as minute on minute.number = counted.number;
