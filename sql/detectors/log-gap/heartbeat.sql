-- One row per site that a monitor asks hour by hour: how many requests an hour that is. Hours hardly
-- ever fall below a number, and many have just that.
with past_hour as (
    select site_hour.site_id, site_hour.records
    from cached.site_hour as site_hour
    semi join worth_a_look as worth on worth.site_id = site_hour.site_id
    semi join site_past as past
        on past.site_id = site_hour.site_id and past.log_date = site_hour.log_date
    where site_hour.log_date between $date - $heartbeat_days::int and $date - 1
),
lowest_hour as (
    select
        past_hour.site_id, count(*) as hours,
        quantile_disc(past_hour.records, $heartbeat_quantile) as records
    from past_hour
    group by past_hour.site_id
),
site_days as (
    select site_id, count(*) as days
    from site_past
    where log_date >= $date - $heartbeat_days::int
    group by site_id
)
select lowest_hour.site_id, any_value(lowest_hour.records) as an_hour
from past_hour
inner join lowest_hour on lowest_hour.site_id = past_hour.site_id
inner join site_days on site_days.site_id = past_hour.site_id
group by lowest_hour.site_id, lowest_hour.hours, site_days.days
having lowest_hour.hours >= (1 - $heartbeat_quantile) * hours_a_day() * site_days.days
    and count(*) filter (
        where past_hour.records between lowest_hour.records and $heartbeat_margin * lowest_hour.records + 1
    ) >= $heartbeat_share * lowest_hour.hours
