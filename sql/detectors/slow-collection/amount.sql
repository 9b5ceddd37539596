-- One row per person, window and what is counted.
with worked as (
    select
        user_id, weeks, back,
        count(*) as days,
        sum(explained_subjects) as explained,
        sum(exports)::double as exports,
        sum(list_accesses)::double as list_accesses,
        sum(refused)::double as refused,
        sum(beside_records)::double as beside_records,
        sum(beside_lists)::double as beside_lists
    from worked_day
    semi join member using (user_id)
    inner join span on week between first_week and last_week
    where back = 0 or not is_aside
    group by all
),
-- Who is a stranger cannot be told until enough days before are known.
known as (
    select user_id, weeks, back
    from worked_day
    semi join member using (user_id)
    inner join span on week > last_week and week <= first_known_week
    where weeks_before is not null and not is_aside
    group by user_id, weeks, back
    having count(*) >= days_of_a_level()
),
seen as (
    select
        user_id, weeks, back,
        sum(subjects) as subjects,
        sum(subjects) filter (where weeks_learnt & weeks_before = 0) as strangers
    from acquaintance
    inner join span on case when back = 0 then weeks_seen else weeks_learnt end & weeks_within <> 0
    group by all
),
counted as (
    select
        worked.* exclude (explained),
        greatest(0, coalesce(seen.subjects, 0) - explained)::double as subjects,
        case
            when known.user_id is not null then greatest(0, coalesce(seen.strangers, 0) - explained)::double
        end as strangers
    from worked
    left join seen using (user_id, weeks, back)
    left join known using (user_id, weeks, back)
)
unpivot counted on columns(* exclude (user_id, weeks, back, days)) into name metric value value
