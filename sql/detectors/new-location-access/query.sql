with access as (
    select
        request.site_id, request.user_id, coalesce(request.user_type, 'unknown') as user_type,
        client.country, client.client_ip, request.time, request.subject_id,
        request.data_level > 0
            and (request.status between 200 and 299 or request.status = 304) as is_personal
    from lake.request as request
    inner join lake.client as client on client.client_id = request.client_id
    where request.log_date = $date
        and request.user_id is not null
        and request.status < 400
        and client.country is not null
        and coalesce(request.user_type, 'unknown') <> 'system'
),
past as (
    select user_place.user_id, user_place.country, user_place.log_date, user_place.requests
    from lake.user_place as user_place
    where user_place.log_date between $history_from and $date - 1
        and user_place.country is not null
),
known as (
    select user_id, count(distinct log_date) as days,
        list_sort(list(distinct country)) as countries
    from past
    group by all
    having count(distinct log_date) >= $min_days
),
user_type_of as (
    select user_id, any_value(coalesce(user_type, 'unknown')) as user_type
    from lake.user_day
    where log_date between $history_from and $date - 1
    group by all
),
peer_country as (
    select user_type_of.user_type, past.country, count(distinct past.user_id) as people
    from past
    inner join user_type_of using (user_id)
    group by all
),
fresh as (
    select access.*, known.countries as known_countries, known.days,
        coalesce(peer_country.people, 0) >= $peer_people as is_peers_country
    from access
    inner join known using (user_id)
    left join peer_country
        on peer_country.user_type = access.user_type and peer_country.country = access.country
    where not list_contains(known.countries, access.country)
),
person as (
    select
        site_id, user_id, any_value(user_type) as user_type,
        count(*) as requests,
        count(*) filter (where is_personal) as personal,
        count(distinct subject_id) filter (where is_personal) as subjects,
        min(time) as first_seen, max(time) as last_seen,
        bool_and(is_peers_country) as is_peers_country,
        any_value(known_countries) as known_countries, any_value(days) as days,
        list_sort(list(distinct country)) as countries,
        list_sort(list(distinct client_ip))[1:10] as addresses,
        list_sort(list(distinct subject_id) filter (where is_personal))[1:10] as subject_ids
    from fresh
    group by all
),
hourly as (
    select fresh.site_id, fresh.user_id, hour(fresh.time) as hour, count(*) as requests
    from fresh
    group by all
),
rhythm as (
    select site_id, user_id, list({'hour': hour, 'value': requests} order by hour) as hours
    from hourly
    group by all
)
select
    person.site_id,
    'user' as actor_kind,
    person.user_id as actor,
    case
        when person.user_type in ('customer', 'unknown') or person.is_peers_country then 'low'
        when person.personal > 0 then 'high'
        else 'medium'
    end as severity,
    least(100,
        case
            when person.user_type in ('customer', 'unknown') or person.is_peers_country then 15
            else 50
        end + case when person.personal > 0 then 15 else 0 end + 10 * log10(1 + person.subjects)
    ) as score,
    person.first_seen,
    person.last_seen,
    person.requests as event_count,
    person.subjects as subject_count,
    {
        'observed': person.requests,
        'expected': 0,
        'unit': 'requests',
        'baseline': 'own',
        'baseline_days': person.days,
        'user_type': person.user_type,
        'countries': person.countries,
        'known_countries': person.known_countries,
        'series': rhythm.hours,
        'subjects': person.subject_ids,
        'addresses': person.addresses
    } as evidence
from person
left join rhythm using (site_id, user_id)
