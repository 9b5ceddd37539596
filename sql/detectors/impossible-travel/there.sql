-- One row per person and site: what is known of the places, networks and devices.
with habit as (
    select travel.user_id, travel.away, count(*) as days
    from travel
    inner join (
        select user_id, log_date, list(distinct country) as countries
        from past
        where country is not null
        group by user_id, log_date
    ) as day
        on day.user_id = travel.user_id
        and list_contains(day.countries, travel.away) and list_contains(day.countries, travel.home)
    group by travel.user_id, travel.away
),
known_agent as (
    select distinct user_id, browser, os, device
    from past.user_agent_day
    semi join mover using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_agent_day.user_id
        and user_agent_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
),
home_asn as (
    select distinct travel.user_id, day_source.asn
    from travel
    inner join day_source
        on day_source.user_id = travel.user_id and day_source.country = travel.home
    where day_source.asn is not null
),
home_agent as (
    select distinct travel.user_id, day_source.agent_id
    from travel
    inner join day_source
        on day_source.user_id = travel.user_id and day_source.country = travel.home
)
select
    away_source.user_id, away_source.site_id,
    any_value(away_source.user_type) as user_type,
    bool_or(worker.user_id is not null
        or away_source.user_type in ('staff', 'franchise', 'contractor')) as is_worker,
    sum(away_source.requests) as requests,
    sum(away_source.personal) as personal,
    sum(away_source.logins) as logins,
    min(away_source.first_time) as first_seen,
    max(away_source.last_time) as last_seen,
    max(away_source.flips) as flips,
    min(away_source.gap_minutes) as gap_minutes,
    list_sort(list(distinct away_source.away)) as away_countries,
    first_ten(list_distinct(
        list(away_source.away) || list(away_source.home)
    )) as countries,
    first_ten(list(distinct away_source.machine)) as browsers,
    bool_and(home_asn.user_id is not null) as is_home_provider,
    bool_and(known_agent.user_id is not null or home_agent.user_id is not null)
        as is_own_agent,
    bool_and(coalesce(shared_network.people, 0) >= $peer_people) as is_shared,
    max(coalesce(habit.days, 0)) as habit_days
from away_source
left join worker using (user_id)
left join home_asn on home_asn.user_id = away_source.user_id and home_asn.asn = away_source.asn
left join known_agent on known_agent.user_id = away_source.user_id
    and known_agent.browser is not distinct from away_source.browser
    and known_agent.os is not distinct from away_source.os
    and known_agent.device is not distinct from away_source.device
left join home_agent on home_agent.user_id = away_source.user_id
    and home_agent.agent_id = away_source.agent_id
left join shared_network on shared_network.network = away_source.network
    and shared_network.subnet is null
left join habit on habit.user_id = away_source.user_id and habit.away = away_source.away
group by away_source.user_id, away_source.site_id
