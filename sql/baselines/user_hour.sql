-- One row per site, user, day and hour with access to personal data, for the days in $days.
select
    request.log_date,
    request.site_id,
    request.user_id,
    any_value(request.user_type) as user_type,
    hour(request.time) as hour,
    count(*) as personal_accesses
from lake.account_request as request
where request.log_date in (select unnest($days::date[]))
    and request.user_id is not null
    and request.data_level > 0
    and is_access(request.status)
group by request.log_date, request.site_id, request.user_id, hour(request.time)
