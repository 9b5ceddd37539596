-- One row per site, user, day and hour with access to personal data, of named_request.
select
    request.log_date,
    request.site_id,
    request.user_id,
    any_value(request.user_type) as user_type,
    hour(request.time) as hour,
    count(*) as personal_accesses
from named_request as request
where request.data_level > 0
    and is_access(request.status)
group by request.log_date, request.site_id, request.user_id, hour(request.time)
