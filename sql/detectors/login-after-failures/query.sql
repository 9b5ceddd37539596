-- The log-ins and what failed before each: for the account at the same address, for the account at strange
-- places, and, where the log names nobody, at the same address.
with run as (
    select
        login.*,
        count(*) filter (where is_failure) over here as failures_here,
        count(*) filter (where is_failure and place = 0) over anywhere as strange_failures,
        count(*) filter (where is_failure and account is null) over address as nameless_failures,
        count(*) filter (where not is_failure) over address as logins_there,
        min(time) filter (where is_failure) over address as first_failure
    from login
    window
        here as (partition by site_id, client_ip, account order by time, is_failure desc),
        anywhere as (partition by site_id, account order by time, is_failure desc),
        address as (partition by site_id, client_ip order by time, is_failure desc)
),
success as (
    select
        site_id, account, client_ip, subnet, network, asn, agent_id, country, time, own_days, place,
        first_failure,
        greatest(
            case when account is not null then failures_here else 0 end,
            -- Of an account without places of its own, failures elsewhere say nothing of whoever is
            -- let in: anybody may have tried it.
            case
                when place = 0 and account is not null
                    and (own_days >= earned_days() or failures_here > 0)
                    then strange_failures
                else 0
            end,
            case
                when place = 0 and logins_there <= (1 - $outside_share) * nameless_failures
                    then nameless_failures
                else 0
            end
        ) as failures
    from run
    -- The same provider as ever and a known browser are most likely the owner's.
    where not is_failure
        and (place = 0 or (place < home_place() and account is not null and not is_known_browser))
),
origin as (
    select
        site_id, account, client_ip,
        unnest([
            {'kind': 'ip', 'key': client_ip},
            {'kind': 'block', 'key': subnet},
            {'kind': 'network', 'key': network},
            {'kind': 'provider', 'key': asn::varchar},
            {'kind': 'agent', 'key': agent_id::varchar}
        ]) as origin
    from success
    where place = 0 and account is not null
),
-- Got in from where a list of accounts is being worked through.
listed as (
    select origin.site_id, origin.account, origin.client_ip,
        max(login_group.guessed_accounts) as list_accounts,
        bool_or(login_group.kind in ('ip', 'block')) as is_same_origin
    from origin
    inner join login_group
        on login_group.kind = origin.origin.kind and login_group.key = origin.origin.key
    where login_group.strange_accounts >= $min_accounts
        and login_group.guessed_accounts
            >= $outside_share * (login_group.guessed_accounts + login_group.admitted_accounts)
        and (login_group.kind = 'ip' or login_group.top_accounts < half(login_group.guessed_accounts))
    group by origin.site_id, origin.account, origin.client_ip
),
hit as (
    select success.*, coalesce(listed.list_accounts, 0) as list_accounts,
        success.failures > 0 or listed.is_same_origin as is_by_guesser
    from success
    left join listed using (site_id, account, client_ip)
    where success.failures >= $strange_failures or listed.list_accounts > 0
),
-- Who was let in by a nameless log-in shows in the next request of the same browser there.
follower as (
    select hit.site_id, hit.client_ip, arg_min(request.user_id, request.time) as user_id
    from hit
    inner join day_request as request
        on request.site_id = hit.site_id and request.client_ip = hit.client_ip
        and request.agent_id = hit.agent_id and request.time >= hit.time
    where hit.account is null and request.user_id is not null
    group by hit.site_id, hit.client_ip
),
finding as (
    select
        hit.site_id,
        case when coalesce(hit.account, follower.user_id) is null then 'ip' else 'user' end
            as actor_kind,
        coalesce(hit.account, follower.user_id, hit.client_ip) as actor,
        min(hit.time) as success_at,
        min(hit.first_failure) as first_failure,
        arg_min(hit.client_ip, hit.time) as login_from,
        max(hit.own_days) as own_days,
        bool_and(hit.place > 0) as is_known_place,
        max(hit.failures) as failures,
        max(hit.list_accounts) as list_accounts,
        max(hit.failures) < $strange_failures as is_by_list,
        bool_or(hit.is_by_guesser) as is_by_guesser,
        count(*) as successes,
        first_ten(list(distinct hit.client_ip)) as addresses,
        first_ten(list(distinct hit.country) filter (where hit.country is not null)) as countries
    from hit
    left join follower
        on hit.account is null
        and follower.site_id = hit.site_id and follower.client_ip = hit.client_ip
    group by all
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
)
select
    finding.site_id,
    finding.actor_kind,
    finding.actor,
    coalesce(finding.first_failure, finding.success_at) as first_seen,
    greatest(finding.success_at, coalesce(seen.last_seen, finding.success_at)) as last_seen,
    greatest(1, finding.failures)::bigint as event_count,
    coalesce(seen.subjects, 0)::bigint as subject_count,
    {
        'observed': case when is_by_list then finding.list_accounts else finding.failures end,
        'expected': 0,
        'upper': case when is_by_list then $min_accounts else $strange_failures end,
        'unit': case when is_by_list then 'accounts' else 'failures' end,
        'failures_of_account': case when is_by_list then finding.failures end,
        'preceded_by': case when is_by_list then 'accounts_of_a_list' else 'own_failures' end,
        'baseline': case when finding.own_days > 0 then 'own' else 'none' end,
        'baseline_days': finding.own_days,
        'successes': finding.successes,
        'success_at': strftime(finding.success_at, '%H:%M:%S'),
        'login_from': finding.login_from,
        'is_known_place': finding.is_known_place,
        'list_accounts': nullif(finding.list_accounts, 0),
        'event_count_after': coalesce(seen.accesses, 0),
        'data_level': seen.data_level,
        'subjects': seen.subject_ids,
        'addresses': finding.addresses,
        'countries': finding.countries
    } as evidence,
    finding.failures,
    finding.list_accounts,
    finding.is_by_guesser,
    coalesce(seen.accesses, 0) as accesses,
    coalesce(seen.subjects, 0) as subjects
from finding
left join seen using (site_id, actor_kind, actor)
