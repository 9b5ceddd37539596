-- title: 個人データをいちばん多く見たセッション / Sessions that saw most personal data
-- param day date yesterday 対象日 / day
-- param limit integer 50 行数 / rows
select
    site_id, session_id, user_id, user_type, users, client_ip, addresses, country, browser,
    first_time, last_time, round(minutes, 1) as minutes, requests, personal_accesses, subjects,
    exports
from lake.sessions
where log_date = $day and personal_accesses > 0
order by subjects desc, personal_accesses desc, first_time
limit $limit;
