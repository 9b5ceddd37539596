with source as (
    select
        day_source.* exclude (machine),
        case when day_source.is_mobile then day_source.os else day_source.machine end as machine,
        case
            when office.people >= $office_people then 'office'
            else coalesce('as' || day_source.asn, day_source.network)
        end as place
    from day_source
    left join shared_network as office on office.subnet = day_source.subnet
),
session as (
    select
        site_id, session_id,
        sum(requests) as requests,
        sum(personal) as personal,
        min(place) <> max(place) or coalesce(min(country) <> max(country), false) as is_split
    from source
    where session_id is not null
    group by site_id, session_id
),
-- Most sessions stay where they are: the costly figures are of the others.
split as (
    select
        site_id, session_id,
        mode(user_id order by user_id) as user_id,
        mode(user_type order by user_type) as user_type,
        arg_min(place, first_time) as home_place
    from source
    semi join (select * from session where is_split) as moved using (site_id, session_id)
    group by site_id, session_id
    having count(distinct user_id) < $max_users
        and count(distinct place) <= $max_places
),
home as (
    select
        split.site_id, split.session_id,
        list(source.agent_id) as agents,
        list(source.machine) as machines,
        list(source.country) filter (where source.country is not null) as countries,
        max(source.last_time) as last_time
    from split
    inner join source
        on source.site_id = split.site_id and source.session_id = split.session_id
        and source.place = split.home_place
    group by split.site_id, split.session_id
),
away as (
    select
        split.site_id, split.session_id, source.place, source.country,
        list(distinct source.agent_id) as agents,
        list(distinct source.machine) as machines,
        bool_or(source.is_mobile) as is_mobile,
        sum(source.requests) as requests,
        sum(source.personal) as personal,
        min(source.first_time) as first_time
    from split
    inner join source
        on source.site_id = split.site_id and source.session_id = split.session_id
    where source.place <> split.home_place
    group by split.site_id, split.session_id, source.place, source.country
),
compared as (
    select
        away.*,
        not list_has_any(away.machines, home.machines) as is_other_browser,
        -- A browser that was updated does not come back in the old version.
        not list_has_any(away.agents, home.agents)
            and not away.is_mobile and home.last_time > away.first_time as is_other_version,
        coalesce(
            not list_contains(home.countries, away.country)
            and away.first_time - home.last_time < to_hours($jump_hours::int), false
        ) as is_jump
    from away
    inner join home using (site_id, session_id)
),
taken as (
    select
        split.site_id, split.session_id, split.user_id,
        coalesce(split.user_type, 'unknown') as user_type,
        compared.place, compared.country, compared.requests, compared.personal,
        compared.is_other_browser or compared.is_other_version as is_other_agent,
        compared.is_jump
    from compared
    inner join split using (site_id, session_id)
    where compared.is_other_browser or compared.is_other_version or compared.is_jump
),
-- Where sessions do not belong to one browser, they prove nothing. The days before say where that is: what many
-- take over today excuses nobody. Only while there are too few of them does the day itself. Sessions that saw
-- nobody's data are not asked: anybody can send a cookie from two places.
site_session as (
    select session.site_id, count(*) as sessions,
        count(*) filter (where taken.session_id is not null) as taken
    from session
    left join split
        on split.site_id = session.site_id and split.session_id = session.session_id
    left join (select distinct site_id, session_id from taken where is_other_agent) as taken
        on taken.site_id = session.site_id and taken.session_id = session.session_id
    where session.requests > 1 and session.personal > 0
        and (split.session_id is not null or not session.is_split)
    group by session.site_id
),
told as (
    select date, site_id, sum((evidence ->> 'sessions')::bigint) as taken,
        max((evidence ->> 'site_sessions')::bigint) as sessions
    from lake.findings
    where detector = 'session-hijack' and date between $date - $unreliable_weeks::int * days_a_week() and $date - 1
        and (evidence ->> 'reason') = 'two_networks_and_browsers'
    group by date, site_id
),
told_site as (
    select site_id, count(*) as days
    from told
    where taken >= $unreliable_sessions and taken >= $unreliable_share * sessions
    group by site_id
),
known_site as (
    select site_id
    from past.site_day
    semi join lake.detector_day as examined
        on examined.log_date = site_day.log_date
        and examined.detector = 'session-hijack' and examined.mode = 'active'
    where records > 0 and log_date >= $date - $unreliable_weeks::int * days_a_week()
    group by site_id
    having count(*) >= $unreliable_days
),
judged_site as (
    select
        site_session.site_id, site_session.sessions,
        coalesce(case
            when known_site.site_id is not null then told_site.days >= $unreliable_days
            else site_session.taken >= $unreliable_sessions
                and site_session.taken >= $unreliable_share * site_session.sessions
        end, false) as is_unreliable
    from site_session
    left join known_site using (site_id)
    left join told_site using (site_id)
),
-- Without sessions: what came beside the user from a network and browser unknown to the account.
login_site as (
    select site_id
    from past.site_day
    group by site_id
    having sum(login_successes) >= $login_share * greatest(1, sum(users))
),
login_subnet as (
    select subnet
    from day_request
    where login_result = 'success'
),
sessionless as (
    select source.*, worker.days,
        bool_or(source.session_id is not null) over (
            partition by source.user_id, source.site_id
        ) as has_session,
        known_place.user_id is not null as is_own_network,
        known_agent.user_id is not null as is_own_agent
    from source
    inner join worker using (user_id)
    semi join login_site on login_site.site_id = source.site_id
    left join (select distinct user_id, network from worker_network) as known_place
        on known_place.user_id = source.user_id and known_place.network = source.network
    left join (select distinct user_id, browser, os, device from worker_agent) as known_agent
        on known_agent.user_id = source.user_id
        and known_agent.browser is not distinct from source.browser
        and known_agent.os is not distinct from source.os
        and known_agent.device is not distinct from source.device
    where worker.days >= $min_days
),
beside as (
    select
        sessionless.site_id, sessionless.user_id, sessionless.user_type, sessionless.place,
        sessionless.country, sessionless.requests, sessionless.personal,
        sessionless.subnet, sessionless.agent_id
    from sessionless
    inner join (
        select user_id, site_id, min(first_time) as first_time, max(last_time) as last_time
        from sessionless
        where is_own_network and is_own_agent
        group by user_id, site_id
    ) as own using (user_id, site_id)
    anti join login_subnet on login_subnet.subnet = sessionless.subnet
    where not sessionless.has_session
        and not sessionless.is_own_network
        and not sessionless.is_own_agent
        and sessionless.place <> 'office'
        and sessionless.first_time between own.first_time and own.last_time
),
suspect_source as (
    select
        taken.site_id, taken.session_id, taken.user_id, taken.user_type,
        coalesce(taken.user_id, taken.session_id) as actor,
        taken.is_other_agent, taken.is_jump, false as is_sessionless,
        source.place, source.country, source.subnet, source.agent_id, source.machine,
        source.requests, source.personal
    from taken
    inner join source
        on source.site_id = taken.site_id and source.session_id = taken.session_id
        and source.place = taken.place and source.country is not distinct from taken.country
    union all by name
    select
        beside.site_id, null as session_id, beside.user_id, beside.user_type,
        beside.user_id as actor, true as is_other_agent, false as is_jump, true as is_sessionless,
        beside.place, beside.country, beside.subnet, beside.agent_id, null as machine,
        beside.requests, beside.personal
    from beside
),
person as (
    select
        suspect_source.site_id, suspect_source.actor,
        any_value(suspect_source.user_id) as user_id,
        any_value(suspect_source.user_type) as user_type,
        bool_or(suspect_source.is_other_agent and not suspect_source.is_sessionless) as is_other_agent,
        bool_or(suspect_source.is_jump) as is_jump,
        bool_and(suspect_source.is_sessionless) as is_sessionless,
        count(distinct suspect_source.session_id) as sessions,
        sum(suspect_source.requests) as requests,
        sum(suspect_source.personal) as personal,
        first_ten(list(distinct suspect_source.country)
            filter (where suspect_source.country is not null)) as countries
    from suspect_source
    group by suspect_source.site_id, suspect_source.actor
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
        select distinct site_id, actor, session_id, user_id, subnet, agent_id from suspect_source
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
judged as (
    select
        person.*, touched.* exclude (site_id, actor), worker.days,
        coalesce(site.is_unreliable, false) as is_unreliable_site,
        site.sessions as site_sessions
    from person
    inner join touched using (site_id, actor)
    left join worker using (user_id)
    left join judged_site as site on site.site_id = person.site_id
)
select
    judged.site_id,
    case when judged.user_id is null then 'session' else 'user' end as actor_kind,
    judged.actor,
    judged.first_seen,
    judged.last_seen,
    judged.requests as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.requests,
        'expected': 0,
        'upper': 0,
        'unit': 'requests',
        'baseline': case when judged.is_sessionless then 'own' else 'none' end,
        'baseline_days': case when judged.is_sessionless then judged.days end,
        'sessions': judged.sessions,
        'site_sessions': judged.site_sessions,
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'reason': case
            when judged.is_sessionless then 'no_login_there'
            when judged.is_other_agent then 'two_networks_and_browsers'
            else 'two_countries'
        end,
        'countries': judged.countries,
        'browsers': judged.browsers,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.requests,
    judged.personal,
    judged.subjects,
    judged.user_type,
    judged.is_unreliable_site,
    judged.is_sessionless,
    judged.is_other_agent,
    judged.is_jump
from judged
