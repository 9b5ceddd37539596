-- title: しばらく使われていない職員などのアカウント / Accounts of staff and others that nobody has used for a while
-- param until date yesterday 基準の日 / day to count from
-- param days integer 30 この日数以上 / for at least so many days
select
    user_id, any_value(user_type) as user_type, max(log_date) as last_day,
    date_diff('day', max(log_date), $until::date) as days_unused, count(*) as days_used,
    list(distinct site_id order by site_id) as sites
from lake.people_day
where log_date <= $until and user_type is distinct from 'customer'
group by user_id
having date_diff('day', max(log_date), $until::date) >= $days
order by days_unused desc, user_id;
