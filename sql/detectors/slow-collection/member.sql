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
    select usual_id as user_id, min(department) as department
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
        or recent.first_day > $date - $history_days::int as is_new
from recent
left join listed using (user_id)
left join person_post using (user_id)
