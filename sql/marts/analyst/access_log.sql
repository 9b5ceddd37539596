-- One row per request of the day; persons and agents as pseudonyms, nothing that a client could write freely.
select
    event_id, time, log_date, site_id, site.name as site_name, record.site_group,
    pseudonym(client_ip) as client, country, subdivision, asn,
    pseudonym(user_id) as user, user_type, pseudonym(session_id) as session,
    case
        when method in ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') then method
        when method is not null then 'other'
    end as method,
    status, bytes, duration_ms, pseudonym(user_agent) as agent, is_bot,
    resource_id, resource_kind, data_level, pseudonym(subject_id) as subject, redactions
from lake.access_log as record
left join lake.site as site using (site_id)
where log_date = $day
order by time, event_id
