-- One row per pause and hour of it: what share of the hour it takes.
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
