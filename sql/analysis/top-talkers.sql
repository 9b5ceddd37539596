-- title: リクエストのいちばん多いアドレス / Addresses with most requests
-- param day date yesterday 対象日 / day
-- param limit integer 50 行数 / rows
with busy as (
    select
        client_id, count(*) as requests, count(distinct site_id) as sites,
        count(distinct user_id) as users, sum(bytes)::hugeint as bytes,
        count(*) filter (where status >= 400) as errors, mode(agent_id) as agent_id,
        min(time) as first_time, max(time) as last_time
    from lake.user_request
    where log_date = $day
    group by client_id
    order by requests desc
    limit $limit
)
select
    client.client_ip, client.country, client.as_org, client.client_host,
    busy.requests, busy.sites, busy.users, busy.bytes, busy.errors,
    agent.browser, agent.bot_name, busy.first_time, busy.last_time
from busy
left join lake.client as client on client.client_id = busy.client_id
left join lake.agent as agent on agent.agent_id = busy.agent_id
order by busy.requests desc, client.client_ip;
