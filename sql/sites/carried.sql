-- One row per site and name of what detectors rest on: of how many records of its last days with lines
-- (table `coverage_day`: site_id, log_date) one is to be expected (`expected`), and how many have it
-- (`carried`). Users and sessions are expected of accesses to personal data, where there are any: a
-- public page names nobody. Reads these days only: the join prunes the partitions. Records are counted
-- by the numbers of their profiles, which say site and resource; only those with a user are looked at as
-- persons'. Used by `mimamori coverage`. [none]
with profile as (
    select
        coverage_day.log_date, profile.request_profile_id, profile.site_id, profile.resource_kind,
        profile.data_level, profile.login_result
    from lake.request_profile as profile
    inner join coverage_day on coverage_day.site_id = profile.site_id
),
client as (
    select
        client.client_id, client.client_ip is not null as has_ip,
        client.client_host is not null or coalesce(dns.is_confirmed and dns.client_host is not null, false)
            as has_host,
        client.country is not null as has_country, client.asn is not null as has_asn
    from lake.client as client
    left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
),
profile_count as (
    select
        fact.log_date, fact.request_profile_id,
        count(*) as requests,
        count(*) filter (where is_access(fact.status)) as accesses,
        count(*) filter (where client.has_ip) as client_ip,
        count(*) filter (where client.has_host) as client_host,
        count(*) filter (where client.has_country) as country,
        count(*) filter (where client.has_asn) as asn,
        count(fact.session_id) as sessions,
        count(fact.session_id) filter (where is_access(fact.status)) as access_sessions,
        count(fact.url_path) as url_path,
        count(fact.url_query) as url_query,
        count(fact.status) as status,
        count(*) filter (where fact.status = 200) as answered,
        count(fact.bytes) filter (where fact.status = 200) as bytes,
        count(fact.referrer) as referrer,
        count(fact.agent_id) as user_agent,
        count(fact.subject_id) as subjects
    from lake.request_fact as fact
    inner join profile
        on profile.log_date = fact.log_date
        and profile.request_profile_id = fact.request_profile_id
    left join client on client.client_id = fact.client_id
    group by fact.log_date, fact.request_profile_id
),
person_count as (
    select
        request.site_id,
        count(request.user_id) as users,
        count(request.user_id) filter (
            where request.data_level > 0 and is_access(request.status)
        ) as personal_users,
        count(request.user_type) filter (where request.user_id is not null) as user_types,
        count(coalesce(request.user_id, request.subject_id)) filter (
            where request.login_result = 'failure'
        ) as named_failures
    from lake.person_request as request
    inner join coverage_day
        on coverage_day.log_date = request.log_date and coverage_day.site_id = request.site_id
    where request.user_id is not null or request.login_result = 'failure'
    group by request.site_id
),
site_count as (
    select
        profile.site_id,
        sum(counted.requests) as requests,
        sum(counted.accesses) filter (where profile.data_level > 0) as personal,
        sum(counted.client_ip) as client_ip,
        sum(counted.client_host) as client_host,
        sum(counted.country) as country,
        sum(counted.asn) as asn,
        sum(counted.sessions) as sessions,
        sum(counted.access_sessions) filter (where profile.data_level > 0) as personal_sessions,
        sum(counted.url_path) as url_path,
        sum(counted.url_query) as url_query,
        sum(counted.status) as status,
        sum(counted.answered) as answered,
        sum(counted.bytes) as bytes,
        sum(counted.referrer) as referrer,
        sum(counted.user_agent) as user_agent,
        sum(counted.requests) filter (
            where profile.resource_kind = 'record' and profile.data_level > 0
        ) as records,
        sum(counted.subjects) filter (
            where profile.resource_kind = 'record' and profile.data_level > 0
        ) as subjects,
        sum(counted.requests) filter (
            where profile.resource_kind = 'list' and profile.data_level > 0
        ) as lists,
        sum(counted.requests) filter (
            where profile.resource_kind = 'export' and profile.data_level > 0
        ) as exports,
        sum(counted.requests) filter (where profile.resource_kind = 'admin') as admins,
        sum(counted.requests) filter (where profile.resource_kind = 'login') as logins,
        sum(counted.requests) filter (where profile.resource_kind = 'logout') as logouts,
        sum(counted.requests) filter (where profile.login_result = 'failure') as failures,
        sum(counted.requests) filter (where profile.login_result = 'success') as successes
    from profile_count as counted
    inner join profile
        on profile.log_date = counted.log_date
        and profile.request_profile_id = counted.request_profile_id
    group by profile.site_id
),
counted as (
    select
        site_count.*, person_count.users, person_count.personal_users, person_count.user_types,
        person_count.named_failures
    from site_count
    left join person_count on person_count.site_id = site_count.site_id
)
select
    counted.site_id, measure.name, coalesce(measure.expected, 0)::bigint as expected,
    coalesce(measure.carried, 0)::bigint as carried
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
