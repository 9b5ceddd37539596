-- The addresses of $date by what they do rather than by what they send: how much, how much in vain, by
-- what name. Runs after attack.sql.

-- Agents that no browser has.
create or replace table web_unusual_agent as
select agent.agent_id, any_value(agent.user_agent) as user_agent
from cached.agent as agent
inner join web_signal on web_signal.place = 'agent' and web_signal.text = agent.user_agent
where web_signal.family = 'scanner-user-agent'
group by agent.agent_id;

-- Programs that watch the site.
create or replace table web_monitor as
select agent.agent_id
from cached.agent as agent
inner join bot_group on bot_group.bot_name = agent.bot_name
where bot_group.bot_group = 'monitors'
group by agent.agent_id;

-- One row per site and address with so many requests that they may be a campaign.
create or replace table web_address as
with naming_site as (  -- whose logs have agents at all
    select distinct site_id from cached.site_day where log_date <= $date and agent_missing < records
),
seen as (
    select
        request.site_id, request.client_id, request.agent_id, request.status, request.time,
        unusual.user_agent as unusual_agent,
        unusual.agent_id is not null
        or (request.agent_id is null and naming.site_id is not null) as is_nameless,
        monitor.agent_id is not null as is_monitoring
    from day_log as request
    left join web_unusual_agent as unusual on unusual.agent_id = request.agent_id
    left join web_monitor as monitor on monitor.agent_id = request.agent_id
    left join naming_site as naming on naming.site_id = request.site_id
),
counted as (
    select
        site_id, client_id,
        count(*) as requests,
        count(*) filter (where status in (404, 410)) as misses,
        count(*) filter (where is_nameless) as nameless,
        count(*) filter (where is_nameless and status between 400 and 499) as nameless_misses,
        count(*) filter (where is_monitoring) as monitoring,
        max(agent_id) as agent_id,
        min(time) as first_seen,
        max(time) as last_seen,
        any_value(unusual_agent) as unusual_agent
    from seen
    group by site_id, client_id
    having count(*) >= web_campaign_requests()
)
select
    counted.*, client.client_ip, client.country,
    agent.bot_name,
    agent.bot_name is not null and assistant.agent_id is null as is_crawler,
    is_most(counted.monitoring, counted.requests) as is_monitor,
    exists (
        select 1
        from context_scanner_client as scanner
        where scanner.client_id = counted.client_id
            and scanner.from_at <= counted.first_seen and scanner.to_at >= counted.last_seen
    ) as is_authorised
from counted
inner join day_client as client on client.client_id = counted.client_id
left join cached.agent as agent on agent.agent_id = counted.agent_id
left join assistant_agent as assistant on assistant.agent_id = counted.agent_id
where client.client_ip is not null;

-- One row per site, address and page that was not there and that nobody was given on the days before: what was there
-- then is the site's own fault. What others ask for in vain excuses nothing, as whoever sends requests chooses it.
-- Pictures and styles do not count.
create or replace table web_missing as
with missed as (
    select site_id, client_id, url_path, count(*) as tries, min(time) as first_seen, max(time) as last_seen
    from day_log
    where status in (404, 410) and not is_picture(url_path)
    group by site_id, client_id, url_path
),
known as (
    select distinct profile.site_id, request.url_path
    from lake.request_fact as request
    inner join cached.request_profile as profile
        on profile.request_profile_id = request.request_profile_id
    semi join missed on missed.site_id = profile.site_id and missed.url_path = request.url_path
    where request.log_date >= $date - web_past_days()::int and request.log_date < $date
        and request.log_date in (select log_date from web_past_day)
        and request.status < 400
)
select missed.* exclude (client_id), client.client_ip
from missed
inner join day_client as client on client.client_id = missed.client_id and client.client_ip is not null
anti join known using (site_id, url_path);
