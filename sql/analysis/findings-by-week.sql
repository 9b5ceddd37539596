-- title: 検出の推移、週と区分ごと / Findings by week and category
-- param since date yesterday-90 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    date_trunc('week', date)::date as week, category,
    count(*) as findings,
    count(*) filter (where severity in ('critical', 'high')) as grave,
    count(*) filter (where status in ('new', 'acknowledged')) as open_findings,
    count(distinct actor) as actors, sum(subject_count)::bigint as subjects
from lake.findings
where date between $since and $until
group by week, category
order by week desc, category;
