-- One row per part of a pause that is long enough; `part` says whether it is the whole.

-- Of a pause across midnight the evening, the morning and the whole are judged: where the evening
-- alone was a finding of its day, the morning has to be one by itself.
with known_site as (
    select site_id, count(*) as days
    from site_past
    group by site_id
    having count(*) >= $min_days
),
-- A pause may have begun the day before; a whole day without records counts as one.
moment as (
    select
        known_site.site_id,
        coalesce(site_day.last_time, $day_begins_at::timestamptz - interval 1 day) as first_time,
        coalesce(site_day.last_time, $day_begins_at::timestamptz - interval 1 day) as last_time
    from known_site
    left join cached.site_day as site_day
        on site_day.site_id = known_site.site_id and site_day.log_date = $date - 1
    union all
    select site_minute.site_id, site_minute.first_time, site_minute.last_time
    from site_minute
    semi join known_site on known_site.site_id = site_minute.site_id
    union all
    select site_id, $day_ends_at::timestamptz, $day_ends_at::timestamptz from known_site
),
pause as (
    select
        site_id,
        lag(last_time) over (partition by site_id order by first_time, last_time) as begins_at,
        first_time as ends_at
    from moment
),
long_pause as (
    select *
    from pause
    where epoch_us(ends_at) - epoch_us(begins_at) >= microseconds_a_minute() * $min_minutes
)
select site_id, begins_at, ends_at, 'whole' as part, begins_at as from_at, ends_at as to_at
from long_pause
union all
select site_id, begins_at, ends_at, 'evening', begins_at, $day_begins_at::timestamptz
from long_pause
where begins_at < $day_begins_at::timestamptz
union all
select site_id, begins_at, ends_at, 'morning', $day_begins_at::timestamptz, ends_at
from long_pause
where begins_at < $day_begins_at::timestamptz
