-- One row per part that is far from the usual: how probable it is by chance.
with observed as (
    select
        hours.site_id, hours.span_hours, hours.from_hour, hours.direction,
        sum(seen.records - coalesce(seen.bot_records, 0)) as records,
        sum(seen.records) as all_records,
        sum(seen.client_addresses) as addresses,
        sum(seen.client_errors + seen.server_errors) as errors
    from candidate_hour as hours
    inner join cached.site_hour as seen
        on seen.site_id = hours.site_id and hour(seen.hour_at) = hours.hour
        and seen.log_date = $date
    group by hours.site_id, hours.span_hours, hours.from_hour, hours.direction
),
of_weekday as (
    select site_id, span_hours, from_hour, weekday, median(records) as records
    from past
    group by site_id, span_hours, from_hour, weekday
    having count(*) >= $min_weekdays
),
of_kind as (
    select
        site_id, span_hours, from_hour,
        median(records) filter (where is_like_class) as class_records,
        case when count(*) filter (where is_like_weekday) >= $min_weekdays
            then median(records) filter (where is_like_weekday) end as weekday_records,
        sum(addresses) / nullif(count(*), 0) as addresses,
        sum(errors) / nullif(sum(all_records), 0) as error_share,
        sum(records) / nullif(sum(addresses), 0) as per_address
    from past
    group by site_id, span_hours, from_hour
),
-- How far each past day was from what its weekday had: its spread is the site's own unsteadiness.
residual as (
    select
        past.site_id, past.span_hours, past.from_hour, past.log_date,
        ln((past.records + 1)
            / (coalesce(of_weekday.records, of_kind.class_records, of_kind.weekday_records) + 1)
        ) as difference
    from past
    inner join of_kind
        on of_kind.site_id = past.site_id and of_kind.span_hours = past.span_hours
        and of_kind.from_hour = past.from_hour
    left join of_weekday
        on of_weekday.site_id = past.site_id and of_weekday.span_hours = past.span_hours
        and of_weekday.from_hour = past.from_hour and of_weekday.weekday = past.weekday
),
spread as (
    select
        site_id, span_hours, from_hour,
        count(*) as days,
        greatest(deviation_of_mad() * mad(difference), $outlier_weight * stddev_samp(difference)) as scale,
        -- What was so once may have been a flood; what was so twice is how the site is.
        exp((max(difference, habit_days()))[habit_days()]) as highest,
        -- Growth, or a new level: the last days against the median of eight weeks.
        case
            when count(*) filter (where log_date >= $date - $trend_days::int) >= $min_trend_days
                then median(difference) filter (where log_date >= $date - $trend_days::int)
            else 0
        end as trend
    from residual
    group by site_id, span_hours, from_hour
    having count(*) >= $min_kind_days
),
usual as (
    select
        observed.*,
        spread.days, spread.scale, spread.highest, of_kind.addresses as usual_addresses,
        of_kind.error_share as usual_error_share, of_kind.per_address as usual_per_address,
        common.factor,
        case observed.direction
            when 'up' then greatest(of_kind.class_records, of_kind.weekday_records)
                * exp(greatest(0, spread.trend)) * greatest(1, common.factor)
            else least(of_kind.class_records, of_kind.weekday_records)
                * exp(least(0, spread.trend)) * least(1, common.factor)
        end as expected
    from observed
    inner join spread
        on spread.site_id = observed.site_id and spread.span_hours = observed.span_hours
        and spread.from_hour = observed.from_hour
    inner join of_kind
        on of_kind.site_id = observed.site_id and of_kind.span_hours = observed.span_hours
        and of_kind.from_hour = observed.from_hour
    inner join site_common as common on common.site_id = observed.site_id
),
-- Chance adds to the days' own unsteadiness: requests come in bursts of one visitor.
distance as (
    select
        usual.*,
        usual.records / greatest(1, usual.expected) as ratio,
        sqrt(
            greatest($min_scale, usual.scale) ** 2
            + least($max_burst, greatest(1, usual_per_address)) / (usual.expected + 1)
        ) as deviation
    from usual
),
-- What all of the day was, whichever part of it is told.
of_day as (
    select site_id, direction, ratio as day_ratio, highest as highest_day
    from distance
    where span_hours = hours_a_day()
)
select
    distance.*,
    of_day.day_ratio, of_day.highest_day,
    normal_tail(t_to_normal(
        abs(ln((records + 1) / (expected + 1))) / deviation, days - 1
    )) as p_value
from distance
left join of_day on of_day.site_id = distance.site_id and of_day.direction = distance.direction
where (distance.direction = 'up' and ratio >= $min_up and records - expected >= $min_excess)
    or (distance.direction = 'down' and ratio <= $max_down and expected >= $min_usual)
