-- One row per site and name of what detectors rest on: of how many records of its last days with lines
-- (table `coverage_day`: site_id, log_date) one is to be expected (`expected`), and how many have it
-- (`carried`). Users and sessions are expected of accesses to personal data, where there are any: a
-- public page names nobody. Reads these days only: the join prunes the partitions. Used by
-- `mimamori coverage`. [none]
with request as (
    select
        request.site_id, request.user_id, request.user_type, request.session_id,
        request.url_path, request.url_query, request.status, request.bytes, request.referrer,
        request.agent_id, request.client_id, request.subject_id, request.resource_kind,
        request.data_level, request.login_result,
        coalesce(request.data_level > 0 and is_access(request.status), false) as is_personal,
        client.client_ip, client.country, client.asn,
        coalesce(client.client_host, case when dns.is_confirmed then dns.client_host end)
            as client_host
    from lake.person_request as request
    inner join coverage_day
        on coverage_day.log_date = request.log_date and coverage_day.site_id = request.site_id
    left join lake.client as client on client.client_id = request.client_id
    left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
),
counted as (
    select
        site_id,
        count(*) as requests,
        count(*) filter (where is_personal) as personal,
        count(client_ip) as client_ip,
        count(client_host) as client_host,
        count(country) as country,
        count(asn) as asn,
        count(user_id) as users,
        count(user_id) filter (where is_personal) as personal_users,
        count(user_type) filter (where user_id is not null) as user_types,
        count(session_id) as sessions,
        count(session_id) filter (where is_personal) as personal_sessions,
        count(url_path) as url_path,
        count(url_query) as url_query,
        count(status) as status,
        count(*) filter (where status = 200) as answered,
        count(bytes) filter (where status = 200) as bytes,
        count(referrer) as referrer,
        count(agent_id) as user_agent,
        count(*) filter (where resource_kind = 'record' and data_level > 0) as records,
        count(subject_id) filter (where resource_kind = 'record' and data_level > 0) as subjects,
        count(*) filter (where resource_kind = 'list' and data_level > 0) as lists,
        count(*) filter (where resource_kind = 'export' and data_level > 0) as exports,
        count(*) filter (where resource_kind = 'admin') as admins,
        count(*) filter (where resource_kind = 'login') as logins,
        count(*) filter (where resource_kind = 'logout') as logouts,
        count(*) filter (where login_result = 'failure') as failures,
        count(*) filter (where login_result = 'success') as successes,
        count(coalesce(user_id, subject_id)) filter (where login_result = 'failure')
            as named_failures
    from request
    group by site_id
)
select
    counted.site_id, measure.name, measure.expected::bigint as expected,
    measure.carried::bigint as carried
from counted
cross join unnest([
    {'name': 'requests', 'expected': requests, 'carried': requests},
    {'name': 'client_ip', 'expected': requests, 'carried': client_ip},
    {'name': 'client_host', 'expected': client_ip, 'carried': client_host},
    {'name': 'country', 'expected': client_ip, 'carried': country},
    {'name': 'asn', 'expected': client_ip, 'carried': asn},
    {
        'name': 'user_id',
        'expected': case when personal > 0 then personal else requests end,
        'carried': case when personal > 0 then personal_users else users end
    },
    {'name': 'user_type', 'expected': users, 'carried': user_types},
    {
        'name': 'session_id',
        'expected': case when personal > 0 then personal else requests end,
        'carried': case when personal > 0 then personal_sessions else sessions end
    },
    {'name': 'url_path', 'expected': requests, 'carried': url_path},
    {'name': 'url_query', 'expected': requests, 'carried': url_query},
    {'name': 'status', 'expected': requests, 'carried': status},
    {'name': 'bytes', 'expected': answered, 'carried': bytes},
    {'name': 'referrer', 'expected': requests, 'carried': referrer},
    {'name': 'user_agent', 'expected': requests, 'carried': user_agent},
    {'name': 'subject_id', 'expected': records, 'carried': subjects},
    {'name': 'record', 'expected': requests, 'carried': records},
    {'name': 'list', 'expected': requests, 'carried': lists},
    {'name': 'export', 'expected': requests, 'carried': exports},
    {'name': 'admin', 'expected': requests, 'carried': admins},
    {'name': 'login', 'expected': requests, 'carried': logins},
    {'name': 'logout', 'expected': requests, 'carried': logouts},
    {'name': 'failure', 'expected': logins, 'carried': failures},
    {'name': 'success', 'expected': logins, 'carried': successes},
    {'name': 'login_user', 'expected': failures, 'carried': named_failures}
]) as counted_measure (measure)
