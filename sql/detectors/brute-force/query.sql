with login as (
    select
        request.site_id, client.client_ip, request.user_id, request.time,
        request.login_result = 'failure' as is_failure,
        request.login_result = 'success' as is_success,
        client.country
    from lake.request as request
    inner join lake.client as client on client.client_id = request.client_id
    where request.log_date = $date
        and request.login_result is not null
),
attempt as (
    select 'ip' as actor_kind, client_ip as actor, login.* from login where client_ip is not null
    union all
    select 'user' as actor_kind, user_id as actor, login.* from login where user_id is not null
),
-- Successes of an account that never failed here say nothing about the guessing: an attacker
-- may log in to an account of their own between the tries.
counted as (
    select
        attempt.*,
        is_success and (
            user_id is null
            or bool_or(is_failure) over (partition by site_id, actor_kind, actor, user_id)
        ) as is_counted_success
    from attempt
),
windowed as (
    select
        counted.*,
        count(*) filter (where is_failure) over recent as failures_in_window
    from counted
    window recent as (
        partition by site_id, actor_kind, actor order by time
        range between to_minutes($window_minutes) preceding and current row
    )
),
actor_day as (
    select
        site_id, actor_kind, actor,
        count(*) filter (where is_failure) as failures,
        count(*) filter (where is_success) as successes,
        count(*) filter (where is_counted_success) as counted_successes,
        max(failures_in_window) as worst_window,
        max(time) filter (where is_failure) as last_failure_at,
        max(time) filter (where is_success) as last_success_at,
        min(time) filter (where is_failure) as first_seen,
        max(time) as last_seen,
        count(distinct client_ip) filter (where is_failure) as address_count,
        list_sort(list(distinct user_id) filter (where user_id is not null))[1:10] as users,
        list_sort(list(distinct client_ip))[1:10] as addresses,
        list_sort(list(distinct country) filter (where country is not null)) as countries
    from windowed
    group by all
),
guessing as (
    select
        actor_day.*,
        last_success_at is not null and last_success_at > first_seen as is_success_after
    from actor_day
    where (worst_window >= $min_failures or failures >= $min_failures_a_day)
        and failures >= $min_failure_share * (failures + counted_successes)
        and (actor_kind = 'ip' or address_count >= $account_addresses)
),
hourly as (
    select attempt.site_id, attempt.actor_kind, attempt.actor, hour(attempt.time) as hour,
        count(*) filter (where attempt.is_failure) as failures
    from attempt
    semi join guessing using (site_id, actor_kind, actor)
    group by all
),
rhythm as (
    select site_id, actor_kind, actor,
        list({'hour': hour, 'value': failures} order by hour) as hours
    from hourly
    group by all
)
select
    guessing.site_id,
    guessing.actor_kind,
    guessing.actor,
    case
        when guessing.is_success_after or guessing.failures >= $insistent_failures then 'high'
        else 'medium'
    end as severity,
    least(100,
        30 + 12 * log10(guessing.failures) + case when guessing.is_success_after then 25 else 0 end
    ) as score,
    guessing.first_seen,
    guessing.last_seen,
    guessing.failures as event_count,
    0 as subject_count,
    {
        'observed': guessing.failures,
        'upper': $min_failures,
        'unit': 'failures',
        'worst_window': guessing.worst_window,
        'successes': guessing.successes,
        'series': rhythm.hours,
        'users': guessing.users,
        'addresses': guessing.addresses,
        'countries': guessing.countries
    } as evidence
from guessing
left join rhythm using (site_id, actor_kind, actor)
