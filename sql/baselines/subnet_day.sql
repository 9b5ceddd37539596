-- One row per site, day and subnet that named a user, tried to log in or asked for personal
-- data, for the days in $days.
with request as (
    select
        request.*,
        client.country, client.asn, client.client_ip,
        subnet_of(client.client_ip) as subnet,
        request.data_level > 0 and is_access(request.status) as is_personal
    from lake.user_request as request
    inner join lake.client as client on client.client_id = request.client_id
    where request.log_date in (select unnest($days::date[]))
        and (
            request.user_id is not null or request.login_result is not null
            or request.data_level > 0
        )
        and client.client_ip is not null
)
select
    log_date,
    site_id,
    subnet,
    min(country) as country,
    min(asn) as asn,
    count(*) as requests,
    count(distinct user_id) filter (
        where is_admitted(status, login_result)
    ) as users,
    count(distinct client_ip) as addresses,
    count(*) filter (where login_result = 'failure') as login_failures,
    count(*) filter (where login_result = 'success') as login_successes,
    count(distinct user_id) filter (where login_result = 'failure') as failed_accounts,
    count(*) filter (where is_personal) as personal_accesses,
    count(*) filter (where is_personal and user_source is null) as anonymous_accesses,
    count(*) filter (where data_level > 0 and status in (401, 403, 404)) as refused
from request
group by log_date, site_id, subnet
