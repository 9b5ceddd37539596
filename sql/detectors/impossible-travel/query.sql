-- Countries of the day that several requests bear out, and those of the evening before.
with supported as (
    select user_id, country, sum(requests) as requests, max(last_time) as last_time,
        coalesce(sum(requests) filter (where site.trust is distinct from 'partner'), 0)
            as own_requests
    from day_source
    left join lake.site as site on site.site_id = day_source.site_id
    where user_id is not null and country is not null and user_type <> 'system'
    group by user_id, country
    having sum(requests) >= $min_requests
),
evening as (
    select user_network_day.user_id, user_network_day.country, user_network_day.network,
        max(user_network_day.last_time) as time
    from lake.user_network_day as user_network_day
    semi join supported using (user_id)
    where user_network_day.log_date = $date - 1
        and user_network_day.country is not null
        and user_network_day.requests >= $min_requests
        and user_network_day.last_time >= $day_begins_at::timestamptz - to_hours($far_hours::int)
    group by user_network_day.user_id, user_network_day.country, user_network_day.network
),
mover as (
    select user_id
    from (
        select user_id, country from supported
        union
        select user_id, country from evening
    )
    group by user_id
    having count(*) > 1
),
past as (
    select user_network_day.user_id, user_network_day.log_date, user_network_day.country, user_network_day.asn,
        user_network_day.network, user_network_day.requests
    from past.user_network_day
    semi join mover using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_network_day.user_id
        and user_network_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
),
known as (
    select user_id, count(distinct log_date) as days,
        list_sort(list(distinct country) filter (where country is not null)) as countries
    from past
    group by user_id
),
known_country as (
    select user_id, country, count(distinct log_date) as days
    from past
    where country is not null
    group by user_id, country
),
-- The country that the user is at home in, of those in question.
ranked as (
    select supported.user_id, supported.country,
        row_number() over (
            partition by supported.user_id
            order by coalesce(known_country.days, 0) desc,
                supported.own_requests > 0 desc,  -- a partner can write anybody into its log
                supported.requests desc, supported.country
        ) as rank
    from (
        select user_id, country, requests, own_requests from supported
        union all by name
        select evening.user_id, evening.country, 0 as requests, 0 as own_requests
        from evening
        anti join supported using (user_id, country)
        group by evening.user_id, evening.country
    ) as supported
    semi join mover using (user_id)
    left join known_country using (user_id, country)
),
event as (
    select request.user_id, request.country, request.time, true as is_today
    from day_request as request
    semi join mover using (user_id)
    semi join supported
        on supported.user_id = request.user_id and supported.country = request.country
    where coalesce(request.status, 0) < 400
    union all by name
    select evening.user_id, evening.country, evening.time, false as is_today
    from evening
    semi join mover using (user_id)
),
step as (
    select
        user_id, country, time, is_today,
        lag(country) over ordered as country_before,
        lag(time) over ordered as time_before
    from event
    window ordered as (partition by user_id order by time, country)
),
flip as (
    select
        step.user_id,
        case when here.rank > before.rank then step.country else step.country_before end as away,
        case when here.rank > before.rank then step.country_before else step.country end as home,
        case when here.rank > before.rank then step.time else step.time_before end as away_at,
        epoch(step.time - step.time_before) / seconds_a_minute() as gap_minutes
    from step
    inner join ranked as here on here.user_id = step.user_id and here.country = step.country
    inner join ranked as before
        on before.user_id = step.user_id and before.country = step.country_before
    where step.is_today
        and step.country <> step.country_before
        and not list_contains(
            $neighbours,
            least(step.country, step.country_before)
            || '-' || greatest(step.country, step.country_before)
        )
        and step.time - step.time_before < to_hours(case
            when list_contains($east_asia, step.country)
                and list_contains($overseas, step.country_before) then $far_hours::int
            when list_contains($east_asia, step.country_before)
                and list_contains($overseas, step.country) then $far_hours::int
            else $min_hours::int
        end)
),
travel as (
    select
        user_id, away,
        any_value(home) as home,
        count(*) as flips,
        min(gap_minutes) as gap_minutes
    from flip
    group by user_id, away
),
habit as (
    select travel.user_id, travel.away, count(*) as days
    from travel
    inner join (
        select user_id, log_date, list(distinct country) as countries
        from past
        where country is not null
        group by user_id, log_date
    ) as day
        on day.user_id = travel.user_id
        and list_contains(day.countries, travel.away) and list_contains(day.countries, travel.home)
    group by travel.user_id, travel.away
),
known_network as (
    select distinct user_id, network from past
),
known_asn as (
    select distinct user_id, asn from past where asn is not null
),
known_agent as (
    select distinct user_id, browser, os, device
    from past.user_agent_day
    semi join mover using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_agent_day.user_id
        and user_agent_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
),
home_asn as (
    select distinct travel.user_id, day_source.asn
    from travel
    inner join day_source
        on day_source.user_id = travel.user_id and day_source.country = travel.home
    where day_source.asn is not null
),
home_agent as (
    select distinct travel.user_id, day_source.agent_id
    from travel
    inner join day_source
        on day_source.user_id = travel.user_id and day_source.country = travel.home
),
away_source as (
    select day_source.*, travel.away, travel.home, travel.flips, travel.gap_minutes
    from travel
    inner join day_source
        on day_source.user_id = travel.user_id and day_source.country = travel.away
),
crowd as (
    select day_source.network, count(distinct day_source.user_id) as people
    from day_source
    inner join worker using (user_id)
    semi join away_source on away_source.network = day_source.network
    semi join worker_agent
        on worker_agent.user_id = day_source.user_id
        and worker_agent.browser is not distinct from day_source.browser
        and worker_agent.os is not distinct from day_source.os
    group by day_source.network
),
there as (
    select
        away_source.user_id, away_source.site_id,
        any_value(away_source.user_type) as user_type,
        bool_or(worker.user_id is not null
            or away_source.user_type in ('staff', 'franchise', 'contractor')) as is_worker,
        any_value(worker.mean_subjects) as mean_subjects,
        sum(away_source.requests) as requests,
        sum(away_source.personal) as personal,
        sum(away_source.logins) as logins,
        min(away_source.first_time) as first_seen,
        max(away_source.last_time) as last_seen,
        max(away_source.flips) as flips,
        min(away_source.gap_minutes) as gap_minutes,
        list_sort(list(distinct away_source.away)) as away_countries,
        first_ten(list_distinct(
            list(away_source.away) || list(away_source.home)
        )) as countries,
        first_ten(list(distinct away_source.machine)) as browsers,
        bool_and(known_network.user_id is not null or known_asn.user_id is not null
            or home_asn.user_id is not null) as is_own_network,
        bool_and(known_agent.user_id is not null or home_agent.user_id is not null)
            as is_own_agent,
        bool_and(coalesce(shared_network.people, 0) >= $peer_people) as is_shared,
        bool_and(coalesce(crowd.people, 0) >= $peer_people and known_agent.user_id is not null)
            as is_crowd,
        max(coalesce(habit.days, 0)) as habit_days
    from away_source
    left join worker using (user_id)
    left join known_network on known_network.user_id = away_source.user_id
        and known_network.network = away_source.network
    left join known_asn on known_asn.user_id = away_source.user_id
        and known_asn.asn = away_source.asn
    left join home_asn on home_asn.user_id = away_source.user_id and home_asn.asn = away_source.asn
    left join known_agent on known_agent.user_id = away_source.user_id
        and known_agent.browser is not distinct from away_source.browser
        and known_agent.os is not distinct from away_source.os
        and known_agent.device is not distinct from away_source.device
    left join home_agent on home_agent.user_id = away_source.user_id
        and home_agent.agent_id = away_source.agent_id
    left join shared_network on shared_network.network = away_source.network
        and shared_network.subnet is null
    left join crowd on crowd.network = away_source.network
    left join habit on habit.user_id = away_source.user_id and habit.away = away_source.away
    group by away_source.user_id, away_source.site_id
),
place as (
    select distinct user_id, site_id, subnet, agent_id from away_source
),
touched as (
    select
        request.user_id, request.site_id,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        count(distinct request.subject_id)
            filter (where request.is_personal and request.reason is null) as unexplained,
        max(request.data_level) filter (where request.is_personal) as data_level,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses
    from day_request as request
    semi join place
        on place.user_id = request.user_id and place.site_id = request.site_id
        and place.subnet = request.subnet and place.agent_id is not distinct from request.agent_id
    where coalesce(request.status, 0) < 400
    group by request.user_id, request.site_id
),
trip as (
    select there.user_id, there.site_id, any_value(context_trip.reason) as reason_on_record
    from there
    inner join context_trip on context_trip.user_id = there.user_id
        and there.first_seen between context_trip.from_at and context_trip.to_at
        and (
            context_trip.country is null
            or list_contains(there.away_countries, context_trip.country)
        )
    group by there.user_id, there.site_id
),
weighed as (
    select
        there.*, touched.subjects, touched.unexplained, touched.data_level, touched.subject_ids,
        touched.addresses, coalesce(known.days, 0) as known_days,
        known.countries as known_countries, trip.reason_on_record,
        case
            when trip.user_id is not null then 'on_trip'
            when there.habit_days >= $habit_days then 'both_countries_before'
            when there.is_own_network then 'known_network'
            when there.is_shared then 'shared_network'
            when there.is_crowd then 'network_of_colleagues'
        end as reason
    from there
    inner join touched using (user_id, site_id)
    left join trip using (user_id, site_id)
    left join known on known.user_id = there.user_id
),
judged as (
    select
        weighed.*,
        personal = 0 and logins = 0 and sum(personal) over (partition by user_id) > 0
            as is_told_elsewhere
    from weighed
)
select
    judged.site_id,
    'user' as actor_kind,
    judged.user_id as actor,
    judged.first_seen,
    judged.last_seen,
    judged.requests as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.flips,
        'expected': 0,
        'upper': 0,
        'unit': 'events',
        'baseline': case when judged.known_days > 0 then 'own' else 'none' end,
        'baseline_days': judged.known_days,
        'own_mean': round(judged.mean_subjects, 1),
        'gap_minutes': round(judged.gap_minutes, 1),
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'successes': judged.logins,
        'reason': judged.reason,
        'reason_on_record': judged.reason_on_record,
        'habit_days': nullif(judged.habit_days, 0),
        'is_usual_browser': judged.is_own_agent,
        'countries': judged.countries,
        'known_countries': judged.known_countries,
        'browsers': judged.browsers,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.flips,
    judged.personal,
    judged.logins,
    judged.subjects,
    judged.unexplained,
    judged.reason,
    judged.is_told_elsewhere,
    judged.is_worker,
    judged.is_own_agent
from judged
