with reasoned as (
    select
        shape.*,
        case
            when direction = 'down' then 'part_missing'
            when top_records >= $one_source_share * excess
                and coalesce(top_unknown_records, 0) < $one_source_share * excess
                then 'known_crawler'
            when (top_records >= $one_source_share * excess
                and top_covered_share >= $one_source_share)
                or (subnet_records >= $one_source_share * excess
                    and subnet_covered_share >= $one_source_share)
                then 'one_origin_reported'
            when top_records >= $one_source_share * excess then 'one_address'
            when subnet_records >= $one_source_share * excess then 'one_network'
            when records / greatest(1, addresses) >= $persistent_ratio * usual_per_address
                then 'few_busy_addresses'
            when errors / all_records >= $error_share
                and errors / all_records >= $error_ratio * coalesce(usual_error_share, 0) then 'mostly_errors'
            when night_share >= $one_source_share then 'at_quiet_hours'
            else 'many_addresses'
        end as reason
    from shape
),
series as (
    select past.site_id,
        list({'on': past.log_date, 'value': past.records} order by past.log_date) as days
    from unusual
    inner join past
        on past.site_id = unusual.site_id and past.span_hours = unusual.span_hours
        and past.from_hour = unusual.from_hour
    group by past.site_id
)
select
    reasoned.site_id,
    'site' as actor_kind,
    reasoned.site_id as actor,
    $day_begins_at::timestamptz + to_hours(reasoned.from_hour::int) as first_seen,
    $day_begins_at::timestamptz + to_hours((reasoned.from_hour + span_hours)::int) as last_seen,
    reasoned.records as event_count,
    0 as subject_count,
    reasoned.p_value,
    {
        'observed': reasoned.records,
        'expected': round(reasoned.expected)::bigint,
        'lower': round((expected + 1) * exp(-$shown_deviations * deviation) - 1)::bigint,
        'upper': round((expected + 1) * exp($shown_deviations * deviation) - 1)::bigint,
        'ratio': round(reasoned.ratio, 2),
        'direction': reasoned.direction,
        'unit': 'records',
        'baseline': 'site',
        'baseline_days': reasoned.days,
        'common_factor': round(reasoned.factor, 2),
        'p_value': printf('%.1e', reasoned.p_value)::double,
        'reason': reasoned.reason,
        'address_count': reasoned.address_count,
        'own_mean_addresses': round(reasoned.usual_addresses)::bigint,
        'addresses': reasoned.top_addresses,
        'series': list_append(series.days, {'on': $date::date, 'value': reasoned.records})
    } as evidence,
    reasoned.direction,
    reasoned.reason,
    reasoned.ratio,
    reasoned.day_ratio,
    reasoned.highest_day,
    reasoned.span_hours,
    reasoned.p_value as chance,
    reasoned.expected as expected_records,
    shift.site_id is not null as is_clock_off
from reasoned
left join series on series.site_id = reasoned.site_id
left join site_shift as shift on shift.site_id = reasoned.site_id
