-- One row per site at which more stay outside than that, without a source that stands out.
with scattered as (
    select
        guess.site_id,
        count(distinct guess.account) filter (where guess.place = 0) as strange_accounts,
        count(distinct guess.client_ip) as addresses
    from guess
    where guess.group_kind is null and not guess.is_address_spraying
    group by guess.site_id
)
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
