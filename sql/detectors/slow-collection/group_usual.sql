-- One row per group, length of window and what is counted: how much a person's windows differ, as variance over
-- squared mean, and how much an upper quarter of its people see on a day.
select
    member.peers, usual.weeks, usual.metric,
    least(largest_dispersion(), greatest($least_dispersion, (
        coalesce(sum(usual.excess) filter (where usual.windows > 1), 0)
        + $windows_of_doubt * $usual_dispersion * avg(usual.level * usual.usual_days) ** 2
    ) / (
        coalesce(sum(usual.square) filter (where usual.windows > 1), 0)
        + $windows_of_doubt * avg(usual.level * usual.usual_days) ** 2
    ))) as dispersion,
    least(largest_dispersion(), greatest($least_dispersion, (
        coalesce(sum(usual.mix_excess) filter (where usual.windows > 1), 0)
        + $windows_of_doubt * $usual_dispersion * avg(usual.level * usual.usual_days) ** 2
    ) / (
        coalesce(sum(usual.mix_square) filter (where usual.windows > 1), 0)
        + $windows_of_doubt * avg(usual.level * usual.usual_days) ** 2
    ))) as mix_dispersion,
    quantile_cont(usual.level, $upper_share) as high_level,
    count(*) as people
from usual
inner join member using (user_id)
where usual.level > 0
group by all
