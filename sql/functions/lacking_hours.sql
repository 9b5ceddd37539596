-- table function lacking_hours: 行はあるのに、いつも記録のある時間に一件もないサイトと日ごとに一行 / One row per site and day with lines but without a record in hours that always have some, from one day to another. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
-- parameter holidays: 祝日。比べない / Public holidays, which are not compared.
create or replace macro lake.lacking_hours(since, until, holidays) as table
with line_day as (
    select site_id, log_date
    from lake.site_day
    where lines > 0 and log_date between since::date - 56 and until::date
    union
    select site_id, log_date
    from lake.ledger_day
    where records + rejects > 0 and log_date between since::date - 56 and until::date
),
ordinary_day as (
    select * from line_day where not list_contains(holidays::date[], log_date)
),
-- The same weekday of the eight weeks before.
like_day as (
    select today.site_id, today.log_date, past.log_date as past_date
    from ordinary_day as today
    inner join ordinary_day as past
        on past.site_id = today.site_id
        and past.log_date between today.log_date - 56 and today.log_date - 7
        and (today.log_date - past.log_date) % 7 = 0
    where today.log_date >= since::date
),
enough as (
    select site_id, log_date, count(*) as days
    from like_day
    group by site_id, log_date
    having count(*) >= 4
),
site_hour as (
    select site_id, log_date, hour(hour_at) as hour, records
    from lake.site_hour
    where log_date between since::date - 56 and until::date
),
-- Hours in which the site had three records or more on each of these days.
usual_hour as (
    select like_day.site_id, like_day.log_date, past.hour
    from like_day
    inner join enough
        on enough.site_id = like_day.site_id and enough.log_date = like_day.log_date
    inner join site_hour as past
        on past.site_id = like_day.site_id and past.log_date = like_day.past_date
    group by like_day.site_id, like_day.log_date, past.hour
    having count(*) = any_value(enough.days) and min(past.records) >= 3
)
select
    usual_hour.site_id, usual_hour.log_date,
    list(usual_hour.hour::int order by usual_hour.hour) as hours
from usual_hour
anti join site_hour as today
    on today.site_id = usual_hour.site_id and today.log_date = usual_hour.log_date
    and today.hour = usual_hour.hour and today.records > 0
group by usual_hour.site_id, usual_hour.log_date;
