-- Sites that sent nothing today although they had sent lines before: since when, and what they sent a day until then.
with silence as (
    select
        state.site_id,
        coalesce(any_value(last_day.last_time), any_value(state.last_on)::timestamptz) as since,
        any_value(state.last_on) as last_on,
        $date - any_value(state.last_on) as days,
        count(past.log_date) as past_days,
        avg(past.records) as records_a_day
    from site_state as state
    left join cached.site_day as last_day
        on last_day.site_id = state.site_id and last_day.log_date = state.last_on
    left join cached.site_day as past
        on past.site_id = state.site_id and past.log_date <= state.last_on
    where state.state = 'missing' and state.last_on is not null
    group by state.site_id
),
-- The weekdays on which a site rests: most of them had no line while it still sent some.
resting as (
    select past.site_id
    from site_past as past
    inner join silence on silence.site_id = past.site_id and past.log_date <= silence.last_on
    where past.is_like_weekday
    group by past.site_id
    having is_most(count(*) filter (where past.records = 0), count(*))
),
-- A site whose rhythm is not known yet, or too quiet for a rare hour: a whole day without a line, on
-- which it does not rest, is a gap all the same, and stays one until lines come or it is closed.
silent as (
    select
        gap.site_id,
        -- What is judged are the last two days; what is reported is the whole of the silence.
        coalesce(silence.since, gap.begins_at) as begins_at,
        gap.ends_at, gap.days,
        gap.expected / minutes_between(gap.begins_at, gap.ends_at)
            * minutes_between(coalesce(silence.since, gap.begins_at), gap.ends_at) as expected,
        false as is_absent
    from gap
    left join silence on silence.site_id = gap.site_id
    union all
    select
        silence.site_id, silence.since, $day_ends_at::timestamptz, silence.past_days,
        silence.records_a_day * silence.days,
        true
    from silence
    anti join gap on gap.site_id = silence.site_id
    anti join resting on resting.site_id = silence.site_id
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
explained as (
    select
        silent.*,
        minutes_between(silent.begins_at, silent.ends_at) as minutes,
        silence.days as silent_days,
        coalesce(is_most(site_day.rejects, silent.expected), false) as is_unread,
        shift.site_id is not null as is_shifted
    from silent
    left join silence on silence.site_id = silent.site_id
    left join cached.site_day as site_day
        on site_day.site_id = silent.site_id and site_day.log_date = $date
    left join site_shift as shift on shift.site_id = silent.site_id
)
select
    explained.site_id,
    'site' as actor_kind,
    explained.site_id as actor,
    explained.begins_at as first_seen,
    explained.ends_at as last_seen,
    0 as event_count,
    0 as subject_count,
    {
        'observed': round(explained.minutes)::int,
        'expected': round(explained.expected)::int,
        'unit': 'minutes',
        'baseline': 'site',
        'baseline_days': explained.days,
        'reason': case
            when explained.is_unread then 'unread_lines'
            when explained.is_shifted then 'clock_off'
            when explained.silent_days is not null then 'no_line'
            when explained.ends_at = $day_ends_at::timestamptz then 'open_at_day_end'
        end,
        'silent_since': case
            when explained.silent_days > 1 then strftime(explained.begins_at, '%Y-%m-%d %H:%M')
        end,
        'silent_days': case when explained.silent_days > 1 then explained.silent_days end,
        'series': coalesce(today_hour.hours, [])
    } as evidence,
    explained.minutes,
    explained.expected as expected_lines,
    explained.is_unread,
    explained.is_shifted,
    explained.is_absent
from explained
left join today_hour on today_hour.site_id = explained.site_id
