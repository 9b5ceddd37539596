-- One row per run that is long enough: how probable it is by chance, and whether it is a queue of new
-- cases at which others work too. What others asked for and did not get says nothing of a queue.
with resource as (
    select
        site_id, resource_id,
        max(subject_number) - min(subject_number) + 1 as span,
        approx_count_distinct(hash(unit_key, subject_id)) as touches
    from named
    where is_access
    group by site_id, resource_id
),
run_bucket as (
    select
        run.*,
        unnest(range(
            (from_number - span) // $bucket_numbers, (to_number + span) // $bucket_numbers + 1
        )) as bucket
    from run
    where numbers >= case
            when unit_kind = 'user' and user_type <> 'customer' then $min_staff_numbers
            else $min_numbers
        end
),
neighbourhood as (
    select
        run_bucket.site_id, run_bucket.resource_id, run_bucket.unit_kind, run_bucket.unit,
        run_bucket.prefix, run_bucket.max_gap, run_bucket.chain,
        count(distinct other.subject_number) filter (
            where other.subject_number between run_bucket.from_number and run_bucket.to_number
        ) as inside,
        count(distinct other.subject_number) filter (
            where other.subject_number not between run_bucket.from_number and run_bucket.to_number
        ) as beside
    from run_bucket
    inner join named as other using (site_id, resource_id, bucket)
    where other.is_access and other.unit <> run_bucket.unit
        and other.subject_number between run_bucket.from_number - run_bucket.span
        and run_bucket.to_number + run_bucket.span
    group by all
),
-- How often the person's numbers would follow each other so closely by chance: if picked like the
-- others' numbers of the day from the whole range, or from this part of it.
compared as (
    select
        run.*,
        coalesce(resource.span, run.span) as resource_span,
        greatest(coalesce(resource.touches, 0) - run.unit_numbers, 0) as others,
        coalesce(neighbourhood.inside, 0) + coalesce(neighbourhood.beside, 0) as others_near,
        (coalesce(neighbourhood.inside, 0) + coalesce(neighbourhood.beside, 0))
            / ($near_spans * run.span) as density_near,
        least($max_density, greatest(
            run.unit_numbers / resource_span::double,
            density_near * run.unit_numbers / greatest(others, 1)
        )) as chance_density
    from run
    semi join run_bucket
        using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
    left join resource using (site_id, resource_id)
    left join neighbourhood using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
)
select
    compared.*,
    log10(unit_numbers)
        + numbers * log10(1 - (1 - chance_density) ** max_gap) as log_chance,
    -- New cases taken as they come in: one after the other, at the pace of work, where
    -- colleagues work too.
    ascending_share >= $min_ordered_share and pause_seconds >= $work_pause_seconds
    and density_near >= $hot_share * numbers / span
    and density_near >= $hot_ratio * others / resource_span as is_queue
from compared
