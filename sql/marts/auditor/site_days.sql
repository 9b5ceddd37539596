-- One row per site with lines on the day: counts, no persons.
select * from lake.site_days where log_date = $day order by site_id
