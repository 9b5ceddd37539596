-- title: 個人データへのアクセスのうち、理由の記録があるもの / Access to personal data with a reason on record
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with explained as (
    select
        log_date, site_id, user_id, sum(accesses) as explained_accesses,
        list(distinct source order by source) as sources,
        list(distinct reason order by reason)[1:5] as reasons
    from lake.explanation_day
    where log_date between $since and $until
    group by log_date, site_id, user_id
)
select
    day.log_date, day.site_id, day.user_id, day.user_type,
    day.record_accesses + day.list_accesses + day.exports as accesses,
    coalesce(explained.explained_accesses, 0)::bigint as explained_accesses,
    explained.sources, explained.reasons
from lake.people_day as day
left join explained
    on explained.log_date = day.log_date and explained.site_id = day.site_id
    and explained.user_id = day.user_id
where day.log_date between $since and $until
    and day.user_type in ('staff', 'franchise', 'contractor')
    and day.record_accesses + day.list_accesses + day.exports > 0
order by day.log_date desc, accesses - explained_accesses desc, day.user_id;
