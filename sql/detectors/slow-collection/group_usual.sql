-- One row per group, length of window and what is counted: how much a person's windows differ, as variance over
-- squared mean, and how much an upper quarter of its people see on a day.
select
    peers, weeks, metric,
    $windows_of_doubt * avg(level * usual_days) ** 2 as doubt,
    least(largest_dispersion(), greatest($least_dispersion, (
        coalesce(sum(excess), 0) + usual_dispersion() / days_of_a_level() * doubt
    ) / (
        coalesce(sum(square) filter (where windows > 1), 0) + doubt
    ))) as dispersion,
    quantile_cont(level, $upper_share) as high_level,
    count(*) as people
from usual
where level > 0
group by peers, weeks, metric
