-- One row per site and hour with records, for the days in $days.
select
    request.log_date,
    request.site_id,
    date_trunc('hour', request.time) as hour_at,
    count(*) as records,
    count(*) filter (where request.status >= 500) as server_errors,
    count(*) filter (where request.status between 400 and 499) as client_errors,
    count(*) filter (where agent.is_bot) as bot_records,
    count(*) filter (where request.login_result = 'failure') as login_failures,
    count(distinct request.client_id) as client_addresses
from lake.request as request
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.log_date in (select unnest($days::date[]))
group by all
