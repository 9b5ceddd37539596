-- Where the log names nobody: by address, against what nobody in particular has taken of the resource before.
with resource_past as (
    select site_id, resource_id,
        count(*) as days,
        count(*) filter (where anonymous_accesses > 0) as anonymous_days,
        avg(anonymous_accesses) as mean_accesses,
        max(anonymous_accesses) as most_accesses,
        max(bytes) filter (where anonymous_accesses > 0) as most_bytes
    from past.resource_day
    where resource_kind = 'export'
    group by site_id, resource_id
),
stranger as (
    select
        export.site_id, export.client_ip,
        sum(export.exports) as exports,
        sum(export.bytes) as bytes,
        max(export.largest) as largest,
        max(export.data_level) as data_level,
        min(export.first_seen) as first_seen,
        max(export.last_seen) as last_seen,
        first_ten(list(export.resource_id)) as resources,
        sum(resource_past.mean_accesses) as mean_accesses,
        max(resource_past.days) as days,
        max(export.exports / greatest(resource_past.most_accesses, 1)) as count_ratio,
        max(export.bytes / greatest(resource_past.most_bytes, 1)) as bytes_ratio,
        bool_or(coalesce(resource_past.anonymous_days, 0) = 0) as is_new
    from export
    left join resource_past using (site_id, resource_id)
    where export.user_id is null and export.client_ip is not null
    group by export.site_id, export.client_ip
    having (exports >= $min_exports and count_ratio >= $min_ratio)
        or (bytes >= $min_bytes and bytes_ratio >= $min_ratio)
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    accesses as event_count,
    case when exports > 0 then 0 else subjects end as subject_count,
    case when not is_first and not is_new_hour then sign.p_value end as p_value,
    {
        'observed': coalesce(sign.value, exports)::hugeint,
        'expected': round(sign.expected, 1),
        'upper': round(sign.upper, 1),
        'ratio': round(sign.ratio, 1),
        'unit': case when sign.metric <> 'exports' then 'bytes' else 'requests' end,
        'baseline': coalesce(sign.baseline, 'peers'),
        'baseline_days': coalesce(sign.days, active_days),
        'p_value': printf('%.1e', sign.p_value)::double,
        'own_mean': round(coalesce(sign.own_mean, own_exports), 1),
        'peer_mean': round(sign.peer_mean, 1),
        'exports': exports::bigint,
        'export_bytes': export_bytes::hugeint,
        'largest_response': largest,
        'own_export_days': export_days,
        'own_active_days': active_days,
        'peers': peers,
        'peers_who_export': peer_exporters,
        'is_first_export': is_first,
        'new_hour': case when is_new_hour then new_hour end,
        'resources': case when exports > 0 then resources end,
        'user_type': user_type,
        'data_level': data_level,
        'addresses': addresses
    } as evidence,
    exports,
    export_bytes,
    coalesce(export_bytes, page_bytes) as moved_bytes,
    coalesce(sign.ratio, 0) as ratio,
    is_first,
    is_new_hour
from person
union all by name
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    exports as event_count,
    0 as subject_count,
    null as p_value,
    {
        'observed': exports::bigint,
        'expected': round(coalesce(mean_accesses, 0), 1),
        'upper': null,
        'ratio': round(greatest(count_ratio, bytes_ratio), 1),
        'unit': 'requests',
        'baseline': case when days > 0 then 'site' else 'none' end,
        'baseline_days': coalesce(days, 0),
        'p_value': null,
        'own_mean': null,
        'peer_mean': null,
        'exports': exports::bigint,
        'export_bytes': bytes::hugeint,
        'largest_response': largest,
        'own_export_days': null,
        'own_active_days': null,
        'peers': null,
        'peers_who_export': null,
        'is_first_export': is_new,
        'new_hour': null,
        'resources': resources,
        'user_type': null,
        'data_level': data_level,
        'addresses': [client_ip]
    } as evidence,
    exports,
    bytes as export_bytes,
    bytes as moved_bytes
from stranger
