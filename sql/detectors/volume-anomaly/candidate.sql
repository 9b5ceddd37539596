-- One row per site and part of the day that is roughly above or below the usual, the whole day too: a
-- flood of two hours drowns in a day.
with span as (
    select
        length.hours as span_hours,
        unnest(range(0, hours_a_day(), length.hours)) as from_hour,
        from_hour + length.hours as to_hour
    from (select unnest($span_hours::int[]) as hours) as length
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
)
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
