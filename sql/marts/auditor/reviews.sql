-- One row per signature under the report of the day.
select date as log_date, author, version, reported_at, signed_at
from lake.review
where date = $day
order by signed_at
