-- One row per site and day in $days with requests, or rejects alone: how many requests carry what detectors
-- rest on, by the profiles of profile_day and the users of named_request and noted_request. [none]
with site_count as (
    select
        counted.log_date, profile.site_id,
        sum(counted.records) as records,
        sum(counted.accesses) filter (where profile.data_level > 0) as personal_accesses,
        sum(counted.with_ip) as client_ip,
        sum(counted.with_host) as client_host,
        sum(counted.with_country) as country,
        sum(counted.with_asn) as asn,
        sum(counted.with_session) as session_id,
        sum(counted.accesses_with_session) filter (where profile.data_level > 0) as personal_session_id,
        sum(counted.with_path) as url_path,
        sum(counted.with_query) as url_query,
        sum(counted.with_status) as status,
        sum(counted.answered) as answered,
        sum(counted.answered_with_bytes) as bytes,
        sum(counted.with_referrer) as referrer,
        sum(counted.with_agent) as user_agent,
        sum(counted.records) filter (
            where profile.resource_kind = 'record' and profile.data_level > 0
        ) as record_requests,
        sum(counted.with_subject) filter (
            where profile.resource_kind = 'record' and profile.data_level > 0
        ) as subject_id,
        sum(counted.records) filter (
            where profile.resource_kind = 'list' and profile.data_level > 0
        ) as list_requests,
        sum(counted.records) filter (
            where profile.resource_kind = 'export' and profile.data_level > 0
        ) as export_requests,
        sum(counted.records) filter (where profile.resource_kind = 'admin') as admin_requests,
        sum(counted.records) filter (where profile.resource_kind = 'login') as login_requests,
        sum(counted.records) filter (where profile.resource_kind = 'logout') as logout_requests,
        sum(counted.records) filter (where profile.login_result = 'failure') as login_failures,
        sum(counted.records) filter (where profile.login_result = 'success') as login_successes
    from profile_day as counted
    inner join lake.request_profile as profile
        on profile.request_profile_id = counted.request_profile_id
    group by counted.log_date, profile.site_id
),

user_count as (
    select
        log_date, site_id,
        count(*) as user_id,
        count(*) filter (where data_level > 0 and is_access(status)) as personal_user_id,
        count(user_type) as user_type
    from named_request
    group by log_date, site_id
),

failure_count as (
    select log_date, site_id, count(coalesce(user_id, subject_id)) as named_failures
    from noted_request
    where login_result = 'failure'
    group by log_date, site_id
),

-- So that a day on which nothing could be read is not taken for one that was not counted.
reject_site as (
    select distinct log_date, site_id
    from lake.reject
    where log_date in (select unnest($days::date[]))
)

select
    log_date, site_id,
    coalesce(columns(* exclude (log_date, site_id)), 0)
from reject_site
full join site_count using (log_date, site_id)
left join user_count using (log_date, site_id)
left join failure_count using (log_date, site_id)
