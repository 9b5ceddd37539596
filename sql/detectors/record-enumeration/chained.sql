-- One row per unit, `max_gap` and record of a chain, in the order of time: numbers that follow each
-- other with no gap wider than that.

-- Ids with other letters before the number are other ids; of a UUID each has letters of its own.
with ordered as (
    select
        touched.*,
        left(subject_id, instr(subject_id, subject_digits(subject_id)) - 1) as prefix
    from touched
    where is_close and unit_numbers >= $min_numbers
),
spaced as (
    select
        ordered.*,
        scale.max_gap,
        row_number() over by_number as place,
        number - lag(number) over by_number as gap
    from ordered
    cross join (select unnest($max_gaps::int[]) as max_gap) as scale
    window by_number as (
        partition by site_id, resource_id, unit_kind, unit, prefix, scale.max_gap
        order by number, subject_id
    )
),
linked as (
    select
        spaced.*,
        count(*) filter (where gap > max_gap) over (
            partition by site_id, resource_id, unit_kind, unit, prefix, max_gap
            order by number, subject_id
            rows unbounded preceding
        ) as chain
    from spaced
)
select
    linked.*,
    place - lag(place) over in_time as step,
    touched_at - lag(touched_at) over in_time as pause,
    count(*) over (
        partition by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
    ) as length
from linked
window in_time as (
    partition by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
    order by touched_at, line_no, subject_id
)
qualify length >= $min_numbers
