-- One row per site of the franchise with lines on the day: counts, no persons.
select * from lake.site_days where log_date = $day and franchise = $franchise order by site_id
