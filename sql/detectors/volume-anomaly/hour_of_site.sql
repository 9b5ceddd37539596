-- One row per site, class of day and hour: what is usual, and what came. Hours without a record are
-- left to the gap detector: here it is about a site that still logs.
with known_site as (
    select site_id
    from site_past
    group by site_id
    having count(*) >= $min_days
)
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
