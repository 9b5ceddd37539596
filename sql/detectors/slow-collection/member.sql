-- One row per person who is looked at or compared with: who works with others' data. A customer is one from so
-- many people on, which nobody but a fleet has.
with recent as (
    select
        user_id,
        coalesce(any_value(user_type), 'unknown') as user_type,
        min(log_date) as first_day,
        mode(site_id) as site_id
    from worked_day
    group by user_id
    having any_value(user_type) is distinct from 'customer' or sum(subjects) >= $min_subjects
),
listed as (
    select
        usual_id as user_id, min(department) as department,
        bool_or(coalesce(left_on between $date - $reach_weeks::int * days_a_week() and $date, false)) as has_left
    from context_person
    group by usual_id
)
select
    recent.user_id, recent.user_type,
    case
        when listed.department is not null and count(*) over (partition by listed.department) > few_colleagues()
            then 'department ' || listed.department
        when count(*) over (partition by recent.user_type, recent.site_id) > enough_peers()
            then recent.user_type || ' at ' || recent.site_id
        else recent.user_type
    end as peers,
    coalesce(person_post.since > $date - $reach_weeks::int * days_a_week(), false)
        or recent.first_day > $date - $history_days::int as is_new,
    -- As is on record, which leaves work to the others.
    coalesce(listed.has_left, false) or recent.user_id in (
        select user_id from context_absence
        where from_at < $day_ends_at and to_at > $day_begins_at - to_days($reach_weeks::int * days_a_week())
    ) as is_away
from recent
left join listed using (user_id)
left join person_post using (user_id)
