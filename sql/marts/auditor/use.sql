-- One row per use of the watch on the day, as it is on record; what it was about stays in the records.
select * from mart_use where log_date = $day order by seq
