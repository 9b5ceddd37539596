-- One row per person and site of those who asked for many records: what the days before were like.
select
    user_day.user_id as unit, user_day.site_id,
    count(*) as days,
    avg(user_day.sequential_steps) as sequential_steps,
    avg(user_day.subjects) as subjects,
    avg(user_day.refused) as refused,
    median(user_day.subject_span) as span,
    bit_or(user_day.subject_bits_low) as working_set_low,
    bit_or(user_day.subject_bits_high) as working_set_high,
    any_value(today.subjects) as subjects_today,
    any_value(today.subject_span) as span_today,
    count(*) filter (
        where user_day.sequential_steps / user_day.record_accesses
        >= $habit_size * today.sequential_steps / greatest(today.record_accesses, 1)
    ) as like_today
from past.user_day
inner join cached.user_day as today
    on today.log_date = $date
    and today.site_id = user_day.site_id and today.user_id = user_day.user_id
anti join excluded_days
    on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
    and excluded_days.category in ('personal_data', 'authentication')
    and user_day.log_date between excluded_days.from_day and excluded_days.to_day
where user_day.record_accesses > 0
    and user_day.user_id in (
        select unit from touched where unit_kind = 'user' and unit_numbers >= $min_numbers
    )
group by user_day.user_id, user_day.site_id
