-- One row per run that is long enough: numbers of one unit that follow each other with no gap wider
-- than `max_gap`. How orderly it was walked, and how much of it the person has seen on days before.

-- Ids with other letters before the number are other ids; of a UUID each has letters of its own.
with spaced as (
    select
        unit_key, subject_id, number,
        left(subject_id, instr(subject_id, subject_digits(subject_id)) - 1) as prefix,
        number - lag(number) over by_number as gap,
        lead(number) over by_number - number as next_gap
    from touched
    window by_number as (partition by unit_key, prefix order by number, subject_id)
),
linked as (
    select
        spaced.*, scale.max_gap,
        count(*) filter (where gap > max_gap) over (
            partition by unit_key, prefix, scale.max_gap order by number, subject_id rows unbounded preceding
        ) as run
    from spaced
    -- A number far from all others is no run.
    inner join (select unnest($max_gaps::int[]) as max_gap) as scale
        on least(gap, next_gap) <= scale.max_gap
),
long_enough as (
    select
        *,
        row_number() over (
            partition by unit_key, prefix, max_gap, run order by number, subject_id
        ) as place
    from linked
    qualify count(*) over (partition by unit_key, prefix, max_gap, run) >= $min_numbers
),
walked as (
    select
        touched.*, long_enough.prefix, long_enough.max_gap, long_enough.run,
        place - lag(place) over (
            partition by touched.unit_key, prefix, max_gap, run order by touched_at, line_no, touched.subject_id
        ) as step
    from long_enough
    inner join touched using (unit_key, subject_id)
)
select
    walked.unit_key, walked.prefix, walked.max_gap, walked.run,
    any_value(walked.site_id) as site_id,
    any_value(walked.resource_id) as resource_id,
    any_value(walked.unit_kind) as unit_kind,
    any_value(walked.unit) as unit,
    any_value(walked.user_type) as user_type,
    any_value(walked.unit_numbers) as unit_numbers,
    count(*) as numbers,
    count(*) filter (where walked.is_hit) as hits,
    min(walked.number) as from_number,
    max(walked.number) as to_number,
    to_number - from_number + 1 as span,
    count(*) filter (where abs(walked.step) = 1) >= $min_ordered_share * (count(*) - 1) as is_ordered,
    case when is_ordered then 'sequential' else 'shuffled' end as pattern,
    count(*) filter (
        where subject_bits(walked.subject_id, 0) & habit.bits_low <> 0
            or subject_bits(walked.subject_id, 1) & habit.bits_high <> 0
    ) as known_numbers,
    any_value(habit.days) as days,
    any_value(habit.usual) as usual,
    any_value(habit.share_seen) as share_seen,
    any_value(habit.days_in_order) as days_in_order
from walked
left join habit
    on habit.site_id = walked.site_id
    and habit.is_person = (walked.unit_kind = 'user')
    and habit.unit = case when walked.unit_kind = 'user' then walked.unit else walked.subnet end
group by walked.unit_key, walked.prefix, walked.max_gap, walked.run
having count(*) >= case
        when any_value(walked.unit_kind) = 'user' and any_value(walked.user_type) <> 'customer'
            then $min_staff_numbers
        else $min_numbers
    end
