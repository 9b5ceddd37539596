-- One row per known site and day in $days (date[]): the profile that lake.site_day keeps. A site
-- that brought nothing has a row of zeros. Requests are those of profile_day, users those of noted_request. [none]
with day as (
    select distinct unnest($days::date[]) as log_date
),

people as (
    select
        request.log_date, request.site_id,
        count(distinct request.user_id) as users,
        count(distinct request.user_id) filter (where request.login_result = 'failure')
            as failed_accounts
    from noted_request as request
    where request.user_id is not null
    group by request.log_date, request.site_id
),

record_profile as (
    select
        counted.log_date,
        profile.site_id,
        sum(counted.records) as records,
        bit_count(bit_or(counted.hours)) as hours_with_records,
        min(counted.first_time) as first_time,
        max(counted.last_time) as last_time,
        sum(counted.records - counted.with_ip) as ip_missing,
        sum(counted.records - counted.with_agent) as agent_missing,
        coalesce(sum(counted.records) filter (where profile.method is null), 0) as request_missing,
        sum(counted.records - counted.with_status) as status_missing,
        coalesce(
            sum(counted.records) filter (where not list_contains(site.domains, profile.site_domain)), 0
        ) as domain_foreign,
        sum(counted.bot_records) as bot_records,
        sum(counted.client_errors) as client_errors,
        sum(counted.server_errors) as server_errors,
        sum(counted.not_found) as not_found,
        coalesce(sum(counted.records) filter (where profile.login_result = 'failure'), 0)
            as login_failures,
        coalesce(sum(counted.records) filter (where profile.login_result = 'success'), 0)
            as login_successes,
        coalesce(sum(counted.accesses) filter (where profile.data_level > 0), 0)
            as personal_accesses,
        sum(counted.bytes) as bytes
    from profile_day as counted
    inner join lake.request_profile as profile
        on profile.request_profile_id = counted.request_profile_id
    left join lake.site as site on site.site_id = profile.site_id
    group by counted.log_date, profile.site_id
),

reject_profile as (
    select reject.log_date, reject.site_id, count(*) as rejects
    from lake.reject as reject
    inner join day on day.log_date = reject.log_date
    group by reject.log_date, reject.site_id
),

known_site as (
    select site.site_id from lake.site as site
    union
    select record_profile.site_id from record_profile
    union
    select reject_profile.site_id from reject_profile
)

select
    day.log_date,
    known_site.site_id,
    (coalesce(seen.records, 0) + coalesce(refused.rejects, 0))::ubigint as lines,
    coalesce(seen.records, 0)::ubigint as records,
    coalesce(refused.rejects, 0)::ubigint as rejects,
    coalesce(seen.hours_with_records, 0)::utinyint as hours_with_records,
    seen.first_time,
    seen.last_time,
    coalesce(seen.ip_missing, 0)::ubigint as ip_missing,
    coalesce(seen.agent_missing, 0)::ubigint as agent_missing,
    coalesce(seen.request_missing, 0)::ubigint as request_missing,
    coalesce(seen.status_missing, 0)::ubigint as status_missing,
    coalesce(seen.domain_foreign, 0)::ubigint as domain_foreign,
    coalesce(people.users, 0)::ubigint as users,
    coalesce(seen.bot_records, 0)::ubigint as bot_records,
    coalesce(seen.client_errors, 0)::ubigint as client_errors,
    coalesce(seen.server_errors, 0)::ubigint as server_errors,
    coalesce(seen.personal_accesses, 0)::ubigint as personal_accesses,
    least(coalesce(seen.bytes, 0), 18446744073709551615)::ubigint as bytes,
    coalesce(seen.login_failures, 0)::ubigint as login_failures,
    coalesce(seen.login_successes, 0)::ubigint as login_successes,
    coalesce(people.failed_accounts, 0)::ubigint as failed_accounts,
    coalesce(seen.not_found, 0)::ubigint as not_found
from known_site
cross join day
left join record_profile as seen
    on seen.log_date = day.log_date and seen.site_id = known_site.site_id
left join reject_profile as refused
    on refused.log_date = day.log_date and refused.site_id = known_site.site_id
left join people on people.log_date = day.log_date and people.site_id = known_site.site_id
