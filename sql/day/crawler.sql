-- One row per site and address of $date that calls itself a known crawler, with the verdict on that.
create or replace table day_crawler as
select * from lake.crawler where log_date = $date;
