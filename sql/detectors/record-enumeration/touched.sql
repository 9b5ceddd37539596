-- One row per unit and record of those who asked for many records: when first, and whether one answer
-- came. In a run of so many numbers half of them share a bucket: whoever has none such is looked at no further.
with close as (
    select unit_key
    from named
    where unit is not null
    group by unit_key, subject_number // (list_max($max_gaps::int[]) * $min_numbers)
    having count(*) >= half($min_numbers)
)
select
    unit_key, subject_id,
    any_value(site_id) as site_id,
    any_value(resource_id) as resource_id,
    any_value(unit_kind) as unit_kind,
    any_value(unit) as unit,
    any_value(subject_number) as number,
    any_value(user_type) as user_type,
    any_value(subnet) as subnet,
    min(time) as touched_at,
    min(line_no) as line_no,
    bool_or(is_access) as is_hit,
    count(*) over (partition by unit_key) as unit_numbers
from named
semi join close using (unit_key)
group by unit_key, subject_id
qualify unit_numbers >= $min_numbers
