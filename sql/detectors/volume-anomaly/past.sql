-- One row per candidate part of the day and comparable day before. What crawlers and other declared programs ask
-- for is not counted: they come in bursts, at night, and on most public sites are more than the visitors.
with past_hour as (
    select site_hour.site_id, site_hour.log_date, hour(site_hour.hour_at) as hour,
        site_hour.records - coalesce(site_hour.bot_records, 0) as records,
        site_hour.records as all_records, site_hour.client_addresses,
        site_hour.client_errors + site_hour.server_errors as errors
    from past.site_hour
    semi join candidate on candidate.site_id = site_hour.site_id
)
select
    hours.site_id, hours.span_hours, hours.from_hour, past.log_date,
    any_value(past.weekday) as weekday,
    any_value(past.is_like_weekday) as is_like_weekday,
    any_value(past.is_like_class) as is_like_class,
    sum(coalesce(past_hour.records, 0)) as records,
    sum(coalesce(past_hour.all_records, 0)) as all_records,
    sum(coalesce(past_hour.client_addresses, 0)) as addresses,
    sum(coalesce(past_hour.errors, 0)) as errors
from candidate_hour as hours
inner join site_past as past on past.site_id = hours.site_id
left join past_hour
    on past_hour.site_id = hours.site_id and past_hour.log_date = past.log_date
    and past_hour.hour = hours.hour
where past.is_like_weekday or past.is_like_class
group by hours.site_id, hours.span_hours, hours.from_hour, past.log_date
