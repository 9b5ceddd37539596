-- One row per request for a numbered record, answered or refused: whose it is. `unit` is the user,
-- the session or the address, what the log names first; whom and what a refused request names counts
-- where the server has let them in from there.
with request as (
    select
        request.site_id, request.resource_id, request.data_level,
        request.subject_id, request.subject_number, request.session_id, request.client_ip,
        request.subnet, request.user_type, request.time, request.line_no, request.is_access,
        case
            when request.is_access or let_in.user_id is not null or request.client_ip is null
                then request.user_id
        end as user_id
    from day_request as request
    left join day_let_in as let_in
        -- Whom a request lets in it names: most are not looked up.
        on let_in.user_id = case when request.is_access is distinct from true then request.user_id end
        and let_in.client_ip = request.client_ip
    where request.subject_number is not null and request.data_level > 0
        and request.reason is null
        and (request.is_access or request.status in (400, 401, 403, 404, 410))
        and request.method is distinct from 'OPTIONS'
),
-- A session that looked at next to nothing may be one of many that a program threw away.
session as (
    select site_id, session_id, client_ip
    from request
    where user_id is null and session_id is not null
    group by site_id, session_id, client_ip
    having bool_or(is_access)
    qualify sum(count(distinct subject_id)) over (partition by site_id, session_id)
        >= household_subjects()
)
select
    request.*,
    case
        when request.user_id is not null then 'user'
        when session.session_id is not null then 'session'
        else 'ip'
    end as unit_kind,
    coalesce(request.user_id, session.session_id, request.client_ip) as unit,
    hash(request.site_id, request.resource_id, unit_kind, unit) as unit_key
from request
left join session
    on session.site_id = request.site_id
    and session.session_id = case when request.user_id is null then request.session_id end
    and session.client_ip is not distinct from request.client_ip
