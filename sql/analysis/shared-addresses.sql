-- title: 多くの利用者が使うアドレス / Addresses that many users share
-- param day date yesterday 対象日 / day
-- param users integer 3 この数以上の利用者 / at least so many users
select
    client.client_ip, any_value(client.country) as country, any_value(client.as_org) as as_org,
    count(distinct request.user_id) as users,
    list(distinct request.user_type order by request.user_type) as user_types,
    list(distinct request.user_id order by request.user_id)[1:10] as who,
    count(*) as requests
from lake.person_request as request
join lake.client as client on client.client_id = request.client_id
where request.log_date = $day and request.user_id is not null
    and request.login_result is distinct from 'failure'
group by client.client_ip
having count(distinct request.user_id) >= $users
order by users desc, client.client_ip;
