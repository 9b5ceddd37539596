-- One row per request of the day; persons and agents as pseudonyms, nothing that a client could write freely.
-- In no order: that of the requests would join with another mart.
select
    pseudonym(event_id::varchar) as event_id, coarse_time(time) as time, log_date, site_id, site.name as site_name,
    record.site_group, pseudonym(client_ip) as client_ip, country, subdivision, asn,
    pseudonym(user_id) as user_id, user_type, pseudonym(session_id) as session_id,
    case
        when method in ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') then method
        when method is not null then 'other'
    end as method,
    status, coarse(bytes)::ubigint as bytes, coarse(duration_ms) as duration_ms, pseudonym(user_agent) as user_agent,
    is_bot, resource_id, resource_kind, data_level, pseudonym(subject_id) as subject_id, redactions
from lake.access_log as record
left join lake.site as site using (site_id)
where log_date = $day
order by time, event_id
