-- title: 多くの利用者に見られた人 / People whose data many users saw
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param users integer 2 この数以上の利用者に / by at least so many users
-- param limit integer 50 行数 / rows
select
    site_id, subject_id, count(distinct user_id) as users,
    count(distinct log_date) as days, count(*) as accesses,
    list(distinct user_id order by user_id)[1:10] as who,
    min(time) as first_time, max(time) as last_time
from lake.personal_data_access
where log_date between $since and $until
    and subject_id is not null
    and user_type is distinct from 'customer'
group by site_id, subject_id
having count(distinct user_id) >= $users
order by users desc, accesses desc, site_id, subject_id
limit $limit;
