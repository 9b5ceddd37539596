-- The tries of an address, or of a group of addresses: each site with so many accounts is named, of fewer
-- at each of several the one with most.
with by_site as (
    select source, site_id, count(distinct account) as accounts
    from guess
    where source is not null
    group by source, site_id
),
named as (
    select
        source, site_id,
        case
            when accounts >= $min_accounts then site_id
            else first(site_id) over (partition by source order by accounts desc, site_id desc)
        end as named_site
    from by_site
),
tried as (
    select
        named.named_site as site_id,
        case when guess.source.kind = 'ip' then 'ip' else 'site' end as actor_kind,
        case when guess.source.kind = 'ip' then guess.client_ip else named.named_site end as actor,
        guess.source.kind as source_kind,
        guess.* exclude (site_id, source), guess.site_id as guess_site_id
    from guess
    inner join named using (source, site_id)
    union all by name
    select
        guess.site_id, 'site' as actor_kind, guess.site_id as actor,
        'everywhere' as source_kind,
        guess.* exclude (site_id, source), guess.site_id as guess_site_id
    from guess
    inner join site_wide using (site_id, is_nameless)
    where guess.source is null and guess.place = 0
),
finding as (
    select
        site_id, actor_kind, actor,
        sum(failures) as failures,
        count(distinct (guess_site_id, account)) as accounts,
        count(distinct client_ip) as address_count,
        min(first_failure) as first_seen,
        max(last_failure) as last_seen,
        list_sort(list(distinct source_kind)) as sources,
        first_ten(list(distinct guess_site_id)) as sites,
        first_ten(list(distinct account) filter (where not is_nameless)) as users,
        first_ten(list(distinct client_ip)) as addresses,
        first_ten(list(distinct country) filter (where country is not null)) as countries
    from tried
    group by site_id, actor_kind, actor
),
hit as (
    select tried.site_id, tried.actor_kind, tried.actor,
        count(distinct (login.site_id, login.account)) as successes
    from (select distinct site_id, actor_kind, actor, client_ip, first_failure from tried) as tried
    inner join login
        on login.client_ip = tried.client_ip and login.time >= tried.first_failure
        and not login.is_failure and login.place = 0
    group by all
),
usual as (
    select site_id, max(expected) as expected, max(days) as days
    from site_wide
    group by site_id
)
select
    finding.site_id,
    finding.actor_kind,
    finding.actor,
    finding.first_seen,
    finding.last_seen,
    finding.failures::bigint as event_count,
    0 as subject_count,
    {
        'observed': finding.accounts,
        'expected': round(usual.expected, 1),
        'upper': $min_accounts,
        'unit': 'attempts',
        'baseline': case when usual.days > 0 then 'site' else 'none' end,
        'baseline_days': coalesce(usual.days, 0),
        'account_count': finding.accounts,
        'address_count': finding.address_count,
        'successes': coalesce(hit.successes, 0),
        'sources': finding.sources,
        'sites': finding.sites,
        'users': finding.users,
        'addresses': finding.addresses,
        'countries': finding.countries
    } as evidence,
    finding.accounts,
    coalesce(hit.successes, 0) as successes
from finding
left join hit using (site_id, actor_kind, actor)
left join usual on usual.site_id = finding.site_id and finding.actor_kind = 'site'
