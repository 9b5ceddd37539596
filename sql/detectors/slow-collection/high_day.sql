-- One row per person and day: how many were seen at the highest level, as far as the sample of the day tells.
select
    user_id, log_date,
    sum(len(list_filter(levels, lambda level: level >= $highest_level))) as subjects
from cached.user_subject_day
semi join member using (user_id)
where log_date > $date - list_max($window_weeks::int[]) * days_a_week()
    and log_date <= $date
group by user_id, log_date
