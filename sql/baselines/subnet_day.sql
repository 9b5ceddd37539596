-- One row per site, day and subnet that named a user, tried to log in or asked for personal
-- data, of noted_request. Grouped by addresses first, which are numbers and few: subnets are texts.
with client as (
    select
        client_id, country, asn, subnet_of(client_ip) as subnet,
        min(client_id) over (partition by client_ip) as address
    from lake.client
    where client_ip is not null and client_id in (select client_id from noted_request)
),
request as (
    select
        request.log_date, request.site_id, request.user_id, request.user_source, request.data_level,
        request.status, request.login_result,
        client.address, client.subnet, client.country, client.asn,
        request.data_level > 0 and is_access(request.status) as is_personal
    from noted_request as request
    inner join client on client.client_id = request.client_id
    where request.user_id is not null or request.login_result is not null
        or request.data_level > 0
),
address as (
    select
        log_date, site_id, address,
        any_value(subnet) as subnet,
        min(country) as country,
        min(asn) as asn,
        count(*) as requests,
        count(*) filter (where login_result = 'failure') as login_failures,
        count(*) filter (where login_result = 'success') as login_successes,
        count(*) filter (where is_personal) as personal_accesses,
        count(*) filter (where is_personal and user_source is null) as anonymous_accesses,
        count(*) filter (where data_level > 0 and status in (401, 403, 404)) as refused
    from request
    group by log_date, site_id, address
),
people as (
    select
        log_date, site_id, subnet,
        count(distinct user_id) filter (where is_admitted(status, login_result)) as users,
        count(distinct user_id) filter (where login_result = 'failure') as failed_accounts
    from request
    where user_id is not null
    group by log_date, site_id, subnet
),
counted as (
    select
        log_date, site_id, subnet,
        min(country) as country,
        min(asn) as asn,
        sum(requests)::bigint as requests,
        count(*) as addresses,
        sum(login_failures)::bigint as login_failures,
        sum(login_successes)::bigint as login_successes,
        sum(personal_accesses)::bigint as personal_accesses,
        sum(anonymous_accesses)::bigint as anonymous_accesses,
        sum(refused)::bigint as refused
    from address
    group by log_date, site_id, subnet
)
select
    counted.*, coalesce(people.users, 0) as users,
    coalesce(people.failed_accounts, 0) as failed_accounts
from counted
left join people using (log_date, site_id, subnet)
