-- One row per day of $days (date[]) and site with records: what the suite `aggregates` judges, the
-- daily figures that detectors learn from, beside the profile that counts the same requests. [none]
with day as (
    select distinct unnest($days::date[]) as log_date
),

hour_sum as (
    select
        kept.log_date, kept.site_id, sum(kept.records) as records,
        count(*) - count(distinct kept.hour_at) as repeats
    from lake.site_hour as kept
    semi join day on day.log_date = kept.log_date
    group by kept.log_date, kept.site_id
),

user_sum as (
    select
        kept.log_date, kept.site_id, sum(kept.requests) as requests,
        count(*) - count(distinct kept.user_id) as repeats
    from lake.user_day as kept
    semi join day on day.log_date = kept.log_date
    group by kept.log_date, kept.site_id
),

field_sum as (
    select kept.log_date, kept.site_id, sum(kept.records) as records, count(*) - 1 as repeats
    from lake.site_field_day as kept
    semi join day on day.log_date = kept.log_date
    group by kept.log_date, kept.site_id
),

profile as (
    select
        kept.log_date, kept.site_id, sum(kept.records) as records, count(*) - 1 as repeats
    from lake.site_day as kept
    semi join day on day.log_date = kept.log_date
    group by kept.log_date, kept.site_id
)

select
    log_date,
    site_id,
    coalesce(profile.records, 0)::bigint as records,
    coalesce(hour_sum.records, 0)::bigint as hour_records,
    coalesce(field_sum.records, 0)::bigint as field_records,
    coalesce(user_sum.requests, 0)::bigint as user_requests,
    (
        coalesce(hour_sum.repeats, 0) + coalesce(user_sum.repeats, 0)
        + coalesce(field_sum.repeats, 0) + coalesce(profile.repeats, 0)
    )::bigint as repeated_rows
from profile
full join hour_sum using (log_date, site_id)
full join field_sum using (log_date, site_id)
full join user_sum using (log_date, site_id)
where profile.log_date is null or profile.records > 0 or profile.repeats > 0
    or hour_sum.log_date is not null
    or field_sum.log_date is not null
    or user_sum.log_date is not null
