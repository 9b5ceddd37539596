-- One row per person, length of window and what is counted, of the windows that end on $date: what is expected
-- by the own past, by the growth that the group has, and by the work of colleagues who are not there.
with own as (
    select
        now.user_id, now.weeks, now.metric, now.value, now.days,
        member.peers, member.is_new,
        coalesce(usual.windows, 0) as windows,
        coalesce(usual.days, 0) as days_before,
        coalesce(usual.level, 0) as level,
        coalesce(usual.highest, 0) as highest,
        usual.usual_days,
        max(usual.level) filter (where now.metric = 'subjects')
            over (partition by now.user_id, now.weeks) as people_level,
        usual.excess, usual.square, usual.mix_excess, usual.mix_square,
        case when usual.windows > 1 then usual.windows else 0 end as varied_windows,
        coalesce(usual.level, 0) * greatest(
            now.days, $least_share * coalesce(usual.usual_days, now.days)
        ) as expected
    from amount as now
    inner join member using (user_id)
    left join usual using (user_id, weeks, metric)
    where now.back = 0
),
-- How many times the usual the people of a group do.
grown as (
    select
        peers, weeks, metric,
        count(*) as people,
        median(value / expected) as growth
    from own
    where expected >= $least_expected and days_before >= few_days()
    group by peers, weeks, metric
    having count(*) > few_colleagues()
),
compared as (
    select
        own.*,
        least(largest_common_factor(), greatest(1.0, coalesce(grown.growth, 1.0))) as growth,
        coalesce(grown.people, 0) as people
    from own
    left join grown using (peers, weeks, metric)
),
-- Who has left, or is away, as is on record, leaves work to the others, who share it as they do more than
-- expected.
away as (
    select usual_id as user_id
    from context_person
    where left_on between $date - $reach_weeks::int * days_a_week() and $date
    union
    select user_id
    from context_absence
    where from_at < $day_ends_at and to_at > $day_begins_at - to_days($reach_weeks::int * days_a_week())
),
missing as (
    select
        member.peers, usual.weeks, usual.metric,
        sum(usual.level * greatest(0, usual.usual_days - coalesce(now.days, 0))) as value
    from usual
    semi join away using (user_id)
    inner join member using (user_id)
    left join amount as now
        on now.back = 0 and now.user_id = usual.user_id and now.weeks = usual.weeks
        and now.metric = usual.metric
    group by all
)
select
    compared.*,
    coalesce(
        least(1.0, coalesce(missing.value, 0) / nullif(
            sum(greatest(0, compared.value - compared.expected * compared.growth)) over team, 0
        )) * greatest(0, compared.value - compared.expected * compared.growth), 0
    ) as taken_over
from compared
left join missing using (peers, weeks, metric)
window team as (partition by compared.peers, compared.weeks, compared.metric)
