-- What was so once may have been a failure; what was so twice is how the site is.
with past_reject as (
    select site_id, count(*) as days, (max(rejects, habit_days()))[habit_days()] as usual
    from site_past
    group by site_id
),
spike as (
    select
        site_day.site_id, site_day.rejects, site_day.records, site_day.lines,
        site_day.first_time, site_day.last_time,
        coalesce(past.days, 0) as days,
        coalesce(past.usual, 0) as expected,
        site_day.rejects / site_day.lines as share
    from cached.site_day as site_day
    left join past_reject as past on past.site_id = site_day.site_id
    where site_day.log_date = $date and site_day.rejects >= $min_rejects
        and site_day.rejects >= $min_ratio * coalesce(past.usual, 0)
),
reject as (
    select reject.site_id, reject.file_id, reject.line_no, reject.reason, reject.reason_code,
        reject.reason_arguments, reject.path
    from lake.reject as reject
    semi join spike on spike.site_id = reject.site_id
    where reject.log_date = $date
),
-- Only the records of these sites are read: where in their files they end.
record_end as (
    select request.site_id, request.file_id, max(request.line_no) as line_no,
        max(request.time) as last_time
    from day_log as request
    semi join spike on spike.site_id = request.site_id
    group by request.site_id, request.file_id
),
-- Rejected lines with no record behind them: the format changed for good.
tail as (
    select reject.site_id, count(*) as rejects, max(record_end.last_time) as last_good_time
    from reject
    left join record_end
        on record_end.site_id = reject.site_id and record_end.file_id = reject.file_id
    where reject.line_no > coalesce(record_end.line_no, 0)
    group by reject.site_id
),
cause_of_site as (
    select site_id,
        list(
            {'reason': reason, 'code': code, 'arguments': arguments::json} order by rejects desc
        )[1:5] as reasons
    from (
        select site_id, reason, max(reason_code) as code, max(reason_arguments) as arguments,
            count(*) as rejects
        from reject
        group by site_id, reason
    )
    group by site_id
),
file_of_site as (
    select site_id, first_ten(list(distinct path)) as paths, count(distinct path) as files
    from reject
    group by site_id
),
shape as (
    select
        spike.*, tail.last_good_time,
        is_most(coalesce(tail.rejects, 0), spike.rejects) as is_changed
    from spike
    left join tail on tail.site_id = spike.site_id
)
select
    shape.site_id,
    'site' as actor_kind,
    shape.site_id as actor,
    coalesce(
        case when is_changed then shape.last_good_time end, shape.first_time,
        $day_begins_at::timestamptz
    ) as first_seen,
    case when is_changed then $day_ends_at::timestamptz
        else coalesce(shape.last_time, $day_ends_at::timestamptz) end as last_seen,
    shape.rejects as event_count,
    0 as subject_count,
    {
        'observed': shape.rejects,
        'expected': shape.expected,
        'share': round(shape.share, 3),
        'unit': 'lines',
        'baseline': case when shape.days > 0 then 'site' else 'none' end,
        'baseline_days': shape.days,
        'reason': case
            when is_changed and records = 0 then 'nothing_read'
            when is_changed then 'broke_off'
            when is_most(rejects, lines) then 'most_unread'
        end,
        'reject_reasons': cause_of_site.reasons,
        'file_names': file_of_site.paths,
        'files': file_of_site.files
    } as evidence,
    shape.rejects,
    shape.lines,
    shape.share as unread_share,
    shape.is_changed
from shape
left join cause_of_site on cause_of_site.site_id = shape.site_id
left join file_of_site on file_of_site.site_id = shape.site_id
