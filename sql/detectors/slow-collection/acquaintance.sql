-- How many people each person saw in which weeks: one row per person and set of weeks, from the samples of
-- each day; weeks_learnt has no day that is set aside. Where a day's sample is not the whole day, or all samples
-- together are more than memory is given for, only the lowest hashes of all count, each for several people.
with sample as (
    select
        day.user_id, day.subjects,
        (($date - day.log_date) // days_a_week())::ubigint as week,
        coalesce(worked_day.is_aside, false) as is_aside
    from cached.user_subject_day as day
    semi join member using (user_id)
    left join worked_day using (user_id, log_date)
    where day.log_date between $date - $reach_weeks::int * days_a_week() + 1 and $date
),
bound as materialized (
    select
        user_id,
        -- In place of the text, which takes longer to group by.
        row_number() over () as person,
        least(
            least(1.0, most_hashes() / greatest(1, sum(sum(len(subjects))) over ())) * hash_range(),
            min(case when len(subjects) >= sampled_subjects() then subjects[-1] else hash_range() end)
        ) as below
    from sample
    group by user_id
),
subject as (
    select
        bound.person,
        bit_or(1::ubigint << hash.week) as weeks_seen,
        coalesce(bit_or(1::ubigint << hash.week) filter (where not hash.is_aside), 0) as weeks_learnt
    from (select user_id, week, is_aside, unnest(subjects) as subject from sample) as hash
    inner join bound on bound.user_id = hash.user_id and hash.subject <= bound.below
    group by bound.person, hash.subject
)
select
    bound.user_id, known.weeks_seen, known.weeks_learnt,
    known.subjects * (hash_range() / bound.below) as subjects
from (select *, count(*) as subjects from subject group by all) as known
inner join bound using (person)
