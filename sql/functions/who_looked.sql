-- table function who_looked: その日に個人データを見た利用者・サイトごとに一行：何人を見たか、本人のふだんと同僚 / One row per user and site that saw personal data on a day: how many people, beside the own past and the peers. [personal]
-- parameter day: 設定の時間帯での日 / Day in the configured zone.
create or replace macro lake.who_looked(day) as table
with seen as (
    select
        today.*, today.record_accesses + today.list_accesses + today.exports as accesses,
        coalesce(site.site_group, '') as site_group
    from lake.user_day as today
    left join lake.site as site on site.site_id = today.site_id
    where today.log_date = day::date
        and today.record_accesses + today.list_accesses + today.exports > 0
),
-- The median of the 34 days before, as a day's report shows 35.
past as (
    select
        before.user_id, before.site_id, count(*) as past_days,
        median(before.subjects) as usual_subjects, max(before.subjects) as most_subjects_before
    from lake.user_day as before
    join seen on seen.user_id = before.user_id and seen.site_id = before.site_id
    where before.log_date between day::date - 34 and day::date - 1
    group by before.user_id, before.site_id
),
others as (
    select
        *,
        count(*) over near as near_peers,
        -- A shop has too few people to compare with: then those of all sites of its group.
        count(*) over near >= 5 as is_near,
        {
            'median': median(subjects) over near,
            'high': quantile_cont(subjects, 0.9) over near,
            'highest': max(subjects) over near,
            'median_accesses': median(accesses) over near,
            'high_accesses': quantile_cont(accesses, 0.9) over near,
            'highest_accesses': max(accesses) over near
        } as near_spread,
        count(*) over wide as wide_peers,
        {
            'median': median(subjects) over wide,
            'high': quantile_cont(subjects, 0.9) over wide,
            'highest': max(subjects) over wide,
            'median_accesses': median(accesses) over wide,
            'high_accesses': quantile_cont(accesses, 0.9) over wide,
            'highest_accesses': max(accesses) over wide
        } as wide_spread
    from seen
    window
        near as (
            partition by site_id, user_type
            rows between unbounded preceding and unbounded following exclude current row
        ),
        wide as (
            partition by site_group, user_type order by user_id
            groups between unbounded preceding and unbounded following exclude group
        )
),
chosen as (
    select
        *, if(is_near, near_peers, wide_peers) as peers,
        if(is_near, near_spread, wide_spread) as spread
    from others
),
beside as (
    select
        chosen.*, coalesce(past.past_days, 0) as past_days,
        past.usual_subjects, past.most_subjects_before,
        -- With fewer days or peers there is nothing to compare with.
        if(past.past_days >= 5, past.most_subjects_before, null) as own_limit,
        if(chosen.peers >= 5, chosen.spread.high, null) as peer_limit
    from chosen
    left join past on past.user_id = chosen.user_id and past.site_id = chosen.site_id
)
select
    user_id, user_type, site_id, subjects, accesses, list_accesses, exports, refused, addresses,
    first_time, last_time, past_days, usual_subjects, most_subjects_before,
    if(is_near, 'site', 'group') as peers_of, peers,
    spread.median as peers_subjects, spread.high as peers_high_subjects,
    spread.highest as peers_most_subjects,
    spread.median_accesses as peers_accesses, spread.high_accesses as peers_high_accesses,
    spread.highest_accesses as peers_most_accesses,
    case
        when own_limit is null and peer_limit is null then 'unknown'
        -- Under ten people nothing is far more: a second customer is twice as many.
        when subjects > greatest(10, 2 * greatest(own_limit, peer_limit)) then 'far_more'
        when subjects <= own_limit then 'as_before'
        when subjects <= peer_limit then 'as_peers'
        else 'more'
    end as compared
from beside
order by subjects desc, exports desc, accesses desc, user_id, site_id;
