-- One row per site and hour with records, for the days in $days. Hours are counted from the local
-- midnight of the session's time zone, which is found once per day and not for every record. [none]
with day as (
    select
        given.log_date, given.log_date::timestamptz as begins_at,
        epoch_us(given.log_date::timestamptz) as begins_us
    from (select distinct unnest($days::date[]) as log_date) as given
),
bot as (
    select agent_id from lake.agent where is_bot group by agent_id
),
counted as (
    select
        day.log_date,
        request.site_id,
        (epoch_us(request.time) - day.begins_us) // 3600000000 as number,
        any_value(day.begins_at) as begins_at,
        count(*) as records,
        count(*) filter (where request.status >= 500) as server_errors,
        count(*) filter (where request.status between 400 and 499) as client_errors,
        count(*) filter (where bot.agent_id is not null) as bot_records,
        count(*) filter (where request.login_result = 'failure') as login_failures,
        count(distinct request.client_id) as client_addresses
    from lake.request as request
    inner join day on day.log_date = request.log_date
    left join bot on bot.agent_id = request.agent_id
    group by day.log_date, request.site_id, number
)
select
    log_date,
    site_id,
    begins_at + to_hours(number) as hour_at,
    records,
    server_errors,
    client_errors,
    bot_records,
    login_failures,
    client_addresses
from counted
