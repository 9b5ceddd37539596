-- One row per site with a gap: the rarest.
with judged as (
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
)
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
