-- One row per person, length of window and what is counted: the level of a day in earlier windows, without
-- those of open cases and the week just before, in which whoever takes ever more has begun. excess over square
-- is how windows differ from it, what counting brings taken out; one window differs from nothing.
with past as (
    select
        amount.*, member.peers,
        sum(value) over own / sum(days) over own as level,
        level * days as usual,
        nullif(count(*) over own, 1) as windows
    from amount
    inner join member using (user_id)
    where back > 0 and weeks * back > 1
        and not exists (
            select 1
            from excluded_days
            where excluded_days.actor_kind = 'user' and excluded_days.actor = amount.user_id
                and excluded_days.category in ('personal_data', 'authentication')
                and excluded_days.from_day <= $date - (weeks * back * days_a_week())::int
                and excluded_days.to_day > $date - (weeks * (back + 1) * days_a_week())::int
        )
    window own as (partition by amount.user_id, weeks, metric)
)
select
    user_id, weeks, metric, peers, level, windows,
    sum(days) as days,
    avg(days) as usual_days,
    max(value) as highest,
    sum(beside_excess(value, usual, 0, windows)) as excess,
    sum(usual ** 2) as square
from past
group by all
