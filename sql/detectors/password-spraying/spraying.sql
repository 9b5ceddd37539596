-- One row per address, network or agent that guesses. A network with many addresses that all guess is
-- one attack; so is one whose guessing comes from one.
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
    from cached.subnet_day as subnet_day
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
)
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
