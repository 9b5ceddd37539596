with delivered as (
    select
        site_id,
        sum(coalesce(duplicates, 0)) as duplicates,
        sum(records + rejects) as kept,
        count(distinct file_id) filter (where duplicates > 0) as files,
        max(read_at) filter (where duplicates > 0) as read_at
    from lake.ledger_day
    where log_date = $date
    group by all
    having sum(coalesce(duplicates, 0)) > 0
),
span as (
    select site_day.site_id, site_day.first_time, site_day.last_time
    from lake.site_day as site_day
    where site_day.log_date = $date
)
select
    delivered.site_id,
    'site' as actor_kind,
    delivered.site_id as actor,
    case when delivered.duplicates >= $much_share * delivered.kept then 'medium' else 'low' end
        as severity,
    least(100, 10 + 30 * delivered.duplicates / greatest(1, delivered.kept)) as score,
    span.first_time as first_seen,
    span.last_time as last_seen,
    delivered.duplicates as event_count,
    0 as subject_count,
    {
        'observed': delivered.duplicates,
        'expected': 0,
        'unit': 'lines',
        'files': delivered.files
    } as evidence
from delivered
left join span using (site_id)
