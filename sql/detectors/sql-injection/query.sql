with day_request as (
    select
        request.site_id, request.client_id, request.agent_id, request.user_id, request.time,
        request.status, request.data_level, request.subject_id, request.url_path,
        request.url_query, request.referrer
    from lake.request as request
    where request.log_date = $date
),
text as (
    select distinct url_path as text from day_request
    union
    select distinct url_query as text from day_request
    union
    select distinct referrer as text from day_request
    union
    select agent.user_agent as text
    from lake.agent as agent
    where agent.agent_id in (select agent_id from day_request)
),
-- Each text is decoded and matched once, with all signatures in one linear-time pattern.
attack as materialized (
    select text
    from text
    where regexp_matches(text, $prefilter, 'i')
        and regexp_matches(decoded(text), array_to_string($signatures::varchar[], '|'))
),
hit as (
    select
        request.site_id, client.client_ip, request.user_id, request.time, request.status,
        request.data_level, request.subject_id, request.url_path, request.url_query,
        client.country, agent.user_agent,
        request.status between 200 and 299 as is_success
    from day_request as request
    inner join lake.client as client on client.client_id = request.client_id
    left join lake.agent as agent on agent.agent_id = request.agent_id
    where client.client_ip is not null
        and (
            request.url_path in (select text from attack)
            or request.url_query in (select text from attack)
            or request.referrer in (select text from attack)
            or agent.user_agent in (select text from attack)
        )
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
