-- One row per person and day: how many were seen at the highest level. Of a day whose sample is not the whole
-- day, each of the sample stands for several.
select
    user_id, log_date,
    sum(
        len(list_filter(levels, lambda level: level >= $highest_level))
        * case when len(subjects) >= sampled_subjects() then hash_range() / subjects[-1] else 1 end
    ) as subjects
from cached.user_subject_day
semi join member using (user_id)
where log_date between $date - $reach_weeks::int * days_a_week() + 1 and $date
group by user_id, log_date
