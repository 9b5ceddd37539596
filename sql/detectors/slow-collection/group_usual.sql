-- One row per group, length of window and what is counted: how much a person's windows differ, as variance over
-- squared mean, and how much those who do most do on a day.
select
    peers, weeks, metric,
    least(largest_dispersion(), greatest(0, (
        coalesce(sum(excess), 0) + usual_dispersion() * avg(usual_days * level) ** 2
    ) / (
        coalesce(sum(square) filter (where windows > 1), 0) + days_of_a_level() * avg(usual_days * level) ** 2
    ))) as dispersion,
    max(level) as high_level,
    count(*) as people
from usual
where level > 0
group by peers, weeks, metric
