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
    left join lake.site_day as site_day
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
),
-- Of a pause across midnight the evening, the morning and the whole are judged: where the evening
-- alone was a finding of its day, the morning has to be one by itself.
stretch as (
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
),
hour_in_stretch as (
    select
        stretch.site_id, stretch.begins_at, stretch.part, slot.hour_at,
        date_diff(
            'second',
            greatest(slot.hour_at, stretch.from_at),
            least(slot.hour_at + interval 1 hour, stretch.to_at)
        ) / seconds_an_hour() as share
    from stretch
    inner join (
        select unnest(generate_series(
            $day_begins_at::timestamptz - interval 1 day,
            $day_ends_at::timestamptz - interval 1 hour,
            interval 1 hour
        )) as hour_at
    ) as slot
        on slot.hour_at < stretch.to_at and slot.hour_at + interval 1 hour > stretch.from_at
),
-- Nights of quiet sites are most of the pauses; only the others are compared day by day.
worth_a_look as (
    select hours.site_id, hours.begins_at, hours.part
    from hour_in_stretch as hours
    inner join site_rhythm as rhythm
        on rhythm.site_id = hours.site_id and rhythm.hour = hour(hours.hour_at)
    group by hours.site_id, hours.begins_at, hours.part, rhythm.kind
    having sum(rhythm.records * hours.share) >= $min_expected
),
candidate_hour as (
    select hours.*, coalesce(seen.records, 0) as records
    from hour_in_stretch as hours
    semi join worth_a_look as worth
        on worth.site_id = hours.site_id and worth.begins_at = hours.begins_at
    left join lake.site_hour as seen
        on seen.site_id = hours.site_id and seen.hour_at = hours.hour_at
        and seen.log_date between $date - 1 and $date
),
-- Only the hours of these sites, so that the join below is a small one.
hour_of_site as (
    select site_hour.site_id, site_hour.hour_at, site_hour.records, site_hour.client_addresses
    from past.site_hour
    semi join worth_a_look as worth on worth.site_id = site_hour.site_id
),
past_stretch as (
    select
        hours.site_id, hours.begins_at, hours.part, past.log_date,
        any_value(past.is_like_weekday) as is_like_weekday,
        any_value(past.is_like_class) as is_like_class,
        sum(hours.records) as records_today,
        sum(coalesce(seen.records, 0)) as records_then,
        -- Of the hours at either end a part only is silent, and what the rest holds is chance.
        sum(hours.records) filter (where hours.share >= 1) as within_today,
        sum(coalesce(seen.records, 0)) filter (where hours.share >= 1) as within_then,
        sum(coalesce(seen.records, 0) * hours.share) as records,
        sum(coalesce(seen.client_addresses, 0) * hours.share) as addresses
    from candidate_hour as hours
    inner join site_past as past on past.site_id = hours.site_id
    left join hour_of_site as seen
        on seen.site_id = hours.site_id
        and seen.hour_at = hours.hour_at - to_days(($date - past.log_date)::int)
    where past.is_like_weekday or past.is_like_class
    group by hours.site_id, hours.begins_at, hours.part, past.log_date
),
past_kind as (
    select *, 'weekday' as kind from past_stretch where is_like_weekday
    union all
    select *, 'class' as kind from past_stretch where is_like_class
),
usual as (
    select
        past_kind.site_id, past_kind.begins_at, past_kind.part, past_kind.kind,
        count(*) as days,
        any_value(common.factor) as factor,
        avg(records) * least(1, any_value(common.factor)) as records,
        avg(addresses) * least(1, any_value(common.factor)) as addresses,
        var_samp(records) as records_variance,
        var_samp(addresses) as addresses_variance,
        least($max_burst, greatest(1, avg(records) / nullif(avg(addresses), 0))) as burst,
        count(*) filter (
            where coalesce(within_then, records_then)
                <= coalesce(within_today, records_today) + $quiet_share * records
        ) as quiet_days
    from past_kind
    inner join site_common as common on common.site_id = past_kind.site_id
    group by past_kind.site_id, past_kind.begins_at, past_kind.part, past_kind.kind
    having count(*) >= $min_kind_days
),
-- Visitors come with several requests each: a pause is as rare as that many visitors, or bursts of
-- requests, failing to come. Their number varies from day to day as it did in the past.
rarity as (
    select
        usual.*,
        least($max_dispersion, greatest($min_dispersion,
            (addresses_variance - addresses) / nullif(addresses * addresses, 0)
        )) as visit_dispersion,
        least($max_dispersion, greatest($min_dispersion,
            (records_variance - burst * records) / nullif(records * records, 0)
        )) as burst_dispersion
    from usual
    where records > 0 and addresses > 0
),
-- A monitor's heartbeat: hours hardly ever fall below a number, and many have just that.
past_hour as (
    select site_hour.site_id, site_hour.records
    from lake.site_hour as site_hour
    semi join worth_a_look as worth on worth.site_id = site_hour.site_id
    semi join site_past as past
        on past.site_id = site_hour.site_id and past.log_date = site_hour.log_date
    where site_hour.log_date between $date - $heartbeat_days::int and $date - 1
),
lowest_hour as (
    select
        past_hour.site_id, count(*) as hours,
        quantile_disc(past_hour.records, $heartbeat_quantile) as records
    from past_hour
    group by past_hour.site_id
),
site_days as (
    select site_id, count(*) as days
    from site_past
    where log_date >= $date - $heartbeat_days::int
    group by site_id
),
heartbeat as (
    select lowest_hour.site_id, any_value(lowest_hour.records) as an_hour
    from past_hour
    inner join lowest_hour on lowest_hour.site_id = past_hour.site_id
    inner join site_days on site_days.site_id = past_hour.site_id
    group by lowest_hour.site_id, lowest_hour.hours, site_days.days
    having lowest_hour.hours >= (1 - $heartbeat_quantile) * hours_a_day() * site_days.days
        and count(*) filter (
            where past_hour.records between lowest_hour.records and $heartbeat_margin * lowest_hour.records + 1
        ) >= $heartbeat_share * lowest_hour.hours
),
judged as (
    select
        rarity.site_id, rarity.begins_at, rarity.part,
        any_value(stretch.ends_at) as ends_at,
        any_value(minutes_between(stretch.from_at, stretch.to_at)) as minutes,
        min(rarity.records) as expected,
        max(rarity.days) as days,
        max(least(
            pow(1 + visit_dispersion * rarity.addresses, -1 / visit_dispersion),
            pow(1 + burst_dispersion * rarity.records / burst, -1 / burst_dispersion)
        )) as chance,
        coalesce(any_value(heartbeat.an_hour), 0)::double as heartbeat_an_hour
    from rarity
    inner join stretch
        on stretch.site_id = rarity.site_id and stretch.begins_at = rarity.begins_at
        and stretch.part = rarity.part
    left join heartbeat on heartbeat.site_id = rarity.site_id
    group by rarity.site_id, rarity.begins_at, rarity.part
    having not bool_or(is_ordinary(rarity.quiet_days, rarity.days, $ordinary_share))
),
tested as (
    select
        judged.*,
        greatest(least_p(), least(
            chance, exp(-heartbeat_an_hour * minutes / minutes_an_hour() / $heartbeat_spread)
        )) as p_value
    from judged
),
gap as (
    select tested.*
    from tested
    left join tested as evening
        on evening.site_id = tested.site_id and evening.begins_at = tested.begins_at
        and evening.part = 'evening'
    where tested.part <> 'evening'
        and not coalesce(
            tested.part = 'whole' and evening.minutes >= $min_minutes
            and evening.p_value <= $max_p, false
        )
        and tested.minutes >= $min_minutes
        and (
            tested.p_value <= $max_p
            or (tested.p_value <= $weak_p and tested.minutes >= $long_minutes)
        )
    qualify row_number() over (
        partition by tested.site_id order by tested.p_value, tested.minutes desc
    ) = 1
),
-- A site whose rhythm is not known yet, or too quiet for a rare hour: a whole day without a line, on
-- which it does not rest, is a gap all the same, and stays one until lines come or it is closed.
absent as (
    select
        state.site_id,
        coalesce(last_day.last_time, state.last_on::timestamptz) as begins_at,
        $day_ends_at::timestamptz as ends_at,
        usual.days,
        usual.records_a_day * ($date - state.last_on) as expected
    from site_state as state
    left join lake.site_day as last_day
        on last_day.site_id = state.site_id and last_day.log_date = state.last_on
    left join lateral (
        select count(*) as days, sum(past.records) / count(*) as records_a_day
        from lake.site_day as past
        where past.site_id = state.site_id
            and past.log_date between state.last_on - ($usual_days::int - 1) and state.last_on
    ) as usual on true
    where state.state = 'missing' and state.last_on is not null
),
today_hour as (
    select site_hour.site_id,
        list({'hour': hour(site_hour.hour_at), 'value': site_hour.records}
            order by site_hour.hour_at) as hours
    from lake.site_hour as site_hour
    semi join gap on gap.site_id = site_hour.site_id
    where site_hour.log_date = $date
    group by site_hour.site_id
),
explained as (
    select
        gap.*,
        site_day.records as records_today,
        site_day.rejects >= $reject_share * gap.expected as is_unread,
        shift.site_id is not null as is_shifted
    from gap
    left join lake.site_day as site_day
        on site_day.site_id = gap.site_id and site_day.log_date = $date
    left join site_shift as shift on shift.site_id = gap.site_id
)
select
    explained.site_id,
    'site' as actor_kind,
    explained.site_id as actor,
    explained.begins_at as first_seen,
    explained.ends_at as last_seen,
    0 as event_count,
    0 as subject_count,
    explained.p_value,
    {
        'observed': round(minutes_between(explained.begins_at, explained.ends_at))::int,
        'expected': round(explained.expected)::int,
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
        'series': []
    } as evidence,
    minutes_between(absent.begins_at, absent.ends_at) as minutes,
    absent.expected as expected_lines,
    false as is_unread,
    false as is_shifted,
    true as is_absent
from absent
anti join gap on gap.site_id = absent.site_id
