with known as (
    select user_id, count(distinct log_date) as days,
        list_sort(list(distinct country) filter (where country is not null)) as countries
    from past
    group by user_id
),
habit as (
    select away.user_id, away.country as away, home.country as home, count(*) as days
    from past as away
    inner join past as home using (user_id, log_date)
    group by all
),
known_agent as (
    select distinct user_id, browser, os, device
    from past.user_agent_day
    semi join travel using (user_id)
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
there as (
    select
        source.user_id, source.site_id,
        any_value(source.user_type) as user_type,
        bool_or(worker.user_id is not null
            or source.user_type in ('staff', 'franchise', 'contractor')) as is_worker,
        sum(source.requests) as requests,
        sum(source.personal) as personal,
        sum(source.logins) as logins,
        min(source.first_time) as first_seen,
        max(source.last_time) as last_seen,
        max(travel.flips) as flips,
        min(travel.gap_minutes) as gap_minutes,
        max(coalesce(habit.days, 0)) as habit_days,
        list(distinct travel.away) as away_countries,
        first_ten(list_distinct(list(travel.away) || list(travel.home))) as countries,
        first_ten(list(distinct source.machine)) as browsers,
        bool_and(home_asn.user_id is not null) as is_home_provider,
        bool_and(known_agent.user_id is not null) as is_own_agent,
        bool_and(coalesce(shared_network.people, 0) >= $peer_people) as is_shared
    from travel
    inner join day_source as source
        on source.user_id = travel.user_id and source.country = travel.away
    left join habit
        on habit.user_id = travel.user_id and habit.away = travel.away and habit.home = travel.home
    left join worker on worker.user_id = source.user_id
    left join home_asn on home_asn.user_id = source.user_id and home_asn.asn = source.asn
    left join known_agent on known_agent.user_id = source.user_id
        and known_agent.browser is not distinct from source.browser
        and known_agent.os is not distinct from source.os
        and known_agent.device is not distinct from source.device
    left join shared_network on shared_network.network = source.network
        and shared_network.subnet is null
    group by source.user_id, source.site_id
),
touched as (
    select
        request.user_id, request.site_id,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        count(distinct request.subject_id) filter (where request.is_personal and request.reason is null)
            > coalesce(any_value(customer_site.household), household_subjects()) as sees_strangers,
        max(request.data_level) filter (where request.is_personal) as data_level,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses
    from day_request as request
    semi join travel on travel.user_id = request.user_id and travel.away = request.country
    left join customer_site on customer_site.site_id = request.site_id
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
judged as (
    select
        there.*, touched.* exclude (user_id, site_id),
        coalesce(known.days, 0) as known_days,
        known.countries as known_countries, trip.reason_on_record,
        case
            when trip.user_id is not null then 'on_trip'
            when there.habit_days >= habit_days() then 'both_countries_before'
            -- A provider's addresses may be put into any country.
            when there.is_home_provider then 'known_network'
            when there.is_shared then 'shared_network'
        end as reason
    from there
    inner join touched using (user_id, site_id)
    left join trip using (user_id, site_id)
    left join known on known.user_id = there.user_id
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    requests as event_count,
    subjects as subject_count,
    {
        'observed': flips,
        'expected': 0,
        'upper': 0,
        'unit': 'events',
        'baseline': case when known_days > 0 then 'own' else 'none' end,
        'baseline_days': known_days,
        'gap_minutes': round(gap_minutes, 1),
        'user_type': user_type,
        'data_level': data_level,
        'successes': logins,
        'reason': reason,
        'reason_on_record': reason_on_record,
        'habit_days': nullif(habit_days, 0),
        'is_usual_browser': is_own_agent,
        'countries': countries,
        'known_countries': known_countries,
        'browsers': browsers,
        'subjects': subject_ids,
        'addresses': addresses
    } as evidence,
    flips,
    personal,
    logins,
    subjects,
    sees_strangers,
    reason,
    is_worker,
    is_own_agent
from judged
