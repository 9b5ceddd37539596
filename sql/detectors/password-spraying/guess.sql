-- One row per account and address that tried it in vain, with the group of addresses that it belongs to.
with origin as (
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
)
select
    pair.*,
    belonging.widest.kind as group_kind,
    belonging.widest.key as group_key,
    coalesce(belonging.is_address_spraying, false) as is_address_spraying
from login_pair as pair
left join belonging using (site_id, client_ip, account)
where not pair.is_slip and pair.account is not null
