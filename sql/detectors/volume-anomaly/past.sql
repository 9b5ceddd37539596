-- One row per site and comparable day before: what these hours had then.
with past_hour as (
    select site_hour.site_id, site_hour.log_date,
        sum(site_hour.records - coalesce(site_hour.bot_records, 0)) as records
    from past.site_hour
    semi join today_hour
        on today_hour.site_id = site_hour.site_id and today_hour.hour = hour(site_hour.hour_at)
    group by site_hour.site_id, site_hour.log_date
)
select past.site_id, past.log_date, coalesce(past_hour.records, 0) as records
from site_past as past
semi join today_hour on today_hour.site_id = past.site_id
left join past_hour
    on past_hour.site_id = past.site_id and past_hour.log_date = past.log_date
where past.is_like_weekday or past.is_like_class
