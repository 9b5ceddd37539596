-- title: 遅いページ / Slow pages
-- param day date yesterday 対象日 / day
-- param requests integer 20 リクエストがこの数以上 / with at least so many requests
-- param limit integer 50 行数 / rows
select
    site_id, regexp_replace(url_path, '[0-9]+', '*', 'g') as page, count(*) as requests,
    round(median(duration_ms), 1) as median_ms,
    round(quantile_cont(duration_ms, 0.95), 1) as slowest_twentieth_ms,
    max(duration_ms) as slowest_ms
from lake.request
where log_date = $day and duration_ms is not null
group by site_id, page
having count(*) >= $requests
order by slowest_twentieth_ms desc, site_id, page
limit $limit;
