with told as (
    select
        site_id,
        arg_max(evidence -> 'lacking_fields', date)::varchar[] as lacking_fields
    from lake.findings
    where detector = 'blind-site' and date < $date
    group by site_id
)
select
    blind.site_id,
    'site' as actor_kind,
    blind.site_id as actor,
    $day_begins_at::timestamptz as first_seen,
    $day_ends_at::timestamptz as last_seen,
    len(blind.detectors) as event_count,
    0 as subject_count,
    {
        'observed': len(blind.detectors),
        'baseline': 'none',
        'blind_detectors': blind.detectors,
        'lacking_fields': blind.lacks
    } as evidence
from blind_site as blind
left join told on told.site_id = blind.site_id
where told.lacking_fields is distinct from blind.lacks
