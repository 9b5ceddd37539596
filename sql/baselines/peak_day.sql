-- One row per site and day with records, for the days in $days: the busiest address that is no bot.
-- Minutes are counted only of addresses that could have a busy one; sites are numbers until then.
with bot as (
    select agent_id from lake.agent where is_bot group by agent_id
),
profile as (
    select request_profile_id, site_id, dense_rank() over (order by site_id) as site
    from lake.request_profile
),
request as (
    select fact.log_date, profile.site, fact.client_id, fact.time
    from lake.request_fact as fact
    inner join profile on profile.request_profile_id = fact.request_profile_id
    anti join bot on bot.agent_id = fact.agent_id
    where fact.log_date in (select unnest($days::date[]))
),
address as (
    select log_date, site, client_id, count(*) as requests
    from request
    group by all
),
ranked as (
    select
        address.*,
        row_number() over (partition by log_date, site order by requests desc, client_id) as place
    from address
),
busy as (
    select log_date, site, client_id from ranked where place <= 50
),
minute as (
    select request.log_date, request.site, count(*) as requests
    from request
    semi join busy using (log_date, site, client_id)
    group by request.log_date, request.site, request.client_id, epoch_us(request.time) // 60000000
),
peak as (
    select log_date, site, max(requests) as busiest_minute from minute group by all
),
counted as (
    select log_date, site, count(*) as addresses, max(requests) as busiest_day
    from address
    group by all
)
select
    counted.log_date, named.site_id, counted.addresses, peak.busiest_minute, counted.busiest_day
from counted
inner join (select site, any_value(site_id) as site_id from profile group by site) as named
    on named.site = counted.site
left join peak on peak.log_date = counted.log_date and peak.site = counted.site
