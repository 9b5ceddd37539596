-- The days before $date, each with the bit that stands for it in a set of days, the 126 last ones at
-- most: sets are joined by bit_or and counted by days_among, without gathering the days of every group.
-- Joined rather than computed, since shifting a bit takes DuckDB longer than reading the row.
create or replace table history_day as
select log_date, 1::hugeint << ($date - log_date)::int as day_bit
from calendar_day
where log_date < $date;
