-- title: 失敗が続いたあとに成功したログイン / Log-ins that worked after failures
-- param day date yesterday 対象日 / day
-- param failures integer 3 その前の失敗がこの回数以上 / at least so many failures before it
-- param minutes integer 60 この分数のうちに / within so many minutes
with success as (
    select * from lake.logins where log_date = $day and login_result = 'success'
),
failure as (
    select * from lake.logins
    where log_date between $day::date - 1 and $day and login_result = 'failure'
)
select
    success.time, success.site_id, success.user_id, success.user_type, success.client_ip,
    success.country, success.browser, count(*) as failures,
    count(distinct failure.client_ip) as failing_addresses,
    count(distinct failure.user_id) as failing_accounts,
    min(failure.time) as first_failure
from success
join failure
    on failure.site_id = success.site_id
    and failure.time < success.time
    and failure.time >= success.time - to_minutes($minutes::bigint)
    and (failure.user_id = success.user_id or failure.client_ip = success.client_ip)
group by all
having count(*) >= $failures
order by failures desc, success.time;
