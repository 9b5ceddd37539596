-- One row per unit and record of those who asked for many records: when first, and whether one answer
-- came. `is_close` where the unit asked for many close by: a walk has such, and whoever has not is
-- looked at no further.
with unit_bucket as (
    select
        unit_key, bucket,
        count(*) as requests,
        count(*) filter (where not is_access) as misses
    from named
    where unit is not null
    group by unit_key, bucket
),
suspect as (
    select
        unit_key,
        list(distinct bucket) filter (where requests >= half($min_numbers)) as buckets
    from unit_bucket
    group by unit_key
    having (sum(requests) >= $min_numbers and max(requests) >= half($min_numbers))
        or sum(misses) >= $min_misses
),
close_bucket as (
    select distinct suspect.unit_key, near.bucket + shift.step as bucket
    from suspect
    cross join unnest(suspect.buckets) as near (bucket)
    cross join unnest([-1, 0, 1]) as shift (step)
)
select
    touch.*,
    close_bucket.bucket is not null as is_close,
    count(*) over (partition by touch.unit_key) as unit_numbers
from (
    select
        named.unit_key, named.subject_id,
        any_value(named.site_id) as site_id,
        any_value(named.resource_id) as resource_id,
        any_value(named.unit_kind) as unit_kind,
        any_value(named.unit) as unit,
        any_value(named.bucket) as bucket,
        any_value(named.subject_number) as number,
        any_value(named.user_type) as user_type,
        any_value(named.subnet) as subnet,
        max(named.data_level) as data_level,
        min(named.time) as touched_at,
        max(named.time) as last_at,
        min(named.line_no) as line_no,
        count(*) as requests,
        bool_or(named.is_access) as is_hit
    from named
    semi join suspect using (unit_key)
    group by named.unit_key, named.subject_id
) as touch
left join close_bucket using (unit_key, bucket)
