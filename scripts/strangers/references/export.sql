-- More exports, or larger ones, than the person's own past; of whoever has none, than the colleagues'.
with taken as (
    select
        log_date, user_id, user_type, count(*) as exports, coalesce(sum(bytes), 0) as size
    from access
    where user_id is not null and resource_kind = 'export'
    group by all
),
own as (
    select user_id, max(exports) as exports, max(size) as size, count(*) as days
    from taken
    where log_date < $date
    group by user_id
),
peers as (
    select user_type, count(distinct user_id) as people, quantile_cont(size, 0.95) as size
    from taken
    where log_date < $date
    group by user_type
)
select today.user_id as actor
from taken as today
left join own using (user_id)
left join peers on peers.user_type is not distinct from today.user_type
where today.log_date = $date
    and case
        when own.days >= 2 then today.exports >= 2 * own.exports + 1 or today.size > 3 * own.size
        else coalesce(peers.people, 0) < 2 or today.size > 2 * peers.size
    end
