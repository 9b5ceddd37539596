create or replace view lake.access_log as
select
    request.event_id, request.time, request.log_date,
    request.site_id, site.site_group, request.site_domain,
    client.client_ip,
    coalesce(client.client_host, case when dns.is_confirmed then dns.client_host end)
        as client_host,
    case
        when client.client_host is null and dns.is_confirmed
            then coalesce(dns.client_domain, client.client_domain)
        else client.client_domain
    end as client_domain,
    client.country, client.subdivision, client.city, client.asn, client.as_org,
    request.user_id, request.user_type, request.session_id,
    request.method, request.url_path, request.url_query, request.protocol,
    request.status, request.bytes, request.duration_ms,
    request.referrer, request.referrer_domain,
    agent.user_agent, agent.browser, agent.browser_version, agent.os, agent.os_version,
    agent.device, coalesce(agent.is_bot, false) as is_bot, agent.bot_name,
    request.resource_id, request.resource_kind, request.data_level, request.subject_id,
    request.redactions, request.file_id, request.line_no
from lake.request as request
left join lake.client as client on client.client_id = request.client_id
left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
left join lake.agent as agent on agent.agent_id = request.agent_id
left join lake.site as site on site.site_id = request.site_id;
comment on view lake.access_log is 'One row per request, with client, agent and site: the normalised record. Times are instants; columns are described in lake.request, lake.client, lake.agent and lake.site. [personal]';
