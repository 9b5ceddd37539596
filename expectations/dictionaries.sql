-- One row, of $day: what the suite `dictionaries` judges, the short lists by which values get their
-- meaning: countries, crawlers, resources, and the usual spellings of users. [none]
with spelling as (
    select user_id, usual_id from lake.user_alias
)

select
    $day::date as log_date,
    (
        select count(*) filter (where country is null or country_group is null)
            + count(*) - count(distinct (country, valid_from))
        from lake.country_group
    )::bigint as countries_odd,
    (
        select count(*) filter (where bot_name is null or operator is null)
            + count(*) - count(distinct bot_name)
        from lake.ai_agent
    )::bigint as ai_agents_odd,
    (
        select count(*) filter (
                where bot_name is null
                    or (host_suffix is null)::int + (asn is null)::int + (network is null)::int <> 2
            )
            + count(*) - count(distinct (bot_name, host_suffix, asn, network))
        from lake.crawler_rule
    )::bigint as crawler_rules_odd,
    (
        select count(*) filter (
                where resource_set is null or resource_id is null or not data_level between 0 and 3
            )
            + coalesce(sum(case when valid_to is null then 1 end), 0)
            - count(distinct (resource_set, resource_id)) filter (where valid_to is null)
        from lake.resource
    )::bigint as resources_odd,
    (
        select count(*) - count(distinct user_id) from spelling
    )::bigint
    + (
        select count(*)
        from spelling as first
        inner join spelling as further on further.user_id = first.usual_id
        where further.usual_id <> further.user_id
    )::bigint as spellings_odd
