-- One row per day of the history: whether it is like `$date`. Days are of a kind with others: working
-- days with working days, a Sunday with Sundays, a holiday within the week with all days off.
with day_kind as (
    select
        log_date, weekday, is_working_day,
        case
            when is_working_day then 'working'
            when bool_or(is_working_day) over (partition by weekday) then 'holiday'
            else 'weekday ' || weekday
        end as kind
    from calendar_day
),
today as (
    select * from day_kind where log_date = $date
)
select day_kind.log_date, day_kind.is_working_day,
    day_kind.is_working_day = today.is_working_day as is_like_today,
    day_kind.kind = today.kind
        or (today.kind = 'holiday' and not day_kind.is_working_day) as is_same_kind
from day_kind
cross join today
where day_kind.log_date < $date
