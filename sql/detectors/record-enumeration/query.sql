with seen as (
    select
        unusual.*,
        max(named.data_level) as data_level,
        min(named.time) as first_seen,
        max(named.time) as last_seen,
        count(*) as requests,
        count(distinct named.subject_id) filter (where named.is_access) as subject_count,
        first_ten(list(distinct named.subject_id)) as subjects,
        count(distinct named.client_ip) as address_count,
        first_ten(list(distinct named.client_ip) filter (where named.client_ip is not null))
            as addresses
    from unusual
    inner join named
        on named.unit_key = unusual.unit_key
        and named.subject_number between unusual.from_number and unusual.to_number
    group by all
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
        'log10_chance': round(log_chance, 1),
        'successes': hits,
        'misses': numbers - hits,
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
    pattern
from seen
qualify row_number() over (
    partition by site_id, actor_kind, actor
    order by hits desc, numbers desc, unit_key, log_chance, from_number
) = 1
