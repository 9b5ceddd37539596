create or replace view lake.crawler as
with known_bot as (
    select rule.bot_name from lake.crawler_rule as rule
    union
    select ai.bot_name from lake.ai_agent as ai
),
claims as (
    select
        request.log_date, request.site_id, client.client_ip, agent.bot_name,
        count(*) as requests, arg_max(client.asn, client.seen_at) as asn
    from lake.request as request
    join lake.agent as agent on agent.agent_id = request.agent_id
    join lake.client as client on client.client_id = request.client_id
    where agent.bot_name in (select known_bot.bot_name from known_bot)
    group by all
),
-- As text that sorts as addresses do: what the macro address_key gives. What is no address has none: the
-- pseudonym of one is nowhere. Nothing is looked up by a list of all addresses: what asks for some days must
-- not read the others.
split as (
    select
        claims.*,
        list_filter(string_split(split_part(claims.client_ip, '::', 1), ':'), lambda part: part <> '')
            as before,
        list_filter(string_split(split_part(claims.client_ip, '::', 2), ':'), lambda part: part <> '')
            as after
    from claims
),
keyed as (
    select
        split.* exclude (before, after),
        case
            when contains(split.client_ip, ':') then '6' || array_to_string(list_transform(
                list_concat(
                    split.before,
                    list_transform(range(8 - len(split.before) - len(split.after)), lambda part: '0'),
                    split.after
                ),
                lambda part: lpad(part, 4, '0')
            ), '')
            when contains(split.client_ip, '.') then '4' || array_to_string(list_transform(
                string_split(split.client_ip, '.'), lambda part: lpad(part, 3, '0')
            ), '')
        end as key
    from split
),
signs as (
    select
        rule.bot_name,
        coalesce(list(rule.asn) filter (where rule.asn is not null), []) as asns,
        coalesce(list(rule.host_suffix) filter (where rule.host_suffix is not null), [])
            as host_suffixes,
        coalesce(
            list({'first': rule.first_key, 'last': rule.last_key}) filter (where rule.first_key is not null),
            []
        ) as networks,
        max(rule.complete_until) as complete_until
    from lake.crawler_rule as rule
    group by rule.bot_name
),
networked as (
    select
        keyed.*, signs.asns, signs.host_suffixes, signs.complete_until,
        case
            when len(signs.networks) > 0 and keyed.key is not null
                then len(list_filter(signs.networks, lambda network:
                    keyed.key between network.first and network.last)) > 0
        end as is_inside
    from keyed
    left join signs on signs.bot_name = keyed.bot_name
),
evidence as (
    select
        networked.log_date, networked.site_id, networked.client_ip, networked.bot_name,
        networked.requests,
        ai.operator, ai.purpose, coalesce(ai.is_token, false) as is_token,
        -- A name of another domain contradicts whether it is confirmed or not.
        case
            when coalesce(len(networked.host_suffixes), 0) = 0 then null
            when dns.client_host is null then dns.is_confirmed
            when len(list_filter(networked.host_suffixes, lambda suffix:
                ends_with('.' || dns.client_host, '.' || suffix))) = 0 then false
            else dns.is_confirmed
        end as is_right_host,
        -- An address outside a list that is old, or never whole, says nothing.
        case
            when networked.is_inside then true
            when not networked.is_inside and networked.log_date <= networked.complete_until then false
        end as is_right_network,
        case when len(networked.asns) > 0 then list_contains(networked.asns, networked.asn) end
            as is_right_asn
    from networked
    left join lake.ai_agent as ai on ai.bot_name = networked.bot_name
    left join lake.reverse_dns as dns on dns.client_ip = networked.client_ip
),
-- Its own proof decides where an operator gives one: a host name, else a network that it publishes.
judged as (
    select
        evidence.*,
        case
            when is_token then false
            when is_right_host or is_right_network then true
            else coalesce(is_right_host, is_right_network, is_right_asn)
        end as is_true
    from evidence
)
select
    log_date, site_id, client_ip, bot_name, requests,
    case is_true when true then 'verified' when false then 'false' else 'unknown' end as verdict,
    case
        when is_token then 'token'
        when is_right_host is not null and is_right_host = is_true then 'reverse_dns'
        when is_right_network is not null then 'network'
        when is_right_asn is not null then 'asn'
    end as evidence,
    operator, purpose
from judged;
comment on view lake.crawler is 'クローラーの名のり（lake.crawler_rule と lake.ai_agent にあるもの）を、日・サイト・アドレスごとに一行。本物かを逆引き、公表されたネットワーク、なければ AS 番号で判じる / One row per day, site, client address and bot that the client claims to be, of the bots that lake.crawler_rule and lake.ai_agent know. verdict is verified, false or unknown; evidence is reverse_dns or network (which decide where there is an answer), asn, token or null. [personal]';
-- column log_date: 設定の時間帯での日 / Day in the configured zone. [none]
-- column site_id: サイト / Site. [none]
-- column client_ip: 接続元アドレス / Client address. [personal]
-- column bot_name: 名のっているクローラー / Bot that the client claims to be. [none]
-- column requests: リクエスト / Requests. [none]
-- column verdict: verified（本物）・false（偽）・unknown（不明） / verified, false or unknown. [none]
-- column evidence: 根拠：reverse_dns・network・asn・token（どのリクエストも名のらない名前）。なければ空 / reverse_dns, network, asn, token (a name that no request of the operator carries) or null. [none]
-- column operator: AI のクローラーを動かす会社。AI でなければ空 / Operator of the AI agent; null for others. [none]
-- column purpose: AI が読む目的：training（学習）・search（検索）・assistant（利用者の代理） / What an AI agent reads for: training, search or assistant; null for others. [none]
