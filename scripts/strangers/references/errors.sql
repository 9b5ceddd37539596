-- A quarter of an hour with more server errors than any before, and five times the usual share.
with quarter as (
    select
        site_id, log_date, time_bucket(interval 15 minutes, time) as slot,
        count(*) filter (status >= 500) as errors, count(*) as requests
    from request
    group by all
),
usual as (
    select site_id, sum(errors) / sum(requests) as share, max(errors) as most
    from quarter
    where log_date < $date
    group by site_id
)
select distinct quarter.site_id as actor
from quarter
inner join usual using (site_id)
where quarter.log_date = $date and quarter.errors >= 10 -- errors
    and quarter.errors > usual.most and quarter.errors / quarter.requests > 5 * usual.share -- times
