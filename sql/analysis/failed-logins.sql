-- title: ログインの失敗が多いアドレス / Addresses with many failed log-ins
-- param day date yesterday 対象日 / day
-- param limit integer 50 行数 / rows
select
    client_ip, any_value(country) as country, any_value(as_org) as as_org,
    list(distinct site_id order by site_id) as sites,
    count(*) filter (where login_result = 'failure') as failures,
    count(*) filter (where login_result = 'success') as successes,
    count(distinct user_id) filter (where login_result = 'failure') as failed_accounts,
    min(time) as first_time, max(time) as last_time
from lake.logins
where log_date = $day
group by client_ip
having count(*) filter (where login_result = 'failure') > 0
order by failures desc, client_ip
limit $limit;
