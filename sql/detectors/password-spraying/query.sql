with login_source as (
    select
        login_group.*,
        case kind when 'ip' then subnet_of(key) when 'block' then key end as subnet
    from login_group
),
usual_subnet as (
    select subnet, max(failed_accounts) as most_failed
    from past.subnet_day
    where subnet in (select subnet from login_source)
    group by subnet
),
-- A subnet that has tried a few accounts on each of several days, and let nobody work: one list, slowly.
slow_subnet as (
    select subnet_day.subnet
    from lake.subnet_day as subnet_day
    where subnet_day.log_date between $date - $slow_days::int and $date - 1
        and subnet_day.subnet in (
            select login_group.key from login_group
            where login_group.kind = 'block' and login_group.strange_accounts > 0
        )
    group by subnet_day.subnet
    having count(distinct subnet_day.log_date) filter (where subnet_day.failed_accounts > 0)
            >= $slow_min_days
        and sum(subnet_day.failed_accounts) >= $slow_accounts
        and sum(subnet_day.failed_accounts)
            >= $slow_accounts_per_day * count(distinct subnet_day.log_date)
        and sum(subnet_day.users) = 0
),
-- A network with many addresses that all guess is one attack; so is one whose guessing comes from one.
spraying as (
    select login_source.*
    from login_source
    left join usual_subnet using (subnet)
    where login_source.guessed_accounts
            >= $min_outside_share * (login_source.guessed_accounts + login_source.admitted_accounts)
        and (
            login_source.strange_accounts >= $min_accounts
            or (
                login_source.kind = 'ip'
                and login_source.strange_accounts >= $slow_accounts_per_day
                and login_source.subnet in (select slow_subnet.subnet from slow_subnet)
            )
            or (
                login_source.kind in ('ip', 'block')
                and login_source.guessed_accounts
                    >= greatest($home_accounts, $home_ratio * coalesce(usual_subnet.most_failed, 0))
            )
        )
        and (
            login_source.kind = 'ip'
            or (
                login_source.addresses >= $many_addresses
                and login_source.top_accounts <= $top_share * login_source.guessed_accounts
            )
        )
        and (
            login_source.kind <> 'ip'
            or login_source.failures <= $max_tries * login_source.guessed_accounts
        )
),
origin as (
    select
        pair.site_id, pair.client_ip, pair.account,
        unnest([
            {'kind': 'ip', 'key': pair.client_ip},
            {'kind': 'block', 'key': pair.subnet},
            {'kind': 'network', 'key': pair.network},
            {'kind': 'provider', 'key': pair.asn::varchar},
            {'kind': 'agent', 'key': pair.agent_id::varchar}
        ]) as origin
    from login_pair as pair
    where not pair.is_slip and pair.account is not null
),
-- The group of addresses that says most about where a try comes from.
belonging as (
    select
        origin.site_id, origin.client_ip, origin.account,
        arg_max(
            {'kind': spraying.kind, 'key': spraying.key},
            (spraying.guessed_accounts, spraying.kind, spraying.key)
        ) filter (where spraying.kind <> 'ip') as widest,
        bool_or(spraying.kind = 'ip') as is_address_spraying
    from origin
    inner join spraying
        on spraying.kind = origin.origin.kind and spraying.key = origin.origin.key
    group by all
),
guess as (
    select
        pair.*,
        belonging.widest.kind as group_kind,
        belonging.widest.key as group_key,
        coalesce(belonging.is_address_spraying, false) as is_address_spraying
    from login_pair as pair
    left join belonging using (site_id, client_ip, account)
    where not pair.is_slip and pair.account is not null
),
-- What one address, or one group of addresses, did at each site; the site with most is named.
by_source as (
    select
        case when group_kind is null then 'ip' else 'site' end as actor_kind,
        coalesce(group_kind, 'ip') as source_kind,
        coalesce(group_key, client_ip) as source,
        site_id,
        count(distinct account) as accounts,
        sum(failures) as failures
    from guess
    where group_kind is not null or is_address_spraying
    group by all
),
source as (
    select
        actor_kind, source_kind, source,
        arg_max(site_id, (accounts, site_id)) as site_id,
        first_ten(list(site_id)) as sites
    from by_source
    group by all
),
sprayed as (
    select
        source.site_id, source.actor_kind,
        case when source.actor_kind = 'ip' then source.source else source.site_id end as actor,
        source.source_kind, source.sites,
        guess.site_id as guess_site_id, guess.account, guess.client_ip, guess.country,
        guess.failures, guess.place, guess.first_failure, guess.last_failure
    from guess
    inner join source
        on source.source_kind = coalesce(guess.group_kind, 'ip')
        and source.source = coalesce(guess.group_key, guess.client_ip)
    where guess.group_kind is not null or guess.is_address_spraying
),
-- Spread so widely that no source stands out: the site's accounts that stay outside, against its past.
site_past as (
    select
        site_day.site_id,
        count(*) as days,
        avg(site_day.failed_accounts) as mean,
        var_samp(site_day.failed_accounts) as variance,
        avg(site_day.login_failures) as mean_failures,
        avg(site_day.login_successes) as mean_successes
    from past.site_day
    inner join calendar_day using (log_date)
    inner join (select is_working_day from calendar_day where log_date = $date) as today
        on today.is_working_day = calendar_day.is_working_day
    anti join excluded_days
        on excluded_days.site_id = site_day.site_id and excluded_days.detector = 'password-spraying'
        and site_day.log_date between excluded_days.from_day and excluded_days.to_day
    where site_day.records > 0
    group by site_day.site_id
    having count(*) >= $min_days
),
site_expected as (
    select
        site_past.*,
        -- More people who come bring more who mistype.
        greatest(
            1.0, today.login_successes / greatest(1.0, site_past.mean_successes)
        ) as busy,
        greatest($least_expected, site_past.mean) * busy as expected,
        greatest($least_expected, site_past.mean_failures) * busy as expected_failures,
        least($max_dispersion, greatest($min_dispersion, coalesce(
            (site_past.variance - site_past.mean) / nullif(site_past.mean ** 2, 0),
            $default_dispersion
        ))) as dispersion
    from site_past
    inner join lake.site_day as today
        on today.site_id = site_past.site_id and today.log_date = $date
),
scattered as (
    select
        guess.site_id,
        count(distinct guess.account) as accounts,
        count(distinct guess.account) filter (where guess.place = 0) as strange_accounts,
        count(distinct guess.client_ip) as addresses
    from guess
    where guess.group_kind is null and not guess.is_address_spraying
    group by guess.site_id
    having count(distinct guess.account) >= $site_accounts
),
site_wide as (
    select scattered.*, site_expected.expected, site_expected.days, site_expected.dispersion,
        nb_tail(
            scattered.strange_accounts, site_expected.expected, site_expected.dispersion
        ) as chance
    from scattered
    inner join site_expected using (site_id)
    where scattered.strange_accounts >= greatest(
            $site_accounts, $site_ratio * site_expected.expected
        )
        and scattered.addresses >= $many_addresses
),
-- Where the log names no accounts: failures of addresses that nobody got in from.
nameless as (
    select pair.site_id, pair.client_ip, pair.country, pair.place, pair.failures,
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
-- One address that fails at one site after the other and is let in at none.
roamer as (
    select
        pair.client_ip,
        arg_max(pair.site_id, (pair.failures, pair.site_id)) as site_id,
        first_ten(list(distinct pair.site_id)) as sites
    from login_pair as pair
    left join (
        select subnet, max(failures) as most_failures
        from (
            select subnet, log_date, sum(login_failures) as failures
            from past.subnet_day
            where subnet in (select login_pair.subnet from login_pair where account is null)
            group by subnet, log_date
        )
        group by subnet
    ) as past on past.subnet = pair.subnet
    where pair.account is null
    group by pair.client_ip
    having count(distinct pair.site_id) >= $roaming_sites
        and sum(pair.failures) >= greatest(
            $roaming_failures, $home_ratio * coalesce(any_value(past.most_failures), 0)
        )
        and not exists (
            select 1 from login where login.client_ip = pair.client_ip and not login.is_failure
        )
),
tried as (
    select
        site_id, actor_kind, actor, source_kind, sites,
        guess_site_id, account, client_ip, country, failures, place, first_failure, last_failure
    from sprayed
    union all by name
    select
        guess.site_id, 'site' as actor_kind, guess.site_id as actor,
        'everywhere' as source_kind, [guess.site_id] as sites,
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
        'everywhere' as source_kind, [nameless.site_id] as sites,
        nameless.site_id as guess_site_id, null::varchar as account, nameless.client_ip,
        nameless.country, nameless.failures, nameless.place, nameless.first_failure,
        nameless.last_failure
    from nameless
    semi join nameless_site using (site_id)
    union all by name
    select
        roamer.site_id, 'ip' as actor_kind, roamer.client_ip as actor,
        'ip' as source_kind, roamer.sites,
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
        'baseline': case when site_expected.days is null then 'none' else 'site' end,
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
