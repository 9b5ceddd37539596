-- One row, of $day: what the suite `dimensions` judges, the tables that requests name by a key.
-- Requests are those of $days (date[]). [none]
with named as materialized (
    select distinct fact.client_id, fact.agent_id, fact.request_profile_id
    from lake.request_fact as fact
    where fact.log_date in (select unnest($days::date[]))
)

select
    $day::date as log_date,
    (select count(*) - count(distinct client_id) from lake.client)::bigint as repeated_clients,
    (select count(*) - count(distinct agent_id) from lake.agent)::bigint as repeated_agents,
    (
        select count(*) - count(distinct request_profile_id) from lake.request_profile
    )::bigint as repeated_profiles,
    (select count(*) - count(distinct site_id) from lake.site)::bigint as repeated_sites,
    (
        select count(distinct named.client_id)
        from named
        anti join lake.client as client on client.client_id = named.client_id
        where named.client_id is not null
    )::bigint as unknown_clients,
    (
        select count(distinct named.agent_id)
        from named
        anti join lake.agent as agent on agent.agent_id = named.agent_id
        where named.agent_id is not null
    )::bigint as unknown_agents,
    (
        select count(distinct named.request_profile_id)
        from named
        anti join lake.request_profile as profile
            on profile.request_profile_id = named.request_profile_id
    )::bigint as unknown_profiles
