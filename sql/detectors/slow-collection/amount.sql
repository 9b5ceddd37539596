-- One row per person, window and what is counted.
with worked as (
    select
        worked_day.user_id, span.weeks, span.back,
        count(*) as days,
        sum(worked_day.exports) as exports,
        count(*) filter (where worked_day.exports > 0) as export_days,
        sum(worked_day.list_accesses) as list_accesses,
        sum(worked_day.refused) as refused,
        sum(worked_day.beside_records) as beside_records,
        sum(worked_day.beside_lists) as beside_lists,
        sum(worked_day.explained_subjects) as explained_subjects,
        -- Somebody whose details are opened on three days counts three times: whoever has customers of their
        -- own has soon seen nearly all of them in a week.
        sum(greatest(0, coalesce(high_day.subjects, 0) - worked_day.explained_subjects))
            as high_subjects
    from worked_day
    semi join member using (user_id)
    left join high_day using (user_id, log_date)
    inner join span on worked_day.week between span.first_week and span.last_week
    where span.back = 0 or not worked_day.is_aside
    group by all
),
known as (
    select
        worked_day.user_id, span.weeks, span.back, count(*) as days_before
    from worked_day
    semi join member using (user_id)
    inner join span
        on worked_day.week > span.last_week and worked_day.week <= span.last_week + $known_weeks
    where span.weeks_before is not null and not worked_day.is_aside
    group by all
),
-- After leave fewer customers are known than before it, and more of them are strangers.
well_known as (
    select
        user_id, weeks, back,
        back > 0
            or days_before >= $known_share * max(days_before) over (partition by user_id, weeks) as is_enough
    from known
    where days_before >= days_of_a_level()
),
seen as (
    select
        place.user_id, place.weeks, place.back,
        sum(place.subjects) filter (where place.seen & place.weeks_within <> 0) as subjects,
        sum(place.subjects) filter (
            where place.seen & place.weeks_within <> 0 and place.weeks_learnt & place.weeks_before = 0
        ) as strangers
    from (
        select
            acquaintance.*, span.*,
            case when span.back = 0 then weeks_seen else weeks_learnt end as seen
        from acquaintance
        cross join span
    ) as place
    group by all
),
counted as (
    select
        worked.user_id, worked.weeks, worked.back, worked.days,
        greatest(0, coalesce(seen.subjects, 0) - worked.explained_subjects)::double as subjects,
        worked.high_subjects::double as high_subjects,
        case
            when well_known.is_enough
                then greatest(0, coalesce(seen.strangers, 0) - worked.explained_subjects)::double
        end as strangers,
        worked.exports::double as exports,
        worked.export_days::double as export_days,
        worked.list_accesses::double as list_accesses,
        worked.refused::double as refused,
        worked.beside_records::double as beside_records,
        worked.beside_lists::double as beside_lists
    from worked
    left join seen using (user_id, weeks, back)
    left join well_known using (user_id, weeks, back)
)
from counted
unpivot (
    value for metric in (
        subjects, high_subjects, strangers, exports, export_days, list_accesses, refused, beside_records, beside_lists
    )
)
