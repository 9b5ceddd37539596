-- One row per site: the rarest of its parts, where none such is ordinary there.
with habit as (
    select
        judged.site_id, judged.span_hours, judged.from_hour,
        count(*) filter (where
            case judged.direction
                when 'up' then past.records >= judged.records
                else past.records <= judged.records
            end
        ) as days_alike
    from judged
    inner join past
        on past.site_id = judged.site_id and past.span_hours = judged.span_hours
        and past.from_hour = judged.from_hour
    group by judged.site_id, judged.span_hours, judged.from_hour
)
select judged.*
from judged
inner join habit
    on habit.site_id = judged.site_id and habit.span_hours = judged.span_hours
    and habit.from_hour = judged.from_hour
where judged.p_value <= $max_p
    and not is_ordinary(habit.days_alike, judged.days, $ordinary_share)
qualify row_number() over (
    partition by judged.site_id order by judged.p_value, judged.span_hours desc
) = 1
