-- One row per site whose day fits its own rhythm only when it is moved by some hours: its clock or its
-- zone is off. Addresses are counted, not records, so that one busy client makes no rhythm; of a day's
-- many visitors only so many count as telling (hours vary together). The profile of either kind of day
-- may be the right one: the day must fit neither, and one of them much better when moved. [none]
create or replace table site_shift as
with usual as (
    select site_id, kind, hour, addresses,
        sum(addresses) over (partition by site_id, kind) as total
    from site_rhythm
    where days >= days_of_a_rhythm()
),
profile as (
    select
        known.site_id, known.kind, slot.hour,
        (1 - evenly_spread_share()) * coalesce(usual.addresses, 0) / known.total
            + evenly_spread_share() / hours_a_day() as share
    from (select distinct site_id, kind, total from usual where total > 0) as known
    cross join (select unnest(range(hours_a_day())) as hour) as slot
    left join usual
        on usual.site_id = known.site_id and usual.kind = known.kind and usual.hour = slot.hour
),
today_hour as (
    select site_id, hour(hour_at) as hour, sum(client_addresses) as addresses
    from cached.site_hour
    where log_date = $date
    group by site_id, hour(hour_at)
),
today as (
    select site_id, hour, addresses / sum(addresses) over (partition by site_id) as share,
        sum(addresses) over (partition by site_id) as total
    from today_hour
),
-- What the usual hours have that lie between two others with visitors and are silent today: a gap in the middle of
-- the day looks like a night that has moved there, while the hours around it are as they always are.
silent as (
    select profile.site_id, profile.kind, sum(profile.share) as share
    from profile
    inner join (
        select site_id, min(hour) as first_hour, max(hour) as last_hour from today_hour group by site_id
    ) as span
        on span.site_id = profile.site_id
        and profile.hour between span.first_hour and span.last_hour
    anti join today_hour
        on today_hour.site_id = profile.site_id and today_hour.hour = profile.hour
    group by profile.site_id, profile.kind
),
-- Materialized, since DuckDB would join by the site alone and throw most of it away.
moved_hour as materialized (
    select today.*, moved.hours, hour_shifted(today.hour, -moved.hours) as usual_hour
    from today
    cross join (
        select unnest(range(1 - half(hours_a_day())::int, half(hours_a_day())::int + 1)) as hours
    ) as moved
    where today.total >= addresses_of_a_rhythm()
),
-- Kullback-Leibler distance of the day from the profile moved by `hours`; ahead is positive. Unmoved, from the
-- profile without the silent hours.
distance as (
    select
        moved_hour.site_id, profile.kind, moved_hour.hours,
        any_value(moved_hour.total) as total,
        sum(moved_hour.share * ln(moved_hour.share / profile.share))
            + case when moved_hour.hours = 0 then ln(1 - coalesce(any_value(silent.share), 0)) else 0 end
            as distance
    from moved_hour
    inner join profile
        on profile.site_id = moved_hour.site_id and profile.hour = moved_hour.usual_hour
    left join silent on silent.site_id = profile.site_id and silent.kind = profile.kind
    group by moved_hour.site_id, profile.kind, moved_hour.hours
),
fit as (
    select
        site_id,
        any_value(total) as total,
        min(distance) filter (where hours = 0) as as_logged,
        min(distance) filter (where hours <> 0) as as_moved,
        arg_min(hours, distance) filter (where hours <> 0) as hours
    from distance
    group by site_id
),
moved_site as (
    select
        site_id, total, hours, as_logged, as_moved,
        least(telling_visitors(), total / hours_a_visitor()) * (as_logged - as_moved) as evidence
    from fit
    where least(telling_visitors(), total / hours_a_visitor()) * (as_logged - as_moved)
            >= case when abs(hours) = 1 then evidence_of_one_hour() else evidence_of_hours() end
        -- A few visitors never fit exactly: a distance of (24 - 1) / 2n is to be expected by chance.
        and as_moved <= unexplained_share() * as_logged + half(hours_a_day() - 1) / total
),
-- Visitors who came in addition, at an unusual hour, move nothing: the usual hours have what they always
-- have. Of a moved day they lack half at least of what moving it takes from them.
lacking as (
    select
        moved_site.site_id, profile.kind,
        sum(greatest(0, coalesce(usual.addresses, 0) - coalesce(today_hour.addresses, 0))) as lacks,
        sum(greatest(0, coalesce(usual.addresses, 0) - coalesce(source.addresses, 0)))
            as would_lack
    from moved_site
    inner join profile on profile.site_id = moved_site.site_id
    left join usual
        on usual.site_id = profile.site_id and usual.kind = profile.kind
        and usual.hour = profile.hour
    left join usual as source
        on source.site_id = profile.site_id and source.kind = profile.kind
        and source.hour = hour_shifted(profile.hour, -moved_site.hours)
    left join today_hour
        on today_hour.site_id = profile.site_id and today_hour.hour = profile.hour
    group by moved_site.site_id, profile.kind
)
select moved_site.site_id, moved_site.hours, moved_site.as_logged, moved_site.as_moved,
    moved_site.evidence
from moved_site
anti join lacking
    on lacking.site_id = moved_site.site_id and lacking.lacks < half(lacking.would_lack);
