-- title: 利用者やアドレスが変わったセッション / Sessions whose user or address changed
-- param day date yesterday 対象日 / day
select
    site_id, session_id, user_id, users, client_ip, addresses, country, browser,
    first_time, last_time, requests, personal_accesses, subjects
from lake.sessions
where log_date = $day and session_id is not null and (users > 1 or addresses > 1)
order by users desc, addresses desc, personal_accesses desc, first_time;
