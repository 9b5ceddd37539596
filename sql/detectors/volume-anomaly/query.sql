-- Who made a flood: only now are the day's records of these sites read.
with client_load as (
    select
        request.site_id, request.client_id, any_value(client.client_ip) as client_ip,
        count(*) as records,
        bool_or(scanner.client_id is not null) as is_known
    from day_log as request
    semi join unusual on unusual.site_id = request.site_id and unusual.direction = 'up'
    anti join (select agent_id from cached.agent where is_bot) as bot
        on bot.agent_id = request.agent_id
    left join day_client as client on client.client_id = request.client_id
    left join (select distinct client_id from context_scanner_client) as scanner
        on scanner.client_id = request.client_id
    group by request.site_id, request.client_id
),
source as (
    select
        site_id,
        count(*) as address_count,
        max(records) as top_records,
        coalesce(sum(records) filter (where is_known), 0) as known_records,
        list(client_ip order by records desc, client_ip)[1:10] as addresses
    from client_load
    group by site_id
),
series as (
    select site_id, list({'on': log_date, 'value': records} order by log_date) as days
    from past
    group by site_id
)
select
    unusual.site_id,
    'site' as actor_kind,
    unusual.site_id as actor,
    $day_begins_at::timestamptz as first_seen,
    $day_ends_at::timestamptz as last_seen,
    unusual.records as event_count,
    0 as subject_count,
    {
        'observed': unusual.records,
        'expected': round(unusual.expected)::bigint,
        'lower': round(unusual.lower)::bigint,
        'upper': round(unusual.upper)::bigint,
        'ratio': round(unusual.records / greatest(1, unusual.expected), 2),
        'direction': unusual.direction,
        'unit': 'records',
        'baseline': 'site',
        'baseline_days': unusual.days,
        'common_factor': round(unusual.factor, 2),
        'reason': case
            when unusual.direction = 'down' then 'part_missing'
            when is_most(source.top_records, unusual.records) then 'one_address'
            else 'many_addresses'
        end,
        'address_count': source.address_count,
        'addresses': source.addresses,
        'series': list_append(series.days, {'on': $date::date, 'value': unusual.records})
    } as evidence,
    (unusual.records + 1) / (unusual.expected + 1) as ratio,
    unusual.expected as expected_records,
    shift.site_id is not null as is_clock_off
from unusual
inner join series on series.site_id = unusual.site_id
left join source on source.site_id = unusual.site_id
left join site_shift as shift on shift.site_id = unusual.site_id
where unusual.direction = 'down'
    or unusual.records - coalesce(source.known_records, 0) >= $min_times * greatest(1, unusual.upper)
