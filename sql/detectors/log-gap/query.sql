with past_hour as (
    select
        site_hour.site_id, site_hour.log_date,
        hour(site_hour.hour_at) as hour,
        site_hour.records,
        list_contains($working_days::date[], site_hour.log_date) as is_working_day
    from lake.site_hour as site_hour
    where site_hour.log_date between $date - $history_days::int and $date - 1
),
past_day as (
    select distinct site_id, log_date, is_working_day from past_hour
),
known_site as (
    select
        site_id,
        count(*) as days,
        count(*) filter (
            where is_working_day = list_contains($working_days::date[], $date::date)
        ) as days_like_today
    from past_day
    group by all
    having count(*) >= $min_days
),
like_today as (
    select past_day.*
    from past_day
    inner join known_site using (site_id)
    where known_site.days_like_today < $min_class_days
        or past_day.is_working_day = list_contains($working_days::date[], $date::date)
),
grid as (
    select like_today.site_id, like_today.log_date, hours.hour,
        coalesce(past_hour.records, 0) as records
    from like_today
    cross join (select unnest(range(24)) as hour) as hours
    left join past_hour
        on past_hour.site_id = like_today.site_id
        and past_hour.log_date = like_today.log_date
        and past_hour.hour = hours.hour
),
hour_of_day as (
    select site_id, hour, avg(records) as mean, coalesce(var_samp(records), 0) as variance
    from grid
    group by all
),
rhythm as (
    select
        site_id,
        least(5.0, greatest(0.05, coalesce(
            sum(variance - mean) / nullif(sum(mean * mean), 0), $default_dispersion
        ))) as dispersion,
        -- Visitors come with several requests each, so counts vary in proportion to their mean too.
        greatest(1.0, sum(variance) / nullif(sum(mean), 0)) as variance_ratio
    from hour_of_day
    group by all
),
moment as (
    select site_id, $day_begins_at::timestamptz as seen_at from known_site
    union all
    select site_id, $day_ends_at::timestamptz as seen_at from known_site
    union all
    select request.site_id, request.time as seen_at
    from lake.request as request
    semi join known_site using (site_id)
    where request.log_date = $date
),
pause as (
    select
        site_id,
        lag(seen_at) over (partition by site_id order by seen_at) as begins_at,
        seen_at as ends_at
    from moment
),
long_pause as (
    select pause.*, date_diff('second', begins_at, ends_at) / 60.0 as minutes
    from pause
    where ends_at - begins_at >= to_minutes($min_minutes)
),
hour_in_pause as (
    select
        long_pause.site_id, long_pause.begins_at, long_pause.ends_at, long_pause.minutes,
        hour(slot.hour_at) as hour,
        date_diff(
            'second',
            greatest(slot.hour_at, long_pause.begins_at),
            least(slot.hour_at + interval 1 hour, long_pause.ends_at)
        ) / 3600.0 as share
    from long_pause
    cross join (
        select unnest(generate_series(
            $day_begins_at::timestamptz,
            $day_ends_at::timestamptz - interval 1 hour,
            interval 1 hour
        )) as hour_at
    ) as slot
    where slot.hour_at < long_pause.ends_at
        and slot.hour_at + interval 1 hour > long_pause.begins_at
),
judged as (
    select
        hour_in_pause.site_id, hour_in_pause.begins_at, hour_in_pause.ends_at,
        any_value(hour_in_pause.minutes) as minutes,
        sum(hour_of_day.mean * hour_in_pause.share) as expected,
        exp(sum(ln(nb_zero(
            hour_of_day.mean * hour_in_pause.share,
            greatest(
                rhythm.dispersion,
                (rhythm.variance_ratio - 1)
                    / nullif(hour_of_day.mean * hour_in_pause.share, 0)
            )
        )))) as p_value
    from hour_in_pause
    inner join hour_of_day using (site_id, hour)
    inner join rhythm using (site_id)
    group by all
),
gap as (
    select judged.*
    from judged
    where p_value <= $max_p
    qualify row_number() over (partition by site_id order by p_value, minutes desc) = 1
),
today_hour as (
    select site_hour.site_id,
        list({'hour': hour(site_hour.hour_at), 'value': site_hour.records}
            order by site_hour.hour_at) as hours
    from lake.site_hour as site_hour
    semi join gap using (site_id)
    where site_hour.log_date = $date
    group by all
)
select
    gap.site_id,
    'site' as actor_kind,
    gap.site_id as actor,
    case when gap.minutes >= $long_minutes then 'high' else 'medium' end as severity,
    least(100, 30 + 10 * log2(gap.minutes / $min_minutes) + 6 * log10(1 + gap.expected)) as score,
    gap.begins_at as first_seen,
    gap.ends_at as last_seen,
    0 as event_count,
    0 as subject_count,
    {
        'observed': round(gap.minutes)::int,
        'expected': round(gap.expected)::int,
        'unit': 'minutes',
        'baseline': 'site',
        'baseline_days': known_site.days_like_today,
        'p_value': printf('%.1e', greatest(gap.p_value, 1e-12))::double,
        'reason': case
            when gap.begins_at = $day_begins_at::timestamptz
                and gap.ends_at = $day_ends_at::timestamptz then 'no line of the day came in'
        end,
        'series': coalesce(today_hour.hours, [])
    } as evidence
from gap
inner join known_site using (site_id)
left join today_hour using (site_id)
