-- One row per person, length of window and what is counted, of the windows that end on $date: what is expected
-- from the person's own past, the growth of their group, and the work of colleagues who are away.
with own as (
    select
        now.user_id, now.weeks, now.metric, now.value, now.days,
        member.user_type, member.peers, member.is_new,
        coalesce(usual.windows, 0) as windows,
        coalesce(usual.days, 0) as days_before,
        coalesce(usual.level, 0) as level,
        coalesce(usual.highest, 0) as highest,
        max(usual.level) filter (where now.metric = 'subjects') over (partition by now.user_id, now.weeks)
            as people_level,
        usual.excess / nullif(usual.square, 0) as own_dispersion,
        coalesce(usual.level, 0) * greatest(now.days, least_exposure() * usual.usual_days) as expected
    from amount as now
    inner join member using (user_id)
    left join usual using (user_id, weeks, metric)
    where now.back = 0
),
-- How many times the usual the people of a group do.
grown as (
    select
        *,
        case
            when count(*) filter (where expected >= $least_expected and days_before >= few_days()) over team
                > few_colleagues()
                then least(largest_common_factor(), greatest(1.0, median(value / expected) filter (
                    where expected >= $least_expected and days_before >= few_days()
                ) over team))
            else 1.0
        end as growth,
        greatest(0, value - expected * growth) as beyond
    from own
    window team as (partition by peers, weeks, metric)
),
-- Those who are away leave work to the others, who share it as they do more than expected.
missing as (
    select
        peers, weeks, metric,
        sum(usual.level * greatest(0, usual.usual_days - coalesce(now.days, 0))) as value
    from usual
    semi join (select * from member where is_away) as away using (user_id)
    left join (from amount where back = 0) as now using (user_id, weeks, metric)
    group by all
)
select
    grown.*,
    coalesce(least(1.0, coalesce(missing.value, 0) / nullif(sum(grown.beyond) over team, 0)) * grown.beyond, 0)
        as taken_over
from grown
left join missing using (peers, weeks, metric)
window team as (partition by peers, weeks, metric)
