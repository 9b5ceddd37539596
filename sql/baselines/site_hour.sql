-- One row per site and hour with records, for the days in $days. Hours are counted from the local
-- midnight of the session's time zone, which is found once per day and not for every record; sites are
-- numbers until the rows are counted. [none]
with day as (
    select
        given.log_date, given.log_date::timestamptz as begins_at,
        epoch_us(given.log_date::timestamptz) as begins_us
    from (select distinct unnest($days::date[]) as log_date) as given
),
bot as (
    select agent_id from lake.agent where is_bot group by agent_id
),
profile as (
    select
        request_profile_id, site_id, dense_rank() over (order by site_id) as site,
        login_result = 'failure' as is_failure
    from lake.request_profile
),
counted as (
    select
        day.log_date,
        profile.site,
        (epoch_us(fact.time) - day.begins_us) // 3600000000 as number,
        any_value(day.begins_at) as begins_at,
        count(*) as records,
        count(*) filter (where fact.status >= 500) as server_errors,
        count(*) filter (where fact.status between 400 and 499) as client_errors,
        count(*) filter (where bot.agent_id is not null) as bot_records,
        count(*) filter (where profile.is_failure) as login_failures,
        count(distinct fact.client_id) as client_addresses
    from lake.request_fact as fact
    inner join day on day.log_date = fact.log_date
    inner join profile on profile.request_profile_id = fact.request_profile_id
    left join bot on bot.agent_id = fact.agent_id
    group by day.log_date, profile.site, number
)
select
    counted.log_date,
    site.site_id,
    counted.begins_at + to_hours(counted.number) as hour_at,
    counted.records,
    counted.server_errors,
    counted.client_errors,
    counted.bot_records,
    counted.login_failures,
    counted.client_addresses
from counted
inner join (select site, any_value(site_id) as site_id from profile group by site) as site
    on site.site = counted.site
