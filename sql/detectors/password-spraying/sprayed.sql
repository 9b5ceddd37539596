-- One row per try of an address, or of a group of addresses, that guesses; the site with most is named.
with by_source as (
    select
        case when group_kind is null then 'ip' else 'site' end as actor_kind,
        coalesce(group_kind, 'ip') as source_kind,
        coalesce(group_key, client_ip) as source,
        site_id,
        count(distinct account) as accounts
    from guess
    where group_kind is not null or is_address_spraying
    group by all
),
source as (
    select
        actor_kind, source_kind, source,
        arg_max(site_id, (accounts, site_id)) as site_id
    from by_source
    group by all
)
select
    source.site_id, source.actor_kind,
    case when source.actor_kind = 'ip' then source.source else source.site_id end as actor,
    source.source_kind,
    guess.site_id as guess_site_id, guess.account, guess.client_ip, guess.country,
    guess.failures, guess.place, guess.first_failure, guess.last_failure
from guess
inner join source
    on source.source_kind = coalesce(guess.group_kind, 'ip')
    and source.source = coalesce(guess.group_key, guess.client_ip)
where guess.group_kind is not null or guess.is_address_spraying
