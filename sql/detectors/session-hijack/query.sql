with source as (
    select
        day_source.* exclude (machine),
        case when day_source.is_mobile then day_source.os else day_source.machine end as machine,
        case
            when office.people >= $many_people then 'office'
            else coalesce('as' || day_source.asn, day_source.network)
        end as place
    from day_source
    left join shared_network as office on office.subnet = day_source.subnet
),
moved as (
    select site_id, session_id
    from source
    where session_id is not null
    group by site_id, session_id
    having min(place) <> max(place)
),
split as (
    select
        site_id, session_id,
        mode(user_id order by user_id) as user_id,
        mode(user_type order by user_type) as user_type,
        arg_min(place, first_time) as home_place
    from source
    semi join moved using (site_id, session_id)
    group by site_id, session_id
    having count(distinct user_id) < $many_people
        and count(distinct place) <= $max_places
),
home as (
    select
        split.*,
        list(source.agent_id) as agents,
        list(source.machine) as machines,
        max(source.last_time) as last_time
    from split
    inner join source
        on source.site_id = split.site_id and source.session_id = split.session_id
        and source.place = split.home_place
    group by all
),
taken as (
    select
        home.site_id, home.session_id, home.user_id, home.user_type,
        coalesce(home.user_id, home.session_id) as actor,
        source.subnet, source.agent_id, source.country, source.requests
    from home
    inner join source
        on source.site_id = home.site_id and source.session_id = home.session_id
        and source.place <> home.home_place
    where source.personal > 0
        and (
            not list_contains(home.machines, source.machine)
            -- A browser that was updated does not come back in the old version.
            or (
                not list_contains(home.agents, source.agent_id)
                and not source.is_mobile and home.last_time > source.first_time
            )
        )
),
person as (
    select
        site_id, actor,
        any_value(user_id) as user_id,
        any_value(user_type) as user_type,
        count(distinct session_id) as sessions,
        sum(requests) as requests,
        first_ten(list(distinct country) filter (where country is not null)) as countries
    from taken
    group by site_id, actor
),
touched as (
    select
        place.site_id, place.actor,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        max(request.data_level) filter (where request.is_personal) as data_level,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses,
        first_ten(list(distinct concat_ws(' ', agent.browser, agent.os))) as browsers
    from day_request as request
    left join cached.agent as agent on agent.agent_id = request.agent_id
    inner join (
        select distinct site_id, actor, session_id, subnet, agent_id from taken
    ) as place
        on place.site_id = request.site_id
        and place.subnet = request.subnet
        and place.agent_id is not distinct from request.agent_id
        and place.session_id = request.session_id
    where coalesce(request.status, 0) < 400
    group by place.site_id, place.actor
),
-- Where sessions do not belong to one browser, they prove nothing. The days before say where that is:
-- what many take over today excuses nobody.
site_session as (
    select site_id, count(distinct session_id) as sessions
    from source
    where personal > 0
    group by site_id
),
unreliable as (
    select site_id
    from (
        select date, site_id
        from lake.findings
        where detector = 'session-hijack' and date between $date - site_past_days() and $date - 1
        group by date, site_id
        having sum((evidence ->> 'sessions')::bigint) >= greatest(
            $unreliable_sessions,
            $unreliable_share * max((evidence ->> 'site_sessions')::bigint)
        )
    )
    group by site_id
    having count(*) >= days_of_a_kind()
)
select
    person.site_id,
    case when person.user_id is null then 'session' else 'user' end as actor_kind,
    person.actor,
    touched.first_seen,
    touched.last_seen,
    person.requests as event_count,
    touched.subjects as subject_count,
    {
        'observed': person.requests,
        'expected': 0,
        'upper': 0,
        'unit': 'requests',
        'sessions': person.sessions,
        'site_sessions': site_session.sessions,
        'user_type': person.user_type,
        'data_level': touched.data_level,
        'countries': person.countries,
        'browsers': touched.browsers,
        'subjects': touched.subject_ids,
        'addresses': touched.addresses
    } as evidence,
    touched.subjects,
    person.user_type,
    unreliable.site_id is not null as is_unreliable_site
from person
inner join touched using (site_id, actor)
left join site_session using (site_id)
left join unreliable using (site_id)
