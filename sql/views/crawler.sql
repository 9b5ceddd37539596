create or replace view lake.crawler as
with claims as (
    select
        request.log_date, request.site_id, client.client_ip, agent.bot_name,
        count(*) as requests, arg_max(client.asn, client.seen_at) as asn
    from lake.request as request
    join lake.agent as agent on agent.agent_id = request.agent_id
    join lake.client as client on client.client_id = request.client_id
    where agent.bot_name in (select rule.bot_name from lake.crawler_rule as rule)
    group by all
),
signs as (
    select
        rule.bot_name,
        coalesce(list(rule.asn) filter (where rule.asn is not null), []) as asns,
        coalesce(list(rule.host_suffix) filter (where rule.host_suffix is not null), [])
            as host_suffixes
    from lake.crawler_rule as rule
    group by rule.bot_name
),
evidence as (
    select
        claims.log_date, claims.site_id, claims.client_ip, claims.bot_name, claims.requests,
        -- A name of another domain contradicts whether it is confirmed or not.
        case
            when len(signs.host_suffixes) = 0 then null
            when dns.client_host is null then dns.is_confirmed
            when len(list_filter(signs.host_suffixes, lambda suffix:
                ends_with('.' || dns.client_host, '.' || suffix))) = 0 then false
            else dns.is_confirmed
        end as is_right_host,
        case when len(signs.asns) > 0 then list_contains(signs.asns, claims.asn) end
            as is_right_asn
    from claims
    join signs on signs.bot_name = claims.bot_name
    left join lake.reverse_dns as dns on dns.client_ip = claims.client_ip
)
select
    log_date, site_id, client_ip, bot_name, requests,
    case coalesce(is_right_host, is_right_asn)
        when true then 'verified' when false then 'false' else 'unknown'
    end as verdict,
    case
        when is_right_host is not null then 'reverse_dns' when is_right_asn is not null then 'asn'
    end as evidence
from evidence;
comment on view lake.crawler is 'クローラーの名のり（lake.crawler_rule にあるもの）を、日・サイト・アドレスごとに一行。本物かを逆引き、なければ AS 番号で判じる / One row per day, site, client address and bot that the client claims to be, of the bots that lake.crawler_rule knows. verdict is verified, false or unknown; evidence is reverse_dns (which decides where there is an answer), asn or null. [personal]';
-- column log_date: 設定の時間帯での日 / Day in the configured zone. [none]
-- column site_id: サイト / Site. [none]
-- column client_ip: 接続元アドレス / Client address. [personal]
-- column bot_name: 名のっているクローラー / Bot that the client claims to be. [none]
-- column requests: リクエスト / Requests. [none]
-- column verdict: verified（本物）・false（偽）・unknown（不明） / verified, false or unknown. [none]
-- column evidence: 根拠：reverse_dns か asn。なければ空 / reverse_dns, asn or null. [none]
