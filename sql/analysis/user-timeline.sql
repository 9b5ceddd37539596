-- title: ある利用者の一日 / The day of one user
-- param day date yesterday 対象日 / day
-- param user text none 利用者（既定はその日いちばん多くの人を見た人） / user, by default who saw most people that day
with chosen as (
    select coalesce($user::varchar, arg_max(user_id, (subjects, user_id))) as user_id
    from lake.user_day
    where log_date = $day and subjects > 0
)
select
    request.time, request.site_id, request.user_id, request.method, request.url_path,
    request.url_query, request.status, request.resource_kind, request.subject_id,
    request.login_result, client.client_ip, client.country, agent.browser, request.session_id
from lake.person_request as request
join chosen on chosen.user_id = request.user_id
left join lake.client as client on client.client_id = request.client_id
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.log_date = $day
order by request.time, request.file_id, request.line_no;
