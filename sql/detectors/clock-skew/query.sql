with delivered as (
    select
        ledger.site_id, ledger.file_id,
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
early as (
    select
        delivered.site_id, delivered.path, delivered.read_at::date as read_on,
        greatest(
            date_diff('second', delivered.read_at, delivered.last_time),
            date_diff('second', delivered.modified_at, delivered.last_time)
        ) as seconds
    from delivered
    where delivered.last_time >= $day_begins_at::timestamptz
        and delivered.first_time < $day_ends_at::timestamptz
),
early_site as (
    select site_id, max(seconds) as seconds, arg_max(path, seconds) as path
    from early
    group by site_id
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
        site_id, file_id, path, log_date,
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
        edge.ends_s - usual.ends_s as end_moved,
        usual.range_s
    from edge
    inner join usual_edge as usual on usual.site_id = edge.site_id
    where edge.log_date = $date
),
moved_site as (
    select site_id, any_value(half(begin_moved + end_moved)) as seconds, any_value(path) as path
    from moved_edge
    where least(abs(begin_moved), abs(end_moved)) >= greatest($min_seconds, range_s)
        and abs(begin_moved - end_moved) <= half(abs(begin_moved))
    group by site_id
),
-- Steps back within a file, in blocks of lines: the latest instant of a block is not touched by single
-- requests that took long and were logged late.
-- No step is in a file whose lines stand in order but for less than such a step, and to see that needs
-- no sorting of lines: no line is behind one that is as many slots later as make a step.
slot as (
    select
        file_id,
        epoch_us(time) // ($min_seconds * microseconds_a_second() / slots_a_step())::bigint as number,
        min(line_no) as first_line, max(line_no) as last_line
    from today.request_fact
    group by all
),
unordered as (
    select file_id
    from (
        select
            file_id, last_line,
            min(first_line) over (
                partition by file_id order by number
                range between slots_a_step() following and unbounded following
            ) as first_later_line
        from slot
    )
    where first_later_line < last_line
),
-- Of small files every line is a block; of large ones a block is so many that few are to be sorted.
file_size as (
    select site_id, file_id,
        greatest(1, sum(records) // $blocks)::bigint as block_lines
    from cached.ledger_day
    semi join unordered using (file_id)
    where log_date = $date
    group by site_id, file_id
),
block as (
    select
        request.site_id, request.file_id, request.line_no // file_size.block_lines as number,
        max(request.time) as latest
    from day_log as request
    inner join file_size
        on file_size.site_id = request.site_id and file_size.file_id = request.file_id
    group by request.site_id, request.file_id, request.line_no // file_size.block_lines
),
lagging as (
    select
        block.*,
        max(latest) over (
            partition by site_id, file_id order by number
            rows between unbounded preceding and 1 preceding
        ) as latest_before,
        max(latest) over soon as latest_soon,
        count(*) over soon as blocks_soon
    from block
    window soon as (
        partition by site_id, file_id order by number
        rows between current row and $persistent_blocks - 1 following
    )
),
behind as (
    select
        lagging.*,
        coalesce(latest_before - latest_soon >= to_seconds($min_seconds), false)
            and blocks_soon = $persistent_blocks as is_behind
    from lagging
),
turn as (
    select
        behind.*,
        is_behind and not coalesce(lag(is_behind) over (
            partition by site_id, file_id order by number
        ), false) as is_step
    from behind
),
-- A clock is set once: more steps are of several writers. One of more than half of the file is two files joined.
stepped as (
    select
        turn.site_id, turn.file_id,
        any_value(date_diff('second', turn.latest_soon, turn.latest_before)) filter (where turn.is_step) as seconds,
        any_value(turn.latest_before) filter (where turn.is_step) as stepped_at
    from turn
    group by turn.site_id, turn.file_id
    having count(*) filter (where turn.is_step) = 1
        and not is_most(seconds, date_diff('second', min(turn.latest), max(turn.latest)))
),
stepped_site as (
    select
        stepped.site_id,
        max(stepped.seconds) as seconds,
        arg_max(stepped.stepped_at, stepped.seconds) as stepped_at,
        arg_max(delivered.path, stepped.seconds) as path
    from stepped
    left join delivered
        on delivered.site_id = stepped.site_id and delivered.file_id = stepped.file_id
    group by stepped.site_id
),
-- The first by name is the surest, the last may also be summer time or a restart.
sign as (
    select site_id, 'delivery' as sign, seconds, path from from_future
    union all
    select site_id, 'file_edges', seconds, path from moved_site
    union all
    select site_id, 'rhythm', hours * seconds_an_hour(), null from site_shift
    union all
    select site_id, 'step_back', -seconds, path from stepped_site
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
        'reason': case
            when skewed.signs[1] = 'rhythm' then 'fits_when_moved'
            when skewed.signs[1] = 'delivery' then 'later_than_delivery'
            when skewed.signs[1] = 'file_edges' then 'file_edges_moved'
            else 'time_goes_back'
        end,
        'stepped_at': strftime(stepped_site.stepped_at, '%H:%M:%S'),
        'file_name': skewed.path,
        'series': coalesce(hours.hours, [])
    } as evidence,
    skewed.seconds,
    len(skewed.signs) as sign_count
from skewed
inner join cached.site_day as site_day
    on site_day.site_id = skewed.site_id and site_day.log_date = $date
    and site_day.records > 0
left join stepped_site on stepped_site.site_id = skewed.site_id
left join hours on hours.site_id = skewed.site_id
left join history on history.site_id = skewed.site_id
