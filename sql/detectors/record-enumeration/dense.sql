-- One row per run that neither chance, nor the person's or the others' habits explain.

-- How many of a run's records the person has seen on the days before. Whoever sees ever other records
-- has seen all of them, as far as the bits tell, and is known by none.
with familiar as (
    select
        chain.site_id, chain.resource_id, chain.unit_kind, chain.unit, chain.prefix,
        chain.max_gap, chain.chain,
        count(*) filter (
            where subject_bits(chain.subject_id, 0) & habit.working_set_low <> 0
                or subject_bits(chain.subject_id, 1) & habit.working_set_high <> 0
        ) as numbers
    from chained as chain
    inner join habit on habit.unit = chain.unit and habit.site_id = chain.site_id
    where chain.unit_kind = 'user'
        and habit.days >= $habit_days
        and bit_count(habit.working_set_low)::int + bit_count(habit.working_set_high)::int <= subject_bit_count() * $working_set_fill
    group by all
),
-- An office behind one address, where the log names no user, has a past as a subnet.
subnet_habit as (
    select site_id, subnet, count(*) as days, avg(anonymous_accesses) as accesses
    from past.subnet_day
    where anonymous_accesses > 0
        and subnet in (select subnet from run where unit_kind <> 'user')
    group by site_id, subnet
),
site_habit as (
    select user_day.site_id, user_day.user_type,
        sum(user_day.sequential_steps) / greatest(count(*), 1) as sequential_steps,
        count(*) as person_days
    from past.user_day
    where user_day.record_accesses > 0
        and user_day.site_id in (select site_id from run)
    group by user_day.site_id, user_day.user_type
)
select
    rated.*,
    rated.ordered_share >= $min_ordered_share as is_ordered,
    habit.days as own_days,
    habit.sequential_steps as own_steps,
    habit.subjects as own_subjects,
    site_habit.sequential_steps as peer_steps,
    coalesce(familiar.numbers, 0) as known_numbers,
    'run' as kind
from rated
left join familiar using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
left join habit
    on rated.unit_kind = 'user' and habit.unit = rated.unit and habit.site_id = rated.site_id
left join subnet_habit
    on rated.unit_kind <> 'user' and subnet_habit.subnet = rated.subnet
    and subnet_habit.site_id = rated.site_id
left join site_habit
    on site_habit.site_id = rated.site_id and site_habit.user_type = rated.user_type
where not rated.is_queue
    -- Whoever works through a list every day, and whoever does so on every site like this.
    and not (
        coalesce(habit.like_today, 0) >= greatest(
            least($habit_days, greatest(habit.days, $newcomer_days)), $habit_share * habit.days
        )
        and rated.ordered_share >= $min_ordered_share
    )
    -- Whoever has a working set of records, such as the vehicles of a fleet, sees close
    -- numbers every day: the same ones …
    and coalesce(familiar.numbers, 0) < $working_set_share * rated.numbers
    -- … or, of a working set too large to be told apart, as many as ever within as little.
    and not (
        coalesce(habit.days, 0) >= $habit_days
        and habit.span < $working_set_width * habit.subjects
        and habit.span_today <= $working_set_growth * habit.span
        and habit.subjects_today <= $working_set_growth * habit.subjects
    )
    and coalesce(site_habit.sequential_steps, 0)
        < $habit_size * rated.ordered_share * rated.numbers
        + case when rated.ordered_share < $min_ordered_share then rated.numbers else 0 end
    and case
        -- Nobody else is there to compare with: then only order, or more than usual, tells.
        when rated.others < $min_others then
            rated.ordered_share >= $min_ordered_share
            or (
                rated.numbers >= $lone_ratio * coalesce(habit.subjects, subnet_habit.accesses, 0)
                and rated.numbers >= $lone_density * rated.span
            )
        else rated.log_chance <= $max_log_chance
    end
    and (
        subnet_habit.days is null or subnet_habit.days < $habit_days
        or rated.ordered_share >= $min_ordered_share
        or rated.numbers >= $lone_ratio * subnet_habit.accesses
    )
