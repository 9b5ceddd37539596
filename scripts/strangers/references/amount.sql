-- More people in a day than the person's own past and the colleagues explain.
with seen as (
    select log_date, user_id, user_type, count(distinct subject_id) as people
    from access
    where user_id is not null and subject_id is not null
    group by log_date, user_id, user_type
),
own as (
    select user_id, max(people) as most, count(*) as days
    from seen
    where log_date < $date
    group by user_id
),
peers as (
    select user_type, quantile_cont(people, 0.99) as most
    from seen
    where log_date < $date
    group by user_type
)
select seen.user_id as actor
from seen
left join own using (user_id)
left join peers on peers.user_type is not distinct from seen.user_type
where seen.log_date = $date and seen.people >= 20 -- people
    and seen.people > 1.3 * case when own.days >= 5 then own.most else coalesce(peers.most, 20) end -- times, days
    and seen.people > coalesce(peers.most, 20)
