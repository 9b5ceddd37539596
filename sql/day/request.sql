-- The rows of $date that detectors look at: whoever named a user, tried to log in, asked for personal
-- data or had a personal value masked; with client, agent and site beside them. One scan of the day.
create or replace temp table day_request as
with client as (
    select
        client_id, client_ip, country, asn, as_org,
        network_of(client_ip) as network, block_of(client_ip) as block
    from lake.client
)
select
    request.time, request.site_id, site.site_group, site.hours as site_hours,
    site.franchise as site_franchise,
    client.client_ip, client.block, client.network, client.country, client.asn, client.as_org,
    agent.browser, agent.os, agent.device, coalesce(agent.is_bot, false) as is_bot, agent.bot_name,
    request.agent_id,
    request.user_id, coalesce(request.user_type, 'unknown') as user_type,
    request.user_id is not null and not request.is_credited as is_named,
    request.session_id,
    request.method, request.status, request.bytes, request.duration_ms,
    request.resource_id, request.resource_kind, request.data_level, request.subject_id,
    subject_number(request.subject_id) as subject_number,
    request.login_result, request.redactions,
    coalesce(is_access(request.status), false) as is_access,
    coalesce(request.data_level > 0 and is_access(request.status), false) as is_personal,
    hour(request.time) as hour,
    hour(request.time) * 60 + minute(request.time) as minute_of_day,
    request.file_id, request.line_no,
    null::varchar as reason
from lake.person_request as request
left join client on client.client_id = request.client_id
left join lake.agent as agent on agent.agent_id = request.agent_id
left join lake.site as site on site.site_id = request.site_id
where request.log_date = $date
    and (
        request.user_id is not null
        or request.resource_id is not null
        or len(request.redactions) > 0
    );
