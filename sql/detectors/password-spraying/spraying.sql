-- One row per address, network or agent that guesses. A network with many addresses that all guess is
-- one attack; where one or two make most of it, each of them is named.
with usual_subnet as (
    select subnet, max(failed) as most_failed
    from (
        select subnet, log_date,
            sum(case when failed_accounts > 0 then failed_accounts else login_failures end) as failed
        from past.subnet_day
        where subnet in (select key from login_group where kind = 'block')
        group by subnet, log_date
    )
    group by subnet
),
-- A subnet that has tried a few accounts a day for some days, and let nobody work: one list, slowly.
slow_subnet as (
    select subnet
    from cached.subnet_day
    where log_date between $date - days_a_week() and $date - 1
        and subnet in (
            select key from login_group where kind = 'block' and strange_accounts > 0
        )
    group by subnet
    having sum(failed_accounts) >= $min_accounts
        and sum(failed_accounts) > $few_accounts * count(distinct log_date)
        and sum(users) = 0
),
source as (
    select
        login_group.*,
        case kind when 'ip' then subnet_of(key) when 'block' then key end as subnet
    from login_group
)
select source.*
from source
left join usual_subnet using (subnet)
where guessed_accounts >= $outside_share * (guessed_accounts + admitted_accounts)
    and (kind = 'ip' or top_accounts < half(guessed_accounts))
    and (
        strange_accounts >= $min_accounts
        or (
            kind in ('ip', 'block')
            and greatest(guessed_accounts, case when sites > $few_accounts then failures else 0 end)
                >= greatest($min_accounts, clear_ratio() * coalesce(most_failed, 0))
        )
        or (
            kind = 'ip' and strange_accounts > $few_accounts
            and subnet in (select slow_subnet.subnet from slow_subnet)
        )
    )
