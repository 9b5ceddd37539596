-- One row per user, day and kind of browser with a request that was not refused, of
-- named_request. Versions are left out: they change by themselves.
select
    request.log_date,
    request.user_id,
    agent.browser,
    agent.os,
    agent.device,
    count(*) as requests,
    min(request.time) as first_time
from named_request as request
inner join lake.agent as agent on agent.agent_id = request.agent_id
where is_admitted(request.status, request.login_result)
group by request.log_date, request.user_id, agent.browser, agent.os, agent.device
