-- No line for an hour or more, three times as long as ever before at that time of day.
with line as (
    select
        site_id, log_date, time,
        date_diff('second', lag(time) over (partition by site_id order by time), time) / 60.0 as gap
    from request
),
longest as (
    select
        site_id, log_date, hour(time) as slot, max(gap) as gap
    from line
    where gap is not null
    group by all
)
select today.site_id as actor
from longest as today
inner join (
    select site_id, slot, max(gap) as gap, count(*) as days
    from longest
    where log_date < $date
    group by all
) as before using (site_id, slot)
where today.log_date = $date and today.gap >= 60 and before.days >= 7 -- minutes, days
    and today.gap > 3 * before.gap -- times
union
select site_id from request where log_date between $date - 7 and $date - 1 group by site_id
having count(distinct log_date) = 7
    and site_id not in (select site_id from request where log_date = $date)
