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
        coalesce(home.user_id, home.session_id) as actor, false as is_sessionless,
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
-- Without sessions: what came beside the user, who logged in, from a network and browser unknown to the
-- account, at which nobody did.
sessionless as (
    select source.*,
        bool_or(source.session_id is not null) over (
            partition by source.user_id, source.site_id
        ) as has_session,
        source.subnet in (select subnet from day_request where login_result = 'success')
            as is_logged_in,
        known_place.user_id is not null as is_own_network,
        known_agent.user_id is not null as is_own_agent
    from source
    inner join worker using (user_id)
    left join (select distinct user_id, network from worker_network) as known_place
        on known_place.user_id = source.user_id and known_place.network = source.network
    left join (select distinct user_id, browser, os, device from worker_agent) as known_agent
        on known_agent.user_id = source.user_id
        and known_agent.browser is not distinct from source.browser
        and known_agent.os is not distinct from source.os
        and known_agent.device is not distinct from source.device
    where worker.days >= few_days()
),
beside as (
    select
        other.site_id, null as session_id, other.user_id, other.user_type,
        other.user_id as actor, true as is_sessionless,
        other.subnet, other.agent_id, other.country, other.requests
    from sessionless as other
    inner join (
        select user_id, site_id, min(first_time) as first_time, max(last_time) as last_time
        from sessionless
        where is_own_network and is_own_agent and is_logged_in
        group by user_id, site_id
    ) as own using (user_id, site_id)
    where other.personal > 0
        and not (other.has_session or other.is_logged_in)
        and not (other.is_own_network or other.is_own_agent or other.place = 'office')
        and other.first_time between own.first_time and own.last_time
),
suspect as (
    select * from taken
    union all by name
    select * from beside
),
person as (
    select
        site_id, actor,
        any_value(user_id) as user_id,
        any_value(user_type) as user_type,
        bool_and(is_sessionless) as is_sessionless,
        count(distinct session_id) as sessions,
        sum(requests) as requests,
        first_ten(list(distinct country) filter (where country is not null)) as countries
    from suspect
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
        select distinct site_id, actor, session_id, user_id, subnet, agent_id from suspect
    ) as place
        on place.site_id = request.site_id
        and place.subnet = request.subnet
        and place.agent_id is not distinct from request.agent_id
        and (
            place.session_id = request.session_id
            or (place.session_id is null and place.user_id = request.user_id)
        )
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
        'reason': case
            when person.is_sessionless then 'no_login_there' else 'two_networks_and_browsers'
        end,
        'countries': person.countries,
        'browsers': touched.browsers,
        'subjects': touched.subject_ids,
        'addresses': touched.addresses
    } as evidence,
    touched.subjects,
    person.user_type,
    person.is_sessionless,
    unreliable.site_id is not null as is_unreliable_site
from person
inner join touched using (site_id, actor)
left join site_session using (site_id)
left join unreliable using (site_id)
