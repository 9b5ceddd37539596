-- One row per pause that is worth a look: how many requests and visitors it should have had, and how
-- these vary. Visitors come with several requests each: a pause is as rare as that many visitors, or
-- bursts of requests, failing to come. Their number varies from day to day as it did in the past.
with candidate_hour as (
    select hours.*, coalesce(seen.records, 0) as records
    from hour_in_stretch as hours
    semi join worth_a_look as worth
        on worth.site_id = hours.site_id and worth.begins_at = hours.begins_at
    left join cached.site_hour as seen
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
)
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
