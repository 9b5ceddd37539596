with missed as (
    select
        unit_key,
        count(*) filter (where not is_hit) as misses,
        min(touched_at) filter (where not is_hit) as first_miss_at,
        max(touched_at) filter (where not is_hit) as last_miss_at
    from touched
    group by unit_key
    having misses >= greatest($min_misses, half(count(*)))
),
-- What answered before the first or after the last miss is other work.
guess as (
    select
        unit_key, touched.site_id, touched.unit_kind, touched.unit,
        missed.misses, habit.days,
        count(*) filter (where touched.is_hit) as hits
    from missed
    inner join touched using (unit_key)
    left join habit
        on habit.is_person = (touched.unit_kind = 'user') and habit.unit = touched.unit
        and habit.site_id = touched.site_id
    where missed.misses >= clear_ratio() * coalesce(habit.refused, 0)
        and touched.touched_at between missed.first_miss_at and missed.last_miss_at
    group by all
),
found as (
    select
        unit_key, site_id, unit_kind, unit, numbers, hits, numbers - hits as misses, from_number, to_number,
        ordered_share, pause_seconds, log_chance, days, usual,
        case when is_ordered then 'sequential' else 'shuffled' end as pattern
    from unusual
    union all by name
    select *, hits + misses as numbers, 'guessed' as pattern
    from guess
),
unit_found as (
    select *
    from found
    qualify row_number() over (
        partition by site_id, unit_kind, unit
        order by pattern <> 'guessed' desc, hits desc, numbers desc, unit_key, log_chance, from_number
    ) = 1
),
seen as (
    select
        unit_key,
        any_value(named.resource_id) as resource_id,
        any_value(named.user_type) as user_type,
        max(named.data_level) as data_level,
        min(named.time) as first_seen,
        max(named.time) as last_seen,
        count(*) as requests,
        count(distinct named.subject_id) filter (where named.is_access) as subject_count,
        first_ten(list(distinct named.subject_id)) as subjects,
        count(distinct named.client_ip) as address_count,
        first_ten(list(distinct named.client_ip) filter (where named.client_ip is not null))
            as addresses
    from named
    inner join unit_found using (unit_key)
    where unit_found.from_number is null
        or named.subject_number between unit_found.from_number and unit_found.to_number
    group by unit_key
)
select
    site_id,
    case when unit_kind = 'session' and address_count = 1 then 'ip' else unit_kind end as actor_kind,
    case when unit_kind = 'user' or actor_kind = 'session' then unit else addresses[1] end as actor,
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
        'density': round(numbers / (to_number - from_number + 1), 2),
        'ordered_share': round(ordered_share, 2),
        'pause_seconds': round(pause_seconds, 1),
        'log10_chance': round(log_chance, 1),
        'successes': hits,
        'misses': misses,
        'resource_id': resource_id,
        'baseline': case when days >= few_days() then 'own' else 'none' end,
        'baseline_days': coalesce(days, 0),
        'own_mean': round(usual, 1),
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
from unit_found
inner join seen using (unit_key)
qualify row_number() over (
    partition by site_id, actor_kind, actor order by pattern <> 'guessed' desc, hits desc, numbers desc
) = 1
