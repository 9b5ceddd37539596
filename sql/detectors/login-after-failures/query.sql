with guesser as (
    select kind, key, guessed_accounts as accounts
    from login_group
    where guessed_accounts >= $min_outside_share * (guessed_accounts + admitted_accounts)
        and case
            when kind = 'ip' then strange_accounts >= $stuffing_accounts
            else strange_accounts >= $group_accounts and addresses >= $many_addresses
        end
),
success as (
    select
        login.*,
        row_number() over (
            partition by site_id, account, client_ip order by time
        ) as number
    from login
    where not is_failure and account is not null
),
stuffed_origin as (
    select
        success.site_id, success.account, success.client_ip, success.time,
        unnest([
            {'kind': 'ip', 'key': success.client_ip},
            {'kind': 'block', 'key': success.subnet},
            {'kind': 'network', 'key': success.network},
            {'kind': 'provider', 'key': success.asn::varchar},
            {'kind': 'agent', 'key': success.agent_id::varchar}
        ]) as origin
    from success
    where success.place = 0 and success.number = 1
),
-- Got in from where a list of accounts is being worked through.
stuffed as (
    select stuffed_origin.site_id, stuffed_origin.account, stuffed_origin.client_ip,
        stuffed_origin.time, max(guesser.accounts) as list_accounts,
        bool_or(guesser.kind in ('ip', 'block')) as is_same_origin
    from stuffed_origin
    inner join guesser
        on guesser.kind = stuffed_origin.origin.kind and guesser.key = stuffed_origin.origin.key
    group by all
),
tried_account as (
    select site_id, account,
        count(distinct client_ip) filter (where place = 0) as strange_addresses
    from login_pair
    where account is not null
    group by site_id, account
    having sum(failures) >= least($alien_failures, $machine_failures)
),
attempt as (
    select
        login.*,
        tried_account.strange_addresses,
        count(*) filter (where not is_failure and place > 0) over (
            partition by site_id, account order by time, is_failure desc
            rows between unbounded preceding and 1 preceding
        ) as owner_logins,
        epoch(time) - epoch(lag(time) over (
            partition by site_id, account, client_ip order by time
        )) as seconds
    from login
    inner join tried_account using (site_id, account)
),
-- The failures before each log-in; at a place that the account knows, since it was last let in there.
run as (
    select
        attempt.*,
        count(*) filter (where is_failure) over here as failures_here,
        count(*) filter (where is_failure and seconds <= $machine_gap_seconds) over here
            as machine_failures,
        avg(seconds) filter (where is_failure) over here as mean_gap,
        stddev_pop(seconds) filter (where is_failure) over here as gap_spread,
        count(*) filter (where is_failure and place = 0) over anywhere as strange_failures
    from attempt
    window
        here as (
            partition by site_id, account, client_ip,
                case when place = 0 then 0 else owner_logins end
            order by time, is_failure desc
            rows between unbounded preceding and current row
        ),
        anywhere as (
            partition by site_id, account order by time, is_failure desc
            rows between unbounded preceding and current row
        )
),
guessed as (
    select
        site_id, account, client_ip, time, place, own_days,
        greatest(failures_here, case when place = 0 then strange_failures else 0 end) as failures,
        place > 0 and failures_here >= $near_failures and gap_spread <= $interval_variation * mean_gap
            and mean_gap >= $interval_seconds as is_regular
    from run
    where not is_failure
        and case place
            when 0 then
                failures_here >= case
                    when own_days = 0 then $newcomer_failures
                    when own_days >= $enough_days and not is_known_browser then $alien_failures
                    else $run_failures
                end
                or machine_failures >= $machine_failures
                -- Of an account without a place of its own, failures elsewhere say nothing of whoever
                -- is let in: anybody may have tried it.
                or (
                    strange_failures >= $run_failures and strange_addresses >= $many_addresses
                    and (own_days >= $enough_days or failures_here > 0)
                )
                or (strange_failures >= $newcomer_failures and own_days >= $enough_days)
            when 1 then
                failures_here >= case
                    when own_days >= $enough_days and not is_known_browser then $run_failures
                    else $near_failures
                end
            else failures_here >= $home_failures
        end
),
-- Failures that name nobody, then somebody is let in from the same address.
nameless as (
    select
        login.*,
        count(*) filter (where is_failure and account is null) over recent as failures,
        count(*) filter (where not is_failure) over recent as successes
    from login
    semi join (
        select client_ip
        from login_pair
        where account is null
        group by client_ip
        having sum(failures) >= least($nameless_failures, $run_failures)
    ) using (client_ip)
    window recent as (
        partition by site_id, client_ip order by time
        range between to_hours($nameless_hours::int) preceding and current row
    )
),
nameless_hit as (
    select nameless.site_id, nameless.account, nameless.client_ip, nameless.time,
        nameless.place, nameless.own_days, nameless.failures, nameless.agent_id
    from nameless
    where not nameless.is_failure
        and nameless.place = 0
        and nameless.failures >= case
            when nameless.own_days >= $enough_days and not nameless.is_known_browser
                then $run_failures
            else $nameless_failures
        end
        and nameless.successes <= (1 - $min_outside_share) * nameless.failures
    qualify row_number() over (
        partition by nameless.site_id, nameless.client_ip order by nameless.time
    ) = 1
),
follower as (
    select nameless_hit.site_id, nameless_hit.client_ip,
        arg_min(request.user_id, request.time) as account
    from nameless_hit
    inner join day_request as request
        on request.site_id = nameless_hit.site_id and request.client_ip = nameless_hit.client_ip
        and request.time between nameless_hit.time
            and nameless_hit.time + to_minutes($follow_minutes)
    where nameless_hit.account is null
        and request.user_id is not null
        and request.agent_id = nameless_hit.agent_id
    group by all
),
hit as (
    select site_id, 'user' as actor_kind, account as actor, client_ip, time, failures,
        place, own_days, is_regular, 0 as list_accounts, true as is_same_origin
    from guessed
    union all by name
    select
        stuffed.site_id, 'user' as actor_kind, stuffed.account as actor, stuffed.client_ip,
        stuffed.time, coalesce(pair.failures, 0) as failures, 0 as place,
        coalesce(pair.own_days, 0) as own_days, false as is_regular, stuffed.list_accounts,
        stuffed.is_same_origin
    from stuffed
    left join login_pair as pair
        on pair.site_id = stuffed.site_id and pair.account = stuffed.account
        and pair.client_ip = stuffed.client_ip
    union all by name
    select
        nameless_hit.site_id,
        case
            when coalesce(nameless_hit.account, follower.account) is null then 'ip' else 'user'
        end as actor_kind,
        coalesce(nameless_hit.account, follower.account, nameless_hit.client_ip) as actor,
        nameless_hit.client_ip, nameless_hit.time, nameless_hit.failures, nameless_hit.place,
        nameless_hit.own_days, false as is_regular, 0 as list_accounts, true as is_same_origin
    from nameless_hit
    left join follower using (site_id, client_ip)
),
finding as (
    select
        site_id, actor_kind, actor,
        min(time) as success_at,
        arg_min(client_ip, time) as login_from,
        min(place) as place,
        max(own_days) as own_days,
        max(failures) as failures,
        max(list_accounts) as list_accounts,
        bool_and(list_accounts > 0) as is_by_list,
        bool_or(is_same_origin or failures > 0) as is_by_guesser,
        bool_and(is_regular) as is_regular,
        count(*) as successes,
        first_ten(list(distinct client_ip)) as addresses
    from hit
    group by site_id, actor_kind, actor
),
-- What was seen afterwards from there, under the name or by whoever that address is now.
seen as (
    select
        finding.site_id, finding.actor_kind, finding.actor,
        count(*) as accesses,
        count(distinct request.subject_id) as subjects,
        max(request.data_level) as data_level,
        max(request.time) as last_seen,
        first_ten(list(distinct request.subject_id)) as subject_ids
    from finding
    inner join day_request as request
        on request.site_id = finding.site_id and request.client_ip = finding.login_from
        and request.time >= finding.success_at
    where request.is_personal
        and (
            request.user_id is null or finding.actor_kind = 'ip'
            or request.user_id = finding.actor
        )
    group by all
),
country as (
    select finding.site_id, finding.actor,
        first_ten(list(distinct login.country) filter (where login.country is not null))
            as countries,
        min(login.time) filter (where login.is_failure) as first_failure
    from finding
    inner join login
        on login.site_id = finding.site_id
        and (login.account = finding.actor or login.client_ip = finding.login_from)
        and login.time <= finding.success_at
    group by all
)
select
    finding.site_id,
    finding.actor_kind,
    finding.actor,
    least(coalesce(country.first_failure, finding.success_at), finding.success_at) as first_seen,
    greatest(finding.success_at, coalesce(seen.last_seen, finding.success_at)) as last_seen,
    greatest(1, finding.failures)::bigint as event_count,
    coalesce(seen.subjects, 0)::bigint as subject_count,
    {
        'observed': case when finding.is_by_list then finding.list_accounts else finding.failures end,
        'expected': 0,
        'upper': case
            when finding.is_by_list then $stuffing_accounts
            when finding.place = home_place() then $home_failures
            when finding.place > 0 then $near_failures
            else $run_failures
        end,
        'unit': case when finding.is_by_list then 'accounts' else 'failures' end,
        'failures_of_account': case when finding.is_by_list then finding.failures end,
        'preceded_by': case
            when finding.is_by_list then 'accounts_of_a_list' else 'own_failures'
        end,
        'baseline': case when finding.own_days > 0 then 'own' else 'none' end,
        'baseline_days': finding.own_days,
        'successes': finding.successes,
        'success_at': strftime(finding.success_at, '%H:%M:%S'),
        'login_from': finding.login_from,
        'is_known_place': finding.place > 0,
        'list_accounts': nullif(finding.list_accounts, 0),
        'event_count_after': coalesce(seen.accesses, 0),
        'data_level': seen.data_level,
        'subjects': seen.subject_ids,
        'addresses': finding.addresses,
        'countries': country.countries
    } as evidence,
    finding.failures,
    finding.list_accounts,
    finding.is_regular,
    finding.is_by_guesser,
    finding.place = home_place() as is_at_home,
    coalesce(seen.accesses, 0) as accesses,
    coalesce(seen.subjects, 0) as subjects
from finding
left join seen using (site_id, actor_kind, actor)
left join country on country.site_id = finding.site_id and country.actor = finding.actor
