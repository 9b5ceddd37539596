with delivered as (
    select
        site_id,
        sum(coalesce(duplicates, 0)) as duplicates,
        sum(records + rejects) as kept,
        count(distinct file_id) filter (where duplicates > 0) as files
    from cached.ledger_day
    where log_date = $date
    group by all
    having sum(coalesce(duplicates, 0)) > 0
),
-- Sites that deliver twice by habit: hourly files beside the file of the day, say.
doubled_day as (
    select site_id, log_date
    from cached.ledger_day
    where log_date between $date - days_a_week() and $date - 1
    group by site_id, log_date
    having sum(coalesce(duplicates, 0)) >= $much_share * sum(records + rejects)
        and sum(coalesce(duplicates, 0)) > 0
),
habit as (
    select site_id, count(*) as days from doubled_day group by site_id
),
span as (
    select site_day.site_id, site_day.first_time, site_day.last_time
    from cached.site_day as site_day
    where site_day.log_date = $date
)
select
    delivered.site_id,
    'site' as actor_kind,
    delivered.site_id as actor,
    coalesce(span.first_time, $day_begins_at::timestamptz) as first_seen,
    coalesce(span.last_time, $day_ends_at::timestamptz) as last_seen,
    delivered.duplicates as event_count,
    0 as subject_count,
    {
        'observed': delivered.duplicates,
        'expected': 0,
        'unit': 'lines',
        'files': delivered.files,
        'share': round(delivered.duplicates / greatest(1, delivered.kept), 3),
        'baseline': 'none',
        'doubled_days': coalesce(habit.days, 0)
    } as evidence,
    delivered.duplicates,
    delivered.kept,
    coalesce(habit.days, 0) as doubled_days
from delivered
left join span using (site_id)
left join habit on habit.site_id = delivered.site_id
