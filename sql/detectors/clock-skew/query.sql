with delivered as (
    select
        ledger.site_id,
        any_value(ledger.path) as path,
        min(ledger.first_time) as first_time,
        max(ledger.last_time) as last_time,
        max(ledger.read_at) as read_at,
        instant_of_ns(max(ledger.modified_ns)) as modified_at
    from lake.ledger as ledger
    where ledger.status = 'read' and ledger.records > 0
        and ledger.last_time >= $history_from::date::timestamptz
    group by ledger.site_id, ledger.file_id
),
-- Lines that are later than the reading of their file, or than its last change. Where most sites'
-- lines are, it is the clock of this machine, or the files are no live ones.
early_site as (
    select
        site_id, path,
        greatest(date_diff('second', read_at, last_time), date_diff('second', modified_at, last_time)) as seconds
    from delivered
    where last_time >= $day_begins_at::timestamptz and first_time < $day_ends_at::timestamptz
    qualify row_number() over (partition by site_id order by seconds desc, path) = 1
),
from_future as (
    select early_site.site_id, early_site.seconds, early_site.path
    from early_site
    where early_site.seconds >= $min_seconds
        and (select count(*) from early_site where seconds < $min_seconds)
            >= $other_sites * (select count(*) from early_site where seconds >= $min_seconds)
),
-- Where a site's files usually begin and end within their day: rotation keeps the machine's real
-- rhythm. A clock that is off moves both ends by the same time.
edge as (
    select
        site_id, path, log_date,
        date_diff('second', log_date::timestamptz, first_time) as begins_s,
        date_diff('second', log_date::timestamptz, last_time) as ends_s
    from (
        -- A file's day is that of its middle: of one that is cut at midnight UTC, the one after may have more lines.
        select *, (first_time + half(last_time - first_time))::date as log_date
        from delivered
    )
    where log_date between $history_from and $date
),
usual_edge as (
    select
        edge.site_id,
        median(begins_s) as begins_s, median(ends_s) as ends_s,
        -- How far an end has ever been from where it usually is.
        greatest(max(begins_s) - min(begins_s), max(ends_s) - min(ends_s)) as range_s
    from edge
    where log_date < $date
    group by edge.site_id
    having count(*) >= $min_files
),
moved_edge as (
    select
        edge.site_id, edge.path,
        edge.begins_s - usual.begins_s as begin_moved,
        edge.ends_s - usual.ends_s as end_moved
    from edge
    inner join usual_edge as usual on usual.site_id = edge.site_id
    where edge.log_date = $date
        and least(abs(begin_moved), abs(end_moved)) >= greatest($min_seconds, usual.range_s)
        and abs(begin_moved - end_moved) <= half(abs(begin_moved))
),
-- The first by name is the surest.
sign as (
    select site_id, 'delivery' as sign, seconds, path from from_future
    union all
    select site_id, 'file_edges', half(begin_moved + end_moved), path from moved_edge
    union all
    select site_id, 'rhythm', hours * seconds_an_hour(), null from site_shift
),
skewed as (
    select
        site_id,
        arg_min(seconds, sign) as seconds,
        list(sign order by sign) as signs,
        max(path) as path
    from sign
    group by site_id
),
hours as (
    select site_hour.site_id,
        list({'hour': hour(site_hour.hour_at), 'value': site_hour.records}
            order by site_hour.hour_at) as hours
    from cached.site_hour as site_hour
    semi join skewed on skewed.site_id = site_hour.site_id
    where site_hour.log_date = $date
    group by site_hour.site_id
),
history as (
    select site_id, count(*) as days from site_past group by site_id
)
select
    skewed.site_id,
    'site' as actor_kind,
    skewed.site_id as actor,
    site_day.first_time as first_seen,
    site_day.last_time as last_seen,
    site_day.records as event_count,
    0 as subject_count,
    {
        'observed': round(skewed.seconds / seconds_a_minute())::bigint,
        'expected': 0,
        'unit': 'minutes',
        'baseline': 'site',
        'baseline_days': coalesce(history.days, 0),
        'signs': skewed.signs,
        'reason': case skewed.signs[1]
            when 'delivery' then 'later_than_delivery'
            when 'file_edges' then 'file_edges_moved'
            else 'fits_when_moved'
        end,
        'file_name': skewed.path,
        'series': coalesce(hours.hours, [])
    } as evidence,
    skewed.seconds,
    len(skewed.signs) as sign_count
from skewed
inner join cached.site_day as site_day
    on site_day.site_id = skewed.site_id and site_day.log_date = $date
    and site_day.records > 0
left join hours on hours.site_id = skewed.site_id
left join history on history.site_id = skewed.site_id
