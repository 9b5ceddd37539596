-- One row per person whose exports or pages are a finding.
with accesses as (
    select request.site_id, request.user_id,
        count(*) as accesses,
        max(request.bytes) as largest,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        max(request.data_level) as data_level,
        count(distinct request.subject_id) as subjects,
        first_ten(list(distinct request.client_ip) filter (where request.client_ip is not null))
            as addresses
    from day_request as request
    where request.is_personal and request.reason is null and request.resource_kind <> 'export'
        and (request.site_id, request.user_id) in (
            select (site_id, user_id) from amount where by_pages is not null
        )
    group by request.site_id, request.user_id
),
exporter as (
    select site_id, user_id,
        max(data_level) as data_level,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        max(largest) as largest,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses,
        first_ten(list(distinct resource_id)) as resources
    from export
    where user_id is not null
    group by site_id, user_id
),
judged as (
    select
        export_sign.* replace (
            case
                when accesses.largest >= $large_page_share * $min_page_bytes
                    and export_sign.page_bytes / accesses.accesses
                    >= $min_ratio * export_sign.bytes_an_access
                    then export_sign.by_pages
            end as by_pages
        ),
        coalesce(exporter.first_seen, accesses.first_seen) as first_seen,
        coalesce(exporter.last_seen, accesses.last_seen) as last_seen,
        coalesce(exporter.data_level, accesses.data_level) as data_level,
        coalesce(exporter.addresses, accesses.addresses) as addresses,
        exporter.resources,
        coalesce(exporter.largest, accesses.largest) as largest,
        coalesce(accesses.accesses, 0) as accesses,
        coalesce(accesses.subjects, 0) as subjects
    from export_sign
    left join exporter using (site_id, user_id)
    left join accesses using (site_id, user_id)
)
select
    judged.*,
    coalesce(by_bytes, by_count, by_pages, case when is_first or is_rare then beyond_peers end)
        as sign,
    greatest(
        coalesce(by_bytes.ratio, 0), coalesce(by_count.ratio, 0), coalesce(by_pages.ratio, 0),
        case when is_first or is_rare then coalesce(beyond_peers.ratio, 0) else 0 end
    ) as ratio
from judged
where by_count is not null or by_bytes is not null or by_pages is not null
    or is_first or is_rare or is_new_hour
