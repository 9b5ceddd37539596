with missed as (
    select
        site_id, resource_id, unit_kind, unit,
        count(*) as numbers,
        count(*) filter (where not is_hit) as misses,
        min(touched_at) filter (where not is_hit) as first_miss_at,
        max(touched_at) filter (where not is_hit) as last_miss_at
    from touched
    group by site_id, resource_id, unit_kind, unit
    having count(*) filter (where not is_hit) >= greatest($min_misses, $min_miss_share * count(*))
),
-- What answered before the first or after the last miss is other work.
guess as (
    select
        missed.site_id, missed.resource_id, missed.unit_kind, missed.unit, missed.misses,
        habit.days as own_days, habit.refused as own_refused,
        count(*) filter (where touched.is_hit) as hits
    from missed
    inner join touched using (site_id, resource_id, unit_kind, unit)
    left join habit
        on missed.unit_kind = 'user' and habit.unit = missed.unit
        and habit.site_id = missed.site_id
    where missed.misses >= $miss_ratio * coalesce(habit.refused, 0)
        and touched.touched_at between missed.first_miss_at and missed.last_miss_at
    group by all
),
found as (
    select
        site_id, resource_id, unit_kind, unit, user_type, numbers, hits, numbers - hits as misses,
        from_number, to_number, span, ordered_share, pause_seconds, log_chance, others_near,
        own_days, own_steps, own_subjects, peer_steps, known_numbers,
        case when is_ordered then 'sequential' else 'shuffled' end as pattern
    from dense
    union all by name
    select
        site_id, resource_id, unit_kind, unit, null as user_type, misses + hits as numbers, hits,
        misses, own_days, own_refused, 'guessed' as pattern
    from guess
),
unit_found as (
    select *
    from found
    qualify row_number() over (
        partition by site_id, unit_kind, unit
        order by
            pattern <> 'guessed' desc, hits desc, numbers desc, resource_id, log_chance, from_number
    ) = 1
),
seen as (
    select
        touched.site_id, touched.unit_kind, touched.unit,
        any_value(touched.user_type) as user_type,
        max(touched.data_level) as data_level,
        min(touched.touched_at) as first_seen,
        max(touched.last_at) as last_seen,
        sum(touched.requests) as requests,
        count(*) filter (where touched.is_hit) as subject_count,
        first_ten(list(distinct touched.subject_id)) as subjects
    from touched
    inner join unit_found using (site_id, resource_id, unit_kind, unit)
    where unit_found.from_number is null
        or touched.number between unit_found.from_number and unit_found.to_number
    group by touched.site_id, touched.unit_kind, touched.unit
),
place as (
    select
        named.site_id, named.unit_kind, named.unit,
        count(distinct named.client_ip) as address_count,
        min(named.client_ip) as any_address,
        first_ten(list(distinct named.client_ip) filter (where named.client_ip is not null))
            as addresses
    from named
    semi join unit_found using (site_id, unit_kind, unit)
    group by named.site_id, named.unit_kind, named.unit
),
actor as (
    select
        unit_found.* exclude (user_type),
        seen.* exclude (site_id, unit_kind, unit),
        place.addresses, place.address_count,
        case
            when unit_found.unit_kind = 'session' and place.address_count = 1 then 'ip'
            else unit_found.unit_kind
        end as actor_kind,
        case
            when unit_found.unit_kind = 'ip'
                or (unit_found.unit_kind = 'session' and place.address_count = 1)
                then place.any_address
            else unit_found.unit
        end as actor
    from unit_found
    inner join seen using (site_id, unit_kind, unit)
    inner join place using (site_id, unit_kind, unit)
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    last_seen,
    requests as event_count,
    subject_count,
    {
        'observed': numbers,
        'unit': 'records',
        'pattern': pattern,
        'from_number': from_number,
        'to_number': to_number,
        'density': round(numbers / span, 2),
        'ordered_share': round(ordered_share, 2),
        'pause_seconds': round(pause_seconds, 1),
        'log10_chance': round(greatest(log_chance, $least_log_chance), 1),
        'others_near': others_near,
        'seen_before': known_numbers,
        'successes': hits,
        'misses': misses,
        'resource_id': resource_id,
        'baseline': case when own_days >= $own_days_enough then 'own' else 'none' end,
        'baseline_days': coalesce(own_days, 0),
        'own_mean': round(own_subjects, 1),
        'own_refused': round(own_refused, 1),
        'own_sequential_steps': round(own_steps, 1),
        'peer_sequential_steps': round(peer_steps, 1),
        'user_type': user_type,
        'data_level': data_level,
        'subjects': subjects,
        'addresses': addresses,
        'address_count': address_count
    } as evidence,
    numbers,
    hits,
    misses,
    pattern
from actor
qualify row_number() over (
    partition by site_id, actor_kind, actor order by pattern <> 'guessed' desc, hits desc, numbers desc
) = 1
