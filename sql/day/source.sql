-- Where the users and sessions of $date came from and with what: one row per user, session, site,
-- subnet and user agent, of requests that were answered: whatever is refused or sent elsewhere may name
-- anybody and carry any cookie. `machine` names what somebody sits at: a telephone or tablet by its system, anything else by browser and system.
create or replace table day_source as
with source as (
    select
        user_id, session_id, site_id, subnet, country, asn, agent_id,
        any_value(user_type) as user_type,
        network_of(any_value(client_ip)) as network,
        count(*) as requests,
        count(*) filter (where is_personal) as personal,
        count(*) filter (where login_result = 'success') as logins,
        min(time) as first_time,
        max(time) as last_time
    from day_request
    where (is_access or status is null or login_result = 'success')
        and coalesce(user_id, session_id) is not null
        and subnet is not null
    group by user_id, session_id, site_id, subnet, country, asn, agent_id
)
select
    source.*,
    agent.browser, agent.os, agent.device,
    coalesce(agent.os in ('iOS', 'Android', 'iPadOS'), false) as is_mobile,
    case
        when agent.os in ('iOS', 'Android', 'iPadOS') then concat_ws(' ', agent.os, agent.device)
        else concat_ws(' ', coalesce(agent.browser, '?'), agent.os)
    end as machine
from source
left join cached.agent as agent on agent.agent_id = source.agent_id;
