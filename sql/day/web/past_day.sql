-- One row per day before $date whose requests may be read for what pages usually answer: the last ones, as long as
-- they are few.
create or replace table web_past_day as
select log_date
from (
    select log_date, sum(sum(records)) over (order by log_date desc) as records
    from past.site_day
    where log_date >= $date - web_past_days()::int
    group by log_date
)
where records <= web_past_records();
