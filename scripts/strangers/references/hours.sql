-- Data seen at an hour, of a working day or a day off, at which neither the person nor the colleagues work.
with worked as (
    select
        log_date, user_id, user_type, hour(time) as slot, dayofweek(log_date) in (0, 6) as is_weekend,
        count(*) as reads
    from access
    where user_id is not null and user_type in ('staff', 'franchise', 'contractor')
    group by all
)
select today.user_id as actor
from worked as today
where today.log_date = $date and today.reads >= 5 -- reads
    and (today.slot < 6 or today.slot >= 22 or today.is_weekend)
    and not exists (
        select 1 from worked as before
        where before.log_date < $date and before.is_weekend = today.is_weekend
            and before.user_id = today.user_id and abs(before.slot - today.slot) <= 1
    )
    and (
        select count(distinct before.log_date) from worked as before
        where before.log_date < $date and before.is_weekend = today.is_weekend
            and before.user_type = today.user_type and before.slot = today.slot
    ) <= 2 -- days
