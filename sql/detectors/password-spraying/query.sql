-- Where the log names no accounts: failures of addresses that nobody got in from.
with nameless as (
    select pair.site_id, pair.client_ip, pair.subnet, pair.country, pair.place, pair.failures,
        pair.first_failure, pair.last_failure
    from login_pair as pair
    where pair.account is null
        and pair.failures <= $max_tries
        and not exists (
            select 1
            from login
            where login.site_id = pair.site_id and login.client_ip = pair.client_ip
                and not login.is_failure
        )
),
nameless_site as (
    select nameless.site_id
    from nameless
    inner join site_expected using (site_id)
    group by nameless.site_id
    having count(*) >= $site_accounts
        and sum(nameless.failures) >= $site_ratio * any_value(site_expected.expected_failures)
        and nb_tail(
            sum(nameless.failures),
            any_value(site_expected.expected_failures), any_value(site_expected.dispersion)
        ) <= $max_p
),
-- The most failures of a day that the subnets of such addresses have had before.
past_subnet as (
    select subnet, max(failures) as most_failures
    from (
        select subnet, log_date, sum(login_failures) as failures
        from past.subnet_day
        where subnet in (select login_pair.subnet from login_pair where account is null)
        group by subnet, log_date
    )
    group by subnet
),
let_in as (
    select subnet, count(distinct client_ip) as addresses
    from login
    where not is_failure
    group by subnet
),
-- Many addresses of one subnet that try now and then, hardly any of which is let in.
nameless_subnet as (
    select nameless.site_id, nameless.subnet
    from nameless
    left join past_subnet using (subnet)
    left join let_in using (subnet)
    where nameless.subnet is not null
    group by nameless.site_id, nameless.subnet
    having count(*) >= $min_accounts
        and count(*) >= $min_outside_share * (count(*) + coalesce(any_value(let_in.addresses), 0))
        and sum(nameless.failures) >= greatest(
            $site_accounts, $home_ratio * coalesce(any_value(past_subnet.most_failures), 0)
        )
),
-- One address that fails at one site after the other and is let in at none.
roamer as (
    select
        pair.client_ip,
        arg_max(pair.site_id, (pair.failures, pair.site_id)) as site_id
    from login_pair as pair
    left join past_subnet using (subnet)
    where pair.account is null
    group by pair.client_ip
    having count(distinct pair.site_id) >= $roaming_sites
        and sum(pair.failures) >= greatest(
            $roaming_failures, $home_ratio * coalesce(any_value(past_subnet.most_failures), 0)
        )
        and not exists (
            select 1 from login where login.client_ip = pair.client_ip and not login.is_failure
        )
),
tried as (
    select
        site_id, actor_kind, actor, source_kind,
        guess_site_id, account, client_ip, country, failures, place, first_failure, last_failure
    from sprayed
    union all by name
    select
        guess.site_id, 'site' as actor_kind, guess.site_id as actor,
        'everywhere' as source_kind,
        guess.site_id as guess_site_id, guess.account, guess.client_ip, guess.country,
        guess.failures, guess.place, guess.first_failure, guess.last_failure
    from guess
    inner join site_wide using (site_id)
    where site_wide.chance <= $max_p
        and guess.group_kind is null and not guess.is_address_spraying
        and guess.place = 0
    union all by name
    select
        nameless.site_id, 'site' as actor_kind, nameless.site_id as actor,
        case when nameless_site.site_id is not null then 'everywhere' else 'block' end
            as source_kind,
        nameless.site_id as guess_site_id, null::varchar as account, nameless.client_ip,
        nameless.country, nameless.failures, nameless.place, nameless.first_failure,
        nameless.last_failure
    from nameless
    left join nameless_site on nameless_site.site_id = nameless.site_id
    left join nameless_subnet
        on nameless_subnet.site_id = nameless.site_id and nameless_subnet.subnet = nameless.subnet
    where nameless_site.site_id is not null or nameless_subnet.site_id is not null
    union all by name
    select
        roamer.site_id, 'ip' as actor_kind, roamer.client_ip as actor,
        'ip' as source_kind,
        pair.site_id as guess_site_id, null::varchar as account, pair.client_ip,
        pair.country, pair.failures, pair.place, pair.first_failure, pair.last_failure
    from login_pair as pair
    inner join roamer using (client_ip)
    where pair.account is null
),
finding as (
    select
        site_id, actor_kind, actor,
        sum(failures) as failures,
        greatest(
            count(distinct (guess_site_id, account)) filter (where account is not null),
            count(distinct (guess_site_id, client_ip)) filter (where account is null)
        ) as accounts,
        count(distinct (guess_site_id, account)) filter (where place = 0 and account is not null)
            as strange_accounts,
        count(distinct client_ip) as address_count,
        min(first_failure) as first_seen,
        max(last_failure) as last_seen,
        list_sort(list(distinct source_kind)) as sources,
        first_ten(list(distinct guess_site_id)) as sites,
        first_ten(list(distinct account)) as users,
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
        'expected': round(site_expected.expected, 1),
        'upper': $min_accounts,
        'unit': 'attempts',
        'baseline': case when site_expected.days > 0 then 'site' else 'none' end,
        'baseline_days': coalesce(site_expected.days, 0),
        'account_count': finding.accounts,
        'strange_accounts': finding.strange_accounts,
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
left join site_expected on site_expected.site_id = finding.site_id
