-- One row per request for a numbered record, answered or refused: whose it is. `unit` is the user,
-- the session or the address, what the log names first. Of IPv6 a /64 is one: whoever has an address
-- there has them all.
with request as (
    select
        site_id, resource_id, subject_id, subject_number, user_id, user_type, session_id,
        client_ip, subnet, data_level, time, line_no, is_access,
        subject_number // $bucket_numbers as bucket
    from day_request
    where subject_number is not null and data_level > 0 and reason is null
        and (is_access or status in (400, 401, 403, 404, 410))
        and method is distinct from 'OPTIONS'
),
-- A session that looked at next to nothing may be one of many that a program threw away.
session as (
    select
        site_id, session_id,
        count(distinct subject_id) as subjects
    from request
    where user_id is null and session_id is not null
    group by site_id, session_id
    having count(distinct subject_id) >= $min_session_subjects
)
select
    request.*,
    case
        when request.user_id is not null then 'user'
        when session.session_id is not null then 'session'
        else 'ip'
    end as unit_kind,
    coalesce(
        request.user_id, session.session_id,
        case when contains(request.client_ip, ':') then request.subnet else request.client_ip end
    ) as unit,
    hash(request.site_id, request.resource_id, unit_kind, unit) as unit_key
from request
left join session
    on request.user_id is null
    and session.site_id = request.site_id and session.session_id = request.session_id
