with target as (
    select distinct request.url_path, request.url_query, request.referrer, request.agent_id
    from lake.request as request
    where request.log_date = $date
        and regexp_matches(
            concat_ws(' ', request.url_path, request.url_query, request.referrer), $prefilter, 'i'
        )
    union
    select distinct request.url_path, request.url_query, request.referrer, request.agent_id
    from lake.request as request
    inner join lake.agent as agent on agent.agent_id = request.agent_id
    where request.log_date = $date
        and regexp_matches(agent.user_agent, '[''"]|--|union|select|sleep', 'i')
),
part as (
    select target.*, unnest([
        decoded(target.url_path), decoded(target.url_query),
        decoded(target.referrer), decoded(agent.user_agent)
    ]) as text
    from target
    left join lake.agent as agent on agent.agent_id = target.agent_id
),
attack as (
    select distinct url_path, url_query, referrer, agent_id
    from part
    where list_bool_or(list_transform(
        $signatures::varchar[], lambda signature: regexp_matches(part.text, signature)
    ))
),
hit as (
    select
        request.site_id, client.client_ip, request.user_id, request.time, request.status,
        request.data_level, request.subject_id, request.url_path, request.url_query,
        client.country, agent.user_agent,
        request.status between 200 and 299 as is_success
    from lake.request as request
    inner join attack
        on attack.url_path is not distinct from request.url_path
        and attack.url_query is not distinct from request.url_query
        and attack.referrer is not distinct from request.referrer
        and attack.agent_id is not distinct from request.agent_id
    inner join lake.client as client on client.client_id = request.client_id
    left join lake.agent as agent on agent.agent_id = request.agent_id
    where request.log_date = $date and client.client_ip is not null
),
source as (
    select
        site_id, client_ip,
        count(*) as tries,
        count(*) filter (where is_success) as successes,
        count(*) filter (where is_success and data_level > 0) as personal_successes,
        count(distinct subject_id) filter (where is_success and data_level > 0) as subjects,
        min(time) as first_seen, max(time) as last_seen,
        list(distinct url_path || coalesce('?' || url_query, '') order by
            url_path || coalesce('?' || url_query, ''))[1:5] as paths,
        list_sort(list(distinct user_id) filter (where user_id is not null))[1:10] as users,
        list_sort(list(distinct country) filter (where country is not null)) as countries,
        list_sort(list(distinct user_agent) filter (where user_agent is not null))[1:3] as browsers
    from hit
    group by all
),
hourly as (
    select site_id, client_ip, hour(time) as hour, count(*) as tries from hit group by all
),
rhythm as (
    select site_id, client_ip, list({'hour': hour, 'value': tries} order by hour) as hours
    from hourly
    group by all
),
answer as (
    select site_id, client_ip, status, count(*) as tries from hit group by all
),
answers as (
    select site_id, client_ip, list({'status': status, 'count': tries} order by status) as statuses
    from answer
    group by all
)
select
    source.site_id,
    'ip' as actor_kind,
    source.client_ip as actor,
    case
        when source.personal_successes > 0 then 'critical'
        when source.successes > 0 then 'high'
        when source.tries >= $insistent_tries then 'medium'
        else 'low'
    end as severity,
    least(100,
        10 + 12 * log10(source.tries)
        + case
            when source.personal_successes > 0 then 55
            when source.successes > 0 then 35
            when source.tries >= $insistent_tries then 15
            else 0
        end
    ) as score,
    source.first_seen,
    source.last_seen,
    source.tries as event_count,
    source.subjects as subject_count,
    {
        'observed': source.tries,
        'unit': 'attempts',
        'successes': source.successes,
        'statuses': answers.statuses,
        'series': rhythm.hours,
        'paths': source.paths,
        'users': source.users,
        'countries': source.countries,
        'browsers': source.browsers
    } as evidence
from source
left join rhythm using (site_id, client_ip)
left join answers using (site_id, client_ip)
