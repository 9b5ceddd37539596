-- A session that comes from two networks with two browsers within a day.
select session_id as actor
from request
where log_date = $date and session_id is not null and status between 200 and 299
group by session_id
having count(distinct network_of(client_ip)) >= 2 and count(distinct user_agent) >= 2
