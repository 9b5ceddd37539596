-- Where the log names nobody: by address, against what is usual for the resource.
with resource_past as (
    select site_id, resource_id,
        count(*) as days,
        count(*) filter (where anonymous_accesses > 0) as anonymous_days,
        avg(anonymous_accesses) as mean_accesses,
        max(anonymous_accesses) as most_accesses,
        max(bytes) as most_bytes,
        sum(bytes) / nullif(sum(accesses), 0) as bytes_an_export
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
        max(export.bytes / export.exports / nullif(resource_past.bytes_an_export, 0)) as size_ratio,
        bool_or(coalesce(resource_past.anonymous_days, 0) < $habit_days) as is_new,
        bool_or(
            export.exports > coalesce(resource_past.most_accesses, 0)
            or export.bytes > coalesce(resource_past.most_bytes, 0)
        ) as is_most
    from export
    left join resource_past using (site_id, resource_id)
    where export.user_id is null and export.client_ip is not null
    group by export.site_id, export.client_ip
),
stranger_found as (
    select *
    from stranger
    where case
            -- In the first days of a site, less than was exported before without a name is how it works.
            when is_new
                then size_ratio >= $min_ratio or (
                    (is_most or days >= $enough_days)
                    and (exports >= $min_stranger_exports or bytes >= $min_bytes)
                )
            else (exports >= $min_exports and count_ratio >= $min_ratio)
                or (bytes >= $min_bytes and bytes_ratio >= $min_ratio)
        end
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    case when exports > 0 then exports else accesses end::bigint as event_count,
    subjects as subject_count,
    case
        when not coalesce(is_first or is_rare or is_new_hour, false)
            then least(
                coalesce(by_bytes.p_value, 1), coalesce(by_count.p_value, 1),
                coalesce(by_pages.p_value, 1)
            )
    end as p_value,
    {
        'observed': coalesce(sign.value, exports)::hugeint,
        'expected': round(sign.expected, 1),
        'upper': round(sign.upper, 1),
        'ratio': round(sign.ratio, 1),
        'unit': case
            when by_bytes is not null or (by_count is null and by_pages is not null) then 'bytes'
            else 'requests'
        end,
        'baseline': coalesce(
            sign.baseline, case when active_days >= $enough_days then 'own' else 'peers' end
        ),
        'baseline_days': coalesce(sign.days, active_days),
        'p_value': printf('%.1e', sign.p_value)::double,
        'own_mean': round(coalesce(sign.own_mean, own_exports, 0), 1),
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
        'resources': resources,
        'user_type': user_type,
        'data_level': data_level,
        'addresses': addresses
    } as evidence,
    exports,
    export_bytes,
    coalesce(export_bytes, page_bytes) as moved_bytes,
    ratio,
    peers,
    peer_exporters,
    is_first,
    is_new_hour
from person_found
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
        'baseline': case when days >= $enough_days then 'site' else 'none' end,
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
from stranger_found
