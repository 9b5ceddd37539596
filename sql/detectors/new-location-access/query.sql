with home as (
    select country
    from cached.subnet_day
    where log_date between $date - days_a_week() and $date - 1 and country is not null
    group by country
    order by sum(users) desc, country
    limit 1
),
-- Everybody who is away from where most users are, and all who work with others' data.
visitor as (
    select day_source.user_id, any_value(day_source.user_type) as user_type
    from day_source
    left join worker using (user_id)
    where day_source.user_id is not null
        and (
            worker.user_id is not null
            or day_source.country <> (select home.country from home)
        )
    group by day_source.user_id
),
past as (
    select
        user_network_day.user_id, user_network_day.country,
        coalesce(user_network_day.asn::varchar, user_network_day.network) as provider,
        bit_or(history_day.day_bit) as on_days,
        max(user_network_day.requests) >= earned_requests()
            or days_among(bit_or(history_day.day_bit)) >= earned_days() as is_earned
    from past.user_network_day
    inner join history_day using (log_date)
    semi join visitor using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_network_day.user_id
        and user_network_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
    group by all
),
known as (
    select
        user_id,
        days_among(bit_or(on_days)) as days,
        list_sort(list(distinct country) filter (where country is not null and is_earned))
            as countries
    from past
    group by user_id
),
known_provider as (
    select distinct user_id, provider from past where is_earned
),
known_agent as (
    select user_id, browser, os, device
    from past.user_agent_day
    semi join visitor using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_agent_day.user_id
        and user_agent_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
    group by user_id, browser, os, device
    having max(requests) >= earned_requests() or count(*) >= earned_days()
),
source as (
    select
        day_source.*,
        coalesce(known.days, 0) as known_days,
        known.countries as known_countries,
        worker.user_id is not null
            or day_source.user_type in ('staff', 'franchise', 'contractor') as is_worker,
        known_provider.user_id is not null as is_own_network,
        known_agent.user_id is not null as is_own_agent,
        coalesce(shared_network.people, 0) >= $peer_people as is_shared,
        coalesce(day_source.country is not null and len(known.countries) > 0
            and not list_contains(known.countries, day_source.country), false) as is_new_country
    from day_source
    inner join visitor on visitor.user_id = day_source.user_id
    left join known on known.user_id = day_source.user_id
    left join worker on worker.user_id = day_source.user_id
    left join known_provider on known_provider.user_id = day_source.user_id
        and known_provider.provider = coalesce(day_source.asn::varchar, day_source.network)
    left join known_agent on known_agent.user_id = day_source.user_id
        and known_agent.browser is not distinct from day_source.browser
        and known_agent.os is not distinct from day_source.os
        and known_agent.device is not distinct from day_source.device
    left join shared_network on shared_network.network = day_source.network
        and shared_network.subnet is null
),
-- Colleagues who turn up in the same network on the day with the browsers that they always have:
-- a new exit of a VPN, or a network that the country database has moved.
crowd as (
    select network, count(distinct user_id) as people
    from source
    where is_worker and is_own_agent and not is_own_network
    group by network
),
there as (
    select
        fresh.user_id, fresh.site_id,
        any_value(fresh.user_type) as user_type,
        bool_or(fresh.is_worker) as is_worker,
        sum(fresh.requests) as requests,
        sum(fresh.personal) as personal,
        sum(fresh.logins) as logins,
        min(fresh.first_time) as first_seen,
        max(fresh.last_time) as last_seen,
        bool_and(fresh.is_own_network) as is_own_network,
        bool_and(fresh.is_own_agent) as is_own_agent,
        bool_and(fresh.is_shared) as is_shared,
        bool_and(fresh.is_own_agent and coalesce(crowd.people, 0) >= $peer_people) as is_crowd,
        any_value(fresh.known_days) as known_days,
        any_value(fresh.known_countries) as known_countries,
        first_ten(list(distinct fresh.country) filter (where fresh.country is not null))
            as countries,
        first_ten(list(distinct fresh.machine)) as browsers
    from source as fresh
    left join crowd on crowd.network = fresh.network
    where fresh.is_new_country and fresh.known_days >= days_of_a_level()
    group by fresh.user_id, fresh.site_id
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
        first_ten(list(distinct request.client_ip)) as addresses,
        hourly_counts(request.time) as series
    from day_request as request
    semi join (from source where is_new_country) as place
        on place.user_id = request.user_id and place.site_id = request.site_id
        and place.subnet = request.subnet and place.agent_id is not distinct from request.agent_id
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
            or list_contains(there.countries, context_trip.country)
        )
    group by there.user_id, there.site_id
),
judged as (
    select
        there.*,
        touched.subjects, touched.sees_strangers, touched.data_level, touched.subject_ids,
        touched.addresses, touched.series, trip.reason_on_record,
        case
            when trip.user_id is not null then 'on_trip'
            when there.is_own_network then 'known_network'
            when there.is_shared then 'shared_network'
            when there.is_crowd then 'network_of_colleagues'
            when there.requests < $min_requests then 'few_requests'
        end as reason
    from there
    inner join touched using (user_id, site_id)
    left join trip using (user_id, site_id)
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
        'observed': judged.requests,
        'expected': 0,
        'upper': 0,
        'unit': 'requests',
        'baseline': 'own',
        'baseline_days': judged.known_days,
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'successes': judged.logins,
        'reason': judged.reason,
        'reason_on_record': judged.reason_on_record,
        'is_usual_browser': judged.is_own_agent,
        'countries': judged.countries,
        'known_countries': judged.known_countries,
        'browsers': judged.browsers,
        'series': judged.series,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.personal,
    judged.logins,
    judged.subjects,
    judged.sees_strangers,
    judged.reason,
    judged.is_worker,
    judged.is_own_agent
from judged
