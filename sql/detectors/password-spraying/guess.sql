-- One row per account and address that tried it in vain, with the group of addresses that it belongs to.
-- Where the log names no account, an address that nobody got in from stands for one.
with pair as (
    select login_pair.* replace (coalesce(login_pair.account, login_pair.client_ip) as account),
        login_pair.account is null as is_nameless
    from login_pair
    left join (select distinct site_id, client_ip from login where not is_failure) as let_in
        using (site_id, client_ip)
    where not login_pair.is_slip
        and (login_pair.account is not null or let_in.client_ip is null)
),
origin as (
    select
        pair.site_id, pair.client_ip, pair.account,
        unnest(
            login_origins(pair.client_ip, pair.subnet, pair.network, pair.asn, pair.agent_id)
        ) as origin
    from pair
),
-- The group of addresses that says most about where a try comes from.
belonging as (
    select
        origin.site_id, origin.client_ip, origin.account,
        arg_max(
            origin.origin, (spraying.kind <> 'ip', spraying.guessed_accounts, spraying.kind, spraying.key)
        ) as source
    from origin
    inner join spraying
        on spraying.kind = origin.origin.kind and spraying.key = origin.origin.key
    group by all
)
select pair.*, belonging.source
from pair
left join belonging using (site_id, client_ip, account)
