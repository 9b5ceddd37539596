-- One row per site, user and day with a request that was not refused, for the days in $days.
select
    request.log_date,
    request.site_id,
    request.user_id,
    any_value(request.user_type) as user_type,
    count(*) as requests,
    count(*) filter (
        where request.resource_kind = 'record' and request.data_level > 0
            and (request.status < 300 or request.status = 304)
    ) as record_accesses,
    count(distinct request.subject_id) filter (
        where request.resource_kind = 'record' and request.data_level > 0
            and (request.status < 300 or request.status = 304)
    ) as subjects,
    count(distinct date_trunc('hour', request.time)) as active_hours,
    least(coalesce(sum(request.bytes), 0), 18446744073709551615) as bytes,
    min(request.time) as first_time,
    max(request.time) as last_time
from lake.request as request
where request.log_date in (select unnest($days::date[]))
    and request.user_id is not null
    and request.status < 400
group by request.log_date, request.site_id, request.user_id
