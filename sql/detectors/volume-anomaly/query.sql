with known_site as (
    select site_id
    from site_past
    group by site_id
    having count(*) >= $min_days
),
-- The whole day and parts of it: a flood of two hours drowns in a day.
span as (
    select
        length.hours as span_hours,
        unnest(range(0, hours_a_day(), length.hours)) as from_hour,
        from_hour + length.hours as to_hour
    from (select unnest($span_hours::int[]) as hours) as length
),
today_hour as (
    select site_id, hour(hour_at) as hour, sum(records) as records
    from lake.site_hour
    where log_date = $date
    group by site_id, hour(hour_at)
),
-- Hours without a record are left to the gap detector: here it is about a site that still logs.
hour_of_site as (
    select
        rhythm.site_id, rhythm.kind, rhythm.hour, rhythm.records as usual,
        coalesce(today_hour.records, 0) as records
    from site_rhythm as rhythm
    inner join known_site on known_site.site_id = rhythm.site_id
    left join today_hour
        on today_hour.site_id = rhythm.site_id and today_hour.hour = rhythm.hour
    union all
    select today_hour.site_id, kind.kind, today_hour.hour, 0, today_hour.records
    from today_hour
    inner join (select distinct site_id, kind from site_rhythm) as kind
        on kind.site_id = today_hour.site_id
    anti join site_rhythm as rhythm
        on rhythm.site_id = today_hour.site_id and rhythm.kind = kind.kind
        and rhythm.hour = today_hour.hour
),
rough as (
    select
        hours.site_id, hours.kind, span.span_hours, span.from_hour,
        sum(hours.usual) as usual,
        sum(hours.records) as records,
        sum(hours.usual) filter (where hours.records > 0) as usual_of_logged
    from hour_of_site as hours
    inner join span on hours.hour >= span.from_hour and hours.hour < span.to_hour
    group by hours.site_id, hours.kind, span.span_hours, span.from_hour
),
candidate as (
    select
        rough.site_id, rough.span_hours, rough.from_hour,
        case
            when max(rough.records) >= max($rough_up * rough.usual) then 'up' else 'down'
        end as direction
    from rough
    inner join site_common as common on common.site_id = rough.site_id
    group by rough.site_id, rough.span_hours, rough.from_hour
    having (
        max(rough.records) >= $rough_up * max(rough.usual) * greatest(1, any_value(common.factor))
        and max(rough.records) - max(rough.usual) >= $min_excess
    ) or (
        max(rough.records) <= $rough_down * min(rough.usual_of_logged)
            * least(1, any_value(common.factor))
        and min(rough.usual_of_logged) >= $min_usual
        and rough.span_hours >= $min_down_hours
    )
),
candidate_hour as (
    select candidate.*, slot.hour, today_hour.records is not null as is_logged
    from candidate
    inner join (select unnest(range(hours_a_day())) as hour) as slot
        on slot.hour >= candidate.from_hour
        and slot.hour < candidate.from_hour + candidate.span_hours
    left join today_hour
        on today_hour.site_id = candidate.site_id and today_hour.hour = slot.hour
    where candidate.direction = 'up' or today_hour.records is not null
),
observed as (
    select
        hours.site_id, hours.span_hours, hours.from_hour, hours.direction,
        sum(seen.records) as records,
        sum(seen.client_addresses) as addresses,
        sum(seen.client_errors + seen.server_errors) as errors
    from candidate_hour as hours
    inner join lake.site_hour as seen
        on seen.site_id = hours.site_id and hour(seen.hour_at) = hours.hour
        and seen.log_date = $date
    group by hours.site_id, hours.span_hours, hours.from_hour, hours.direction
),
past_hour as (
    select site_hour.site_id, site_hour.log_date, hour(site_hour.hour_at) as hour,
        site_hour.records, site_hour.client_addresses,
        site_hour.client_errors + site_hour.server_errors as errors
    from past.site_hour
    semi join candidate on candidate.site_id = site_hour.site_id
),
past as (
    select
        hours.site_id, hours.span_hours, hours.from_hour, past.log_date,
        any_value(past.weekday) as weekday,
        any_value(past.is_like_weekday) as is_like_weekday,
        any_value(past.is_like_class) as is_like_class,
        sum(coalesce(past_hour.records, 0)) as records,
        sum(coalesce(past_hour.client_addresses, 0)) as addresses,
        sum(coalesce(past_hour.errors, 0)) as errors
    from candidate_hour as hours
    inner join site_past as past on past.site_id = hours.site_id
    left join past_hour
        on past_hour.site_id = hours.site_id and past_hour.log_date = past.log_date
        and past_hour.hour = hours.hour
    where past.is_like_weekday or past.is_like_class
    group by hours.site_id, hours.span_hours, hours.from_hour, past.log_date
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
        sum(errors) / nullif(sum(records), 0) as error_share,
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
        spread.days, spread.scale, of_kind.addresses as usual_addresses,
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
judged as (
    select
        distance.*,
        normal_tail(t_to_normal(
            abs(ln((records + 1) / (expected + 1))) / deviation, days - 1
        )) as p_value
    from distance
    where (direction = 'up' and ratio >= $min_up and records - expected >= $min_excess)
        or (direction = 'down' and ratio <= $max_down and expected >= $min_usual)
),
habit as (
    select
        judged.site_id, judged.span_hours, judged.from_hour,
        count(*) filter (where
            case judged.direction
                when 'up' then past.records >= judged.records
                else past.records <= judged.records
            end
        ) as days_alike
    from judged
    inner join past
        on past.site_id = judged.site_id and past.span_hours = judged.span_hours
        and past.from_hour = judged.from_hour
    group by judged.site_id, judged.span_hours, judged.from_hour
),
unusual as (
    select
        judged.*,
        max(case when judged.span_hours = hours_a_day() then judged.ratio end) over (
            partition by judged.site_id
        ) as day_ratio
    from judged
    inner join habit
        on habit.site_id = judged.site_id and habit.span_hours = judged.span_hours
        and habit.from_hour = judged.from_hour
    where judged.p_value <= $max_p
        and not is_ordinary(habit.days_alike, judged.days, $ordinary_share)
    qualify row_number() over (
        partition by judged.site_id order by judged.p_value, judged.span_hours desc
    ) = 1
),
-- Who made the excess: only now are the day's records of these sites read.
flooded as (
    select
        site_id,
        $day_begins_at::timestamptz + to_hours(from_hour::int) as from_at,
        $day_begins_at::timestamptz + to_hours((from_hour + span_hours)::int) as to_at
    from unusual
    where direction = 'up'
),
client_load as (
    select
        flooded.site_id, request.client_id,
        any_value(client.client_ip) as client_ip,
        any_value(subnet_of(client.client_ip)) as subnet,
        count(*) as records,
        -- Log-ins, users, personal data and tries that fail have detectors of their own.
        count(*) filter (where request.user_id is not null or request.resource_id is not null
            or request.status >= 400) as covered_records
    from flooded
    inner join day_log as request
        on request.site_id = flooded.site_id
        and request.time >= flooded.from_at
        and request.time < flooded.to_at
    left join lake.client as client on client.client_id = request.client_id
    where request.log_date = $date
    group by flooded.site_id, request.client_id
),
subnet_load as (
    select site_id, subnet, sum(records) as records, sum(covered_records) as covered_records
    from client_load
    where subnet is not null
    group by site_id, subnet
),
known_client as (
    select client_id from context_scanner_client
    union
    select client_load.client_id
    from client_load
    inner join lake.crawler as crawler
        on crawler.client_ip = client_load.client_ip and crawler.site_id = client_load.site_id
    where crawler.log_date = $date and crawler.verdict = 'verified'
),
source as (
    select
        client_load.site_id,
        max(client_load.records) as top_records,
        max(client_load.records) filter (where known_client.client_id is null)
            as top_unknown_records,
        arg_max(client_load.covered_records / client_load.records, client_load.records)
            as top_covered_share,
        list(client_load.client_ip order by client_load.records desc)[1:10] as addresses,
        count(*) as address_count
    from client_load
    left join known_client on known_client.client_id = client_load.client_id
    group by client_load.site_id
),
shape as (
    select
        unusual.*, source.addresses as top_addresses, source.address_count,
        source.top_records, source.top_unknown_records, source.top_covered_share,
        subnet.records as subnet_records, subnet.covered_share as subnet_covered_share,
        unusual.records - unusual.expected as excess,
        night.share as night_share
    from unusual
    left join source on source.site_id = unusual.site_id
    left join (
        select site_id, max(records) as records,
            arg_max(covered_records / records, records) as covered_share
        from subnet_load
        group by site_id
    ) as subnet on subnet.site_id = unusual.site_id
    left join (
        select
            hours.site_id,
            sum(hours.records - hours.usual) filter (
                where hours.usual < $asleep_share * (
                    select max(other.usual) from hour_of_site as other
                    where other.site_id = hours.site_id and other.kind = hours.kind
                )
            ) / nullif(sum(hours.records - hours.usual), 0) as share
        from hour_of_site as hours
        where hours.kind = 'class'
        group by hours.site_id
    ) as night on night.site_id = unusual.site_id
),
reasoned as (
    select
        shape.*,
        case
            when direction = 'down' then 'part_missing'
            when top_records >= $one_source_share * excess
                and coalesce(top_unknown_records, 0) < $one_source_share * excess
                then 'known_crawler'
            when (top_records >= $one_source_share * excess
                and top_covered_share >= $one_source_share)
                or (subnet_records >= $one_source_share * excess
                    and subnet_covered_share >= $one_source_share)
                then 'one_origin_reported'
            when top_records >= $one_source_share * excess then 'one_address'
            when subnet_records >= $one_source_share * excess then 'one_network'
            when records / greatest(1, addresses) >= $persistent_ratio * usual_per_address
                then 'few_busy_addresses'
            when errors / records >= $error_share
                and errors / records >= $error_ratio * coalesce(usual_error_share, 0) then 'mostly_errors'
            when night_share >= $one_source_share then 'at_quiet_hours'
            else 'many_addresses'
        end as reason
    from shape
),
series as (
    select past.site_id,
        list({'on': past.log_date, 'value': past.records} order by past.log_date) as days
    from unusual
    inner join past
        on past.site_id = unusual.site_id and past.span_hours = unusual.span_hours
        and past.from_hour = unusual.from_hour
    group by past.site_id
)
select
    reasoned.site_id,
    'site' as actor_kind,
    reasoned.site_id as actor,
    $day_begins_at::timestamptz + to_hours(reasoned.from_hour::int) as first_seen,
    $day_begins_at::timestamptz + to_hours((reasoned.from_hour + span_hours)::int) as last_seen,
    reasoned.records as event_count,
    0 as subject_count,
    reasoned.p_value,
    {
        'observed': reasoned.records,
        'expected': round(reasoned.expected)::bigint,
        'lower': round((expected + 1) * exp(-$shown_deviations * deviation) - 1)::bigint,
        'upper': round((expected + 1) * exp($shown_deviations * deviation) - 1)::bigint,
        'ratio': round(reasoned.ratio, 2),
        'direction': reasoned.direction,
        'unit': 'records',
        'baseline': 'site',
        'baseline_days': reasoned.days,
        'common_factor': round(reasoned.factor, 2),
        'p_value': printf('%.1e', reasoned.p_value)::double,
        'reason': reasoned.reason,
        'address_count': reasoned.address_count,
        'own_mean_addresses': round(reasoned.usual_addresses)::bigint,
        'addresses': reasoned.top_addresses,
        'series': list_append(series.days, {'on': $date::date, 'value': reasoned.records})
    } as evidence,
    reasoned.direction,
    reasoned.reason,
    reasoned.ratio,
    reasoned.day_ratio,
    reasoned.expected as expected_records,
    shift.site_id is not null as is_clock_off
from reasoned
left join series on series.site_id = reasoned.site_id
left join site_shift as shift on shift.site_id = reasoned.site_id
