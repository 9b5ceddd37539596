-- One row per site, personal-data resource and day with a request for it, of noted_request.
select
    request.log_date,
    request.site_id,
    request.resource_id,
    any_value(request.resource_kind) as resource_kind,
    any_value(request.data_level) as data_level,
    count(*) filter (where is_access(request.status)) as accesses,
    count(*) filter (where is_access(request.status) and request.user_source is null)
        as anonymous_accesses,
    count(*) filter (
        where is_access(request.status) and request.user_source is null
            and request.session_id is null
    ) as sessionless_accesses,
    count(*) filter (where is_access(request.status) and agent.is_bot) as bot_accesses,
    count(distinct request.user_id) filter (where is_access(request.status)) as users,
    count(distinct request.subject_id) filter (where is_access(request.status)) as subjects,
    least(
        coalesce(sum(request.bytes) filter (where is_access(request.status)), 0),
        18446744073709551615
    ) as bytes,
    count(*) filter (where request.status in (401, 403, 404)) as refused
from noted_request as request
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.resource_id is not null
group by request.log_date, request.site_id, request.resource_id
