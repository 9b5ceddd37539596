-- One row per site and day with records, for the days in $days: the busiest address that is no bot.
-- Minutes are counted only of addresses that could have a busy one.
with bot as (
    select agent_id from lake.agent where is_bot group by agent_id
),
request as (
    select request.log_date, request.site_id, request.client_id, request.time
    from lake.request as request
    anti join bot using (agent_id)
    where request.log_date in (select unnest($days::date[]))
),
address as (
    select log_date, site_id, client_id, count(*) as requests
    from request
    group by all
),
site as (
    select log_date, site_id, count(*) as addresses, max(requests) as busiest_day
    from address
    group by all
),
busy as (
    select address.*
    from address
    qualify row_number() over (partition by log_date, site_id order by requests desc, client_id) <= 50
),
minute as (
    select request.log_date, request.site_id, count(*) as requests
    from request
    semi join busy using (log_date, site_id, client_id)
    group by request.log_date, request.site_id, request.client_id,
        epoch_us(request.time) // 60000000
),
peak as (
    select log_date, site_id, max(requests) as busiest_minute from minute group by all
)
select site.log_date, site.site_id, site.addresses, peak.busiest_minute, site.busiest_day
from site
left join peak using (log_date, site_id)
