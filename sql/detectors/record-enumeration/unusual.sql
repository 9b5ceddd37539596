-- One row per run that neither chance, nor the person's own habit explains.

-- What the others picked on the day. What they asked for and did not get says nothing.
with answered as (
    select distinct site_id, resource_id, unit_key, subject_number as number
    from named
    where is_access
),
resource as (
    select
        site_id, resource_id,
        max(number) - min(number) + 1 as span,
        count(*) as touches
    from answered
    group by site_id, resource_id
),
-- A batch of new cases is not divided evenly: the others' numbers lie beside one's own.
near as (
    select run.unit_key, run.prefix, run.max_gap, run.run, count(distinct answered.number) as numbers_near
    from run
    inner join answered
        on answered.site_id = run.site_id and answered.resource_id = run.resource_id
        and answered.unit_key <> run.unit_key
        and answered.number between run.from_number - run.span and run.to_number + run.span
    group by all
),
-- How often the person's numbers would follow each other so closely by chance: if picked like the
-- others' numbers of the day from the whole range, or from this part of it, the run's range and as
-- much on either side.
compared as (
    select
        run.*,
        coalesce(near.numbers_near, 0) as others_near,
        greatest(coalesce(resource.touches, 0) - run.unit_numbers, 0) as others,
        least(1, greatest(
            run.unit_numbers / coalesce(resource.span, run.span)::double,
            others_near / (run.span + run.span + run.span)
            * run.unit_numbers / greatest(others, 1)
        )) as chance_density,
        log10(run.unit_numbers) + run.numbers * log10(1 - (1 - chance_density) ** run.max_gap)
            as log_chance,
        run.numbers * (1 - run.share_seen) as seeming_new,
        -- More than usual, or not to be measured by it: behind an address may be an office, or a walk
        -- of every day.
        run.numbers >= clear_ratio() * coalesce(run.usual, 0)
        or (run.is_ordered and run.unit_kind <> 'user') as is_more
    from run
    left join resource using (site_id, resource_id)
    left join near using (unit_key, prefix, max_gap, run)
)
select *
from compared
where (
        log_chance <= $max_log_chance
        and case
            -- The numbers of a day's cases or of a branch lie close together: of people at work order tells.
            when unit_kind = 'user' and user_type <> 'customer' then is_ordered
            else unit_kind = 'user' or is_more
        end
        -- Nobody else is there to compare with: then order tells, or that hardly any number is left out.
        or others < $min_numbers and is_more and (is_ordered or is_most(numbers, span))
    )
    -- Whoever works through a list on other days too.
    and not (is_ordered and coalesce(days_in_order, 0) >= habit_days())
    -- Whoever has a working set of records, such as the vehicles of a fleet, sees the same ones every
    -- day: fewer than half as many new ones as of a stranger's records would seem new.
    and not coalesce(
        seeming_new >= half($min_numbers) and numbers - known_numbers < half(seeming_new), false
    )
