-- One row per chain: how long it is, and how orderly it was walked.
select
    site_id, resource_id, unit_kind, unit, prefix, max_gap, chain,
    any_value(user_type) as user_type,
    any_value(subnet) as subnet,
    any_value(unit_numbers) as unit_numbers,
    count(*) as numbers,
    count(*) filter (where is_hit) as hits,
    min(number) as from_number,
    max(number) as to_number,
    max(number) - min(number) + 1 as span,
    count(*) filter (where abs(step) = 1) / (count(*) - 1) as ordered_share,
    count(*) filter (where step = 1) / (count(*) - 1) as ascending_share,
    median(epoch(pause)) as pause_seconds
from chained
group by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
