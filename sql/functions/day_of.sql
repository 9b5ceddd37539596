-- table function day_of: ある利用者の一日のリクエスト一件につき一行、時刻の順に / One row per request of one user on one day, in order of time. [personal]
-- parameter user: 利用者。別名でも、同じ人のほかのアカウントでもよい / User, by any alias or account of the person.
-- parameter day: 設定の時間帯での日 / Day in the configured zone.
create or replace macro lake.day_of(user, day) as table
select
    request.time, request.site_id, request.user_id, request.account,
    request.method, request.url_path, request.url_query, request.status,
    request.resource_kind, request.resource_id, request.subject_id,
    coalesce(
        request.resource_kind in ('record', 'list', 'export')
        and (request.status between 200 and 299 or request.status = 304), false
    ) as is_personal,
    request.login_result, request.bytes, client.client_ip, client.country,
    agent.browser, agent.os, request.session_id, request.is_credited,
    request.event_id, request.file_id, request.line_no
from lake.person_request as request
left join lake.client as client on client.client_id = request.client_id
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.log_date = day::date
    and request.user_id = (
        select coalesce(person.usual_id, spelled.account)
        from (
            select coalesce(
                (select alias.usual_id from lake.user_alias as alias where alias.user_id = user), user
            ) as account
        ) as spelled
        left join lake.person as person on person.user_id = spelled.account
    )
order by request.time, request.file_id, request.line_no;
