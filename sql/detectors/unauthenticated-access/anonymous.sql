-- One row per anonymous access to one of the judged resources.
-- A session is a user's of whose lines some name the user; one such line does not cover hundreds, and
-- one that was refused covers none.
with usual_subnet as (
    select site_id, subnet
    from past.subnet_day
    where personal_accesses > anonymous_accesses
        and site_id in (select unnamed_site.site_id from unnamed_site)
    group by all
    having count(*) >= earned_days()
),
named_session as (
    select site_id, session_id
    from day_request
    where session_id is not null
        and site_id in (select judged_resource.site_id from judged_resource)
    group by site_id, session_id
    having count(*) filter (where is_named and (is_access or login_result = 'success'))
        >= greatest(1, count(*) filter (where not is_named and is_personal) / $named_lines)
)
select
    request.*, agent.browser, judged_resource.usual,
    judged_resource.past_accesses, judged_resource.past_refused, judged_resource.days
from day_request as request
inner join judged_resource using (site_id, resource_id)
left join cached.agent as agent on agent.agent_id = request.agent_id
left join sessionless
    on sessionless.site_id = request.site_id and sessionless.resource_id = request.resource_id
    and sessionless.client_ip = request.client_ip
    and sessionless.has_session = (request.session_id is not null)
anti join named_session
    on named_session.site_id = request.site_id and named_session.session_id = request.session_id
anti join usual_subnet
    on usual_subnet.site_id = request.site_id and usual_subnet.subnet = request.subnet
where request.is_personal
    and not request.is_named
    and not request.is_bot  -- whoever calls himself a program is told by crawler-on-personal-data
    and request.status <> 304
    and coalesce(request.method, '') <> 'HEAD'
    and (not judged_resource.is_by_session or sessionless.site_id is not null)
