-- One row per day, site and session whose lines name one user, and nobody on some that touch personal
-- data, of noted_request. Those are the user's too: a page that forgets to tell the log who asks
-- hides nothing. A request that was refused or sent elsewhere names whomever its sender liked, and counts for nobody.
-- [personal]
with nameless as (
    select log_date, site_id, session_id
    from noted_request
    where user_id is null and session_id is not null and data_level > 0
)
select
    request.log_date, request.site_id, request.session_id,
    any_value(coalesce(alias.usual_id, request.user_id)) as user_id,
    any_value(coalesce(alias.user_type, request.user_type)) as user_type
from noted_request as request
semi join nameless using (log_date, site_id, session_id)
left join lake.user_alias as alias on alias.user_id = request.user_id
where request.user_id is not null
    and (coalesce(is_access(request.status), true) or request.login_result = 'success')
    and request.login_result is distinct from 'failure'
group by request.log_date, request.site_id, request.session_id
having count(distinct coalesce(alias.usual_id, request.user_id)) = 1
