-- What people mistype is no guess, nor is what a client repeats with an old password at a steady
-- interval, at a place where its account works.
with guess as (
    select *
    from login_pair
    where not is_slip
        and not coalesce(
            agents = 1 and gap_variation <= $steady_variation and median_gap >= $steady_seconds
            and (place > 0 or user_type = 'system'),
            false
        )
),
address_day as (
    select
        site_id, 'ip' as actor_kind, client_ip as actor, any_value(subnet) as subnet,
        sum(failures) as failures,
        coalesce(sum(failures) filter (where place = 0), 0) as strange_failures,
        count(distinct account) as accounts
    from guess
    group by site_id, client_ip
    having coalesce(sum(failures) filter (where place = 0), 0) >= $strange_failures
        or max(failures) >= $home_failures
),
-- Accounts that many addresses try. Whoever guesses names them, and their owners have done nothing.
account_day as (
    select site_id, account, sum(failures) as failures
    from guess
    where account is not null and place = 0
    group by site_id, account
    having sum(failures) >= $strange_failures
        and max(failures) <= $failure_share * sum(failures)
),
guessed_site as (
    select
        site_id, 'site' as actor_kind, site_id as actor, null::varchar as subnet,
        sum(failures) as failures,
        sum(failures) as strange_failures,
        count(*) as accounts
    from account_day
    group by site_id
),
candidate as (
    select * from address_day
    union all by name
    select * from guessed_site
),
attempt as (
    select candidate.actor_kind, candidate.actor, login.*
    from login
    inner join candidate
        on candidate.actor_kind = 'ip' and candidate.site_id = login.site_id
        and candidate.actor = login.client_ip
    union all
    select candidate.actor_kind, candidate.actor, login.*
    from login
    inner join candidate
        on candidate.actor_kind = 'site' and candidate.site_id = login.site_id
        and login.place = 0
    semi join account_day
        on account_day.site_id = login.site_id and account_day.account = login.account
),
-- A log-in of an account that never failed here is no fruit of the guessing.
tried as (
    select
        attempt.*,
        bool_or(is_failure) over (partition by site_id, actor_kind, actor, account) as is_tried
    from attempt
),
actor_day as (
    select
        site_id, actor_kind, actor,
        count(*) filter (where not is_failure) as successes,
        -- One account that gets in again and again is no crowd.
        count(distinct account) filter (where not is_failure)
        + count(*) filter (where not is_failure and account is null) as admitted,
        min(time) filter (where is_failure) as first_seen,
        max(time) filter (where is_failure) as last_failure_at,
        max(time) filter (where not is_failure and is_tried and place = 0) as last_success_at,
        hourly_counts(case when is_failure then time end) as series,
        first_ten(list(distinct account) filter (where is_failure)) as users,
        first_ten(list(distinct client_ip) filter (where is_failure)) as addresses,
        count(distinct client_ip) filter (where is_failure) as address_count,
        first_ten(list(distinct country) filter (where is_failure and country is not null))
            as countries,
        any_value(user_type) filter (where is_failure) as user_type
    from tried
    group by site_id, actor_kind, actor
),
-- What the address's subnet does on other days: an old password somewhere fails every day.
habit as (
    select
        candidate.site_id, candidate.actor,
        count(*) as days,
        avg(subnet_day.login_failures) as mean,
        count(*) filter (where subnet_day.login_failures >= half(candidate.failures)) as days_alike
    from candidate
    inner join past.subnet_day
        on subnet_day.site_id = candidate.site_id and subnet_day.subnet = candidate.subnet
    group by candidate.site_id, candidate.actor
),
judged as (
    select
        candidate.*,
        actor_day.* exclude (site_id, actor_kind, actor),
        coalesce(habit.days, 0) as days,
        coalesce(habit.mean, 0) as mean,
        coalesce(habit.days_alike, 0) >= $habit_days as is_habit,
        candidate.strange_failures >= $strange_failures as is_strange,
        coalesce(actor_day.last_success_at > actor_day.first_seen, false) as is_success_after
    from candidate
    inner join actor_day using (site_id, actor_kind, actor)
    left join habit using (site_id, actor)
    where candidate.failures >= $failure_share * (candidate.failures + actor_day.admitted)
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    greatest(last_failure_at, coalesce(last_success_at, last_failure_at)) as last_seen,
    failures::bigint as event_count,
    0 as subject_count,
    {
        'observed': failures,
        'expected': round(mean, 1),
        'upper': case when is_strange then $strange_failures else $home_failures end,
        'unit': 'failures',
        'baseline': case when days > 0 then 'site' else 'none' end,
        'baseline_days': days,
        'successes': successes,
        'address_count': address_count,
        'account_count': accounts,
        'is_known_place': not is_strange,
        'user_type': user_type,
        'reason': case when is_habit then 'habit_of_network' end,
        'series': series,
        'users': users,
        'addresses': addresses,
        'countries': countries
    } as evidence,
    failures,
    is_habit,
    is_success_after
from judged
