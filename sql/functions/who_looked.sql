-- table function who_looked: その日に個人データを見た利用者・サイトごとに一行：何人を見たか、本人のふだんと同僚 / One row per user and site that saw personal data on a day: how many people, beside the own past and the peers. [personal]
-- parameter day: 設定の時間帯での日 / Day in the configured zone.
create or replace macro lake.who_looked(day) as table
with colleague as (
    select usual_id as user_id, min(department) as department
    from lake.person
    where department is not null
    group by usual_id
),
-- Peers are those of the department where enough of it were at work, else those of the type of user.
seen as (
    select
        today.*,
        if(
            count(*) over (partition by colleague.department) > 5 and colleague.department is not null,
            'department ' || colleague.department, today.user_type
        ) as peer_type, today.record_accesses + today.list_accesses + today.exports as accesses,
        coalesce(site.site_group, '') as site_group
    from lake.people_day as today
    left join lake.site as site on site.site_id = today.site_id
    left join colleague on colleague.user_id = today.user_id
    where today.log_date = day::date
        and today.record_accesses + today.list_accesses + today.exports > 0
),
-- The median of the 34 days before, as a day's report shows 35.
past as (
    select
        before.user_id, before.site_id, count(*) as past_days,
        median(before.subjects) as usual_subjects, max(before.subjects) as most_subjects_before
    from lake.people_day as before
    join seen on seen.user_id = before.user_id and seen.site_id = before.site_id
    where before.log_date between day::date - 34 and day::date - 1
    group by before.user_id, before.site_id
),
-- Against the others of the site, and against those of all sites of its group.
circled as (
    select *, if(peers_of = 'site', site_id, site_group) as circle
    from (select *, unnest(['site', 'group']) as peers_of from seen)
),
others as (
    select
        *,
        count(*) over peer as peers,
        median(subjects) over peer as peers_subjects,
        quantile_cont(subjects, 0.9) over peer as peers_high_subjects,
        max(subjects) over peer as peers_most_subjects,
        median(accesses) over peer as peers_accesses,
        quantile_cont(accesses, 0.9) over peer as peers_high_accesses,
        max(accesses) over peer as peers_most_accesses
    from circled
    window peer as (
        partition by peers_of, circle, peer_type order by user_id
        groups between unbounded preceding and unbounded following exclude group
    )
),
-- A shop may have too few people to compare with; then those of its group count.
chosen as (
    select *
    from others
    qualify peers_of = if(
        max(if(peers_of = 'site', peers, 0)) over (partition by user_id, site_id) >= 5,
        'site', 'group'
    )
),
beside as (
    select
        chosen.*, coalesce(past.past_days, 0) as past_days,
        past.usual_subjects, past.most_subjects_before,
        -- With fewer days or peers there is nothing to compare with.
        if(past.past_days >= 5, past.most_subjects_before, null) as own_limit,
        if(chosen.peers >= 5, chosen.peers_high_subjects, null) as peer_limit
    from chosen
    left join past on past.user_id = chosen.user_id and past.site_id = chosen.site_id
)
select
    user_id, user_type, site_id, subjects, accesses, list_accesses, exports, refused, addresses,
    first_time, last_time, past_days, usual_subjects, most_subjects_before,
    peers_of, peers, peers_subjects, peers_high_subjects, peers_most_subjects,
    peers_accesses, peers_high_accesses, peers_most_accesses,
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
