-- One row per person, window and what is counted.
with worked as (
    select
        user_id, weeks, back,
        count(*) as days,
        sum(explained_subjects) as explained,
        -- Somebody whose details are opened on three days counts three times: whoever has customers of their own has
        -- soon seen nearly all of them in a week.
        sum(greatest(0, high_subjects - explained_subjects))::double as high_subjects,
        sum(exports)::double as exports,
        sum(export_days)::double as export_days,
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
-- After leave fewer customers are known than before it, and more of them are strangers.
known as (
    select
        user_id, weeks, back,
        back > 0 or count(*) >= $known_share * max(count(*)) over (partition by user_id, weeks) as is_enough
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
            when known.is_enough then greatest(0, coalesce(seen.strangers, 0) - explained)::double
        end as strangers
    from worked
    left join seen using (user_id, weeks, back)
    left join known using (user_id, weeks, back)
)
unpivot counted on columns(* exclude (user_id, weeks, back, days)) into name metric value value
