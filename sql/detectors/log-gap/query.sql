-- A site whose rhythm is not known yet, or too quiet for a rare hour: a whole day without a line, on
-- which it does not rest, is a gap all the same, and stays one until lines come or it is closed.
with absent as (
    select
        state.site_id,
        coalesce(last_day.last_time, state.last_on::timestamptz) as begins_at,
        $day_ends_at::timestamptz as ends_at,
        usual.days,
        usual.records_a_day * ($date - state.last_on) as expected
    from site_state as state
    left join cached.site_day as last_day
        on last_day.site_id = state.site_id and last_day.log_date = state.last_on
    left join lateral (
        select count(*) as days, sum(past.records) / count(*) as records_a_day
        from cached.site_day as past
        where past.site_id = state.site_id
            and past.log_date between state.last_on - ($usual_days::int - 1) and state.last_on
    ) as usual on true
    where state.state = 'missing' and state.last_on is not null
),
today_hour as (
    select site_hour.site_id,
        list({'hour': hour(site_hour.hour_at), 'value': site_hour.records}
            order by site_hour.hour_at) as hours
    from cached.site_hour as site_hour
    semi join gap on gap.site_id = site_hour.site_id
    where site_hour.log_date = $date
    group by site_hour.site_id
),
-- Since when a site is silent that sent nothing the day before either.
silence as (
    select
        state.site_id,
        coalesce(max(last_day.last_time), any_value(state.last_on)::timestamptz) as since,
        $date - any_value(state.last_on) as days
    from site_state as state
    left join cached.site_day as last_day
        on last_day.site_id = state.site_id and last_day.log_date = state.last_on
    where state.state = 'missing' and state.last_on < $date - 1
    group by state.site_id
),
explained as (
    select
        gap.*,
        silence.since,
        strftime(silence.since, '%Y-%m-%d %H:%M') as silent_since,
        silence.days as silent_days,
        -- What is judged are the last two days; what is reported is the whole of the silence.
        minutes_between(coalesce(silence.since, gap.begins_at), gap.ends_at) as whole_minutes,
        site_day.records as records_today,
        site_day.rejects >= $reject_share * gap.expected as is_unread,
        shift.site_id is not null as is_shifted
    from gap
    left join cached.site_day as site_day
        on site_day.site_id = gap.site_id and site_day.log_date = $date
    left join site_shift as shift on shift.site_id = gap.site_id
    left join silence on silence.site_id = gap.site_id
)
select
    explained.site_id,
    'site' as actor_kind,
    explained.site_id as actor,
    coalesce(explained.since, explained.begins_at) as first_seen,
    explained.ends_at as last_seen,
    0 as event_count,
    0 as subject_count,
    explained.p_value,
    {
        'observed': round(explained.whole_minutes)::int,
        'expected': round(explained.expected * explained.whole_minutes
            / minutes_between(explained.begins_at, explained.ends_at))::int,
        'unit': 'minutes',
        'baseline': 'site',
        'baseline_days': explained.days,
        'p_value': printf('%.1e', explained.p_value)::double,
        'reason': case
            when explained.is_unread then 'unread_lines'
            when explained.is_shifted then 'clock_off'
            when coalesce(explained.records_today, 0) = 0 then 'no_line'
            when explained.ends_at = $day_ends_at::timestamptz
                then 'open_at_day_end'
        end,
        'silent_since': explained.silent_since,
        'silent_days': explained.silent_days,
        'series': coalesce(today_hour.hours, [])
    } as evidence,
    explained.minutes,
    explained.expected as expected_lines,
    explained.is_unread,
    explained.is_shifted,
    false as is_absent
from explained
left join today_hour on today_hour.site_id = explained.site_id
union all
select
    absent.site_id,
    'site' as actor_kind,
    absent.site_id as actor,
    absent.begins_at as first_seen,
    absent.ends_at as last_seen,
    0 as event_count,
    0 as subject_count,
    null as p_value,
    {
        'observed': round(minutes_between(absent.begins_at, absent.ends_at))::int,
        'expected': round(absent.expected)::int,
        'unit': 'minutes',
        'baseline': 'site',
        'baseline_days': absent.days,
        'p_value': null,
        'reason': 'no_line',
        'silent_since': strftime(silence.since, '%Y-%m-%d %H:%M'),
        'silent_days': silence.days,
        'series': []
    } as evidence,
    minutes_between(absent.begins_at, absent.ends_at) as minutes,
    absent.expected as expected_lines,
    false as is_unread,
    false as is_shifted,
    true as is_absent
from absent
left join silence on silence.site_id = absent.site_id
anti join gap on gap.site_id = absent.site_id
