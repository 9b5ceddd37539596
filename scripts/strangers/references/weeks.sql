-- More people in the last seven days than in any seven days before, and than colleagues see.
with week as (
    select
        user_id, user_type, ($date - log_date) // 7 as back,
        count(distinct subject_id) as people, count(distinct log_date) as days
    from access
    where user_id is not null and subject_id is not null and log_date > $date - 35
    group by user_id, user_type, back
),
own as (
    select user_id, max(people) as most, count(*) as weeks
    from week
    where back > 0
    group by user_id
),
peers as (
    select user_type, quantile_cont(people, 0.95) as most
    from week
    where back > 0
    group by user_type
)
select week.user_id as actor
from week
inner join own using (user_id)
left join peers on peers.user_type is not distinct from week.user_type
where week.back = 0 and own.weeks >= 3 and week.people >= 20 -- weeks, people
    and week.people > 1.5 * own.most -- times
    and week.people > coalesce(peers.most, 20)
