with known as (
    select user_id, count(distinct log_date) as days,
        list_sort(list(distinct country) filter (where country is not null)) as countries
    from past
    group by user_id
),
place as (
    select distinct user_id, site_id, subnet, agent_id from away_source
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
    semi join place
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
            or list_contains(there.away_countries, context_trip.country)
        )
    group by there.user_id, there.site_id
),
judged as (
    select
        there.*, touched.subjects, touched.sees_strangers, touched.data_level, touched.subject_ids,
        touched.addresses, coalesce(known.days, 0) as known_days,
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
    judged.sees_strangers,
    judged.reason,
    judged.is_worker,
    judged.is_own_agent
from judged
