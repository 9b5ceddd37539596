with guess as (
    select
        pair.*,
        pair.agents = 1 and pair.failures >= $interval_failures
            and pair.gap_variation <= $interval_variation and pair.median_gap >= $interval_seconds
            and (pair.place > 0 or pair.user_type = 'system') as is_regular
    from login_pair as pair
    where not pair.is_slip
),
address_day as (
    select
        site_id, 'ip' as actor_kind, client_ip as actor, any_value(subnet) as subnet,
        sum(failures) as failures,
        sum(failures) filter (where place = 0) as strange_failures,
        sum(failures) filter (where is_regular) as interval_failures,
        count(distinct account) as accounts,
        max(failures) as most_on_account
    from guess
    group by site_id, client_ip
    having sum(failures) >= least($strange_in_window, $strange_a_day, $slow_failures, $burst_failures)
        -- Few tries on each of many accounts are password-spraying.
        and not (
            count(distinct account) >= $spray_accounts
            and sum(failures) <= $spray_tries * count(distinct account)
        )
),
-- Accounts that many addresses try. Whoever guesses names them, and their owners have done nothing.
account_day as (
    select
        site_id, account,
        sum(failures) as failures,
        sum(failures) filter (where is_regular) as interval_failures
    from guess
    where account is not null and place = 0
    group by site_id, account
    having (
            (count(distinct client_ip) >= $many_addresses
                and sum(failures) >= $account_failures)
            or (count(distinct client_ip) >= $some_addresses
                and sum(failures) >= $strange_a_day)
        )
        -- A phone changes its address within one network while its owner tries to remember.
        and (count(distinct network) > 1 or sum(failures) >= $strange_a_day)
        and max(failures) <= $top_address_share * sum(failures)
),
guessed_site as (
    select
        site_id, 'site' as actor_kind, site_id as actor, null::varchar as subnet,
        sum(failures) as failures,
        sum(failures) as strange_failures,
        sum(interval_failures) as interval_failures,
        count(*) as accounts,
        max(failures) as most_on_account
    from account_day
    group by site_id
    -- Many accounts tried so at once are one campaign, which password-spraying reports.
    having count(*) < $spray_accounts
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
        and (login.place = 0 or not login.is_failure)
    semi join account_day
        on account_day.site_id = login.site_id and account_day.account = login.account
),
-- Successes of an account that never failed here say nothing about the guessing: an attacker
-- may log in to an account of their own between the tries.
counted as (
    select
        attempt.*,
        not is_failure and (
            account is null
            or bool_or(is_failure) over (partition by site_id, actor_kind, actor, account)
        ) as is_counted_success,
        count(*) filter (where is_failure) over recent as failures_in_window,
        count(*) filter (where is_failure) over burst as failures_in_burst
    from attempt
    window
        recent as (
            partition by site_id, actor_kind, actor order by time
            range between to_minutes($window_minutes) preceding and current row
        ),
        burst as (
            partition by site_id, actor_kind, actor order by time
            range between to_seconds($burst_seconds) preceding and current row
        )
),
actor_day as (
    select
        site_id, actor_kind, actor,
        count(*) filter (where not is_failure) as successes,
        -- Where the log names no account of a failure, a crowd that gets in is counted by its heads:
        -- one account that gets in again and again is no crowd.
        greatest(
            count(*) filter (where is_counted_success),
            case
                when count(*) filter (where is_failure and account is not null) = 0
                    then least(
                        count(*) filter (where not is_failure),
                        $successes_each * count(distinct account) filter (where not is_failure)
                    )
                else 0
            end
        ) as counted_successes,
        max(failures_in_window) as worst_window,
        max(failures_in_burst) as worst_burst,
        count(distinct hour(time)) filter (where is_failure) as hours,
        min(time) filter (where is_failure) as first_seen,
        max(time) filter (where is_failure) as last_seen,
        max(time) filter (where is_counted_success and place = 0) as last_success_at,
        first_ten(list(distinct account) filter (where is_failure)) as users,
        first_ten(list(distinct client_ip) filter (where is_failure)) as addresses,
        count(distinct client_ip) filter (where is_failure) as address_count,
        first_ten(list(distinct country) filter (where is_failure and country is not null))
            as countries,
        any_value(user_type) filter (where is_failure) as user_type
    from counted
    group by site_id, actor_kind, actor
),
-- What the address's subnet does on other days: an old password somewhere fails every day.
habit as (
    select
        candidate.site_id, candidate.actor_kind, candidate.actor,
        count(*) as days,
        avg(subnet_day.login_failures) as mean,
        count(*) filter (
            where subnet_day.login_successes > 0 or subnet_day.personal_accesses > 0
        ) as peaceful_days,
        count(*) filter (
            where subnet_day.login_failures >= $habit_share * candidate.failures
        ) as days_alike
    from candidate
    inner join past.subnet_day
        on subnet_day.site_id = candidate.site_id and subnet_day.subnet = candidate.subnet
    group by all
),
guessing as (
    select
        candidate.*,
        actor_day.* exclude (site_id, actor_kind, actor, addresses),
        actor_day.addresses as address_list,
        coalesce(habit.days, 0) as habit_days,
        coalesce(habit.mean, 0) as habit_mean,
        coalesce(habit.peaceful_days, 0) as peaceful_days,
        coalesce(habit.days_alike, 0) >= $habit_days as is_habit,
        coalesce(candidate.interval_failures, 0) >= $interval_share * candidate.failures as is_regular,
        coalesce(candidate.strange_failures, 0) >= half(candidate.failures) as is_strange,
        actor_day.last_success_at is not null and actor_day.last_success_at > actor_day.first_seen
            as is_success_after
    from candidate
    inner join actor_day using (site_id, actor_kind, actor)
    left join habit using (site_id, actor_kind, actor)
    where candidate.failures
        >= $min_failure_share * (candidate.failures + actor_day.counted_successes)
),
guessed as (
    select
        guessing.*,
        case
            when actor_kind = 'site' then true
            when is_strange
                then worst_window >= $strange_in_window or failures >= $strange_a_day
                    -- An old password in somebody's app fails slowly too, from where they are known.
                    or (
                        failures >= $slow_failures and hours >= $slow_hours
                        and successes = 0 and peaceful_days = 0
                    )
            else
                (worst_window >= $home_in_window or failures >= $home_a_day)
                and (accounts = 0 or most_on_account >= $strange_in_window)
                and failures >= $home_ratio * habit_mean
        end as is_many
    from guessing
),
judged as (
    select
        guessed.*,
        row_number() over (
        partition by site_id, actor_kind
        order by is_regular or is_habit or not is_many, is_success_after desc, failures desc, actor
        ) as number
    from guessed
    -- A few tries faster than hands make are for the record, where nobody is known.
    where is_many or (actor_kind = 'ip' and is_strange and worst_burst >= $burst_failures)
),
hourly as (
    select counted.site_id, counted.actor_kind, counted.actor, hour(counted.time) as hour,
        count(*) filter (where counted.is_failure) as failures
    from counted
    semi join judged using (site_id, actor_kind, actor)
    group by all
),
rhythm as (
    select site_id, actor_kind, actor,
        list({'hour': hour, 'value': failures} order by hour) as hours
    from hourly
    group by all
)
select
    judged.site_id,
    judged.actor_kind,
    judged.actor,
    judged.first_seen,
    greatest(judged.last_seen, coalesce(judged.last_success_at, judged.last_seen)) as last_seen,
    judged.failures::bigint as event_count,
    0 as subject_count,
    {
        'observed': judged.failures,
        'expected': round(judged.habit_mean, 1),
        'upper': case
            when judged.actor_kind = 'site' then $account_failures
            when judged.is_strange then $strange_a_day
            else $home_a_day
        end,
        'unit': 'failures',
        'baseline': case when judged.habit_days > 0 then 'site' else 'none' end,
        'baseline_days': judged.habit_days,
        'worst_window': judged.worst_window,
        'successes': judged.successes,
        'address_count': judged.address_count,
        'account_count': judged.accounts,
        'is_known_place': not judged.is_strange,
        'user_type': judged.user_type,
        'reason': case
            when judged.is_regular then 'steady_beat'
            when judged.is_habit then 'habit_of_network'
        end,
        'series': rhythm.hours,
        'users': judged.users,
        'addresses': judged.address_list,
        'countries': judged.countries
    } as evidence,
    judged.failures,
    judged.is_regular,
    judged.is_habit,
    judged.is_many,
    judged.number,
    judged.is_success_after
from judged
left join rhythm using (site_id, actor_kind, actor)
