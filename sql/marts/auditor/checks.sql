-- One row per data-quality check of the day and site.
select log_date, suite, check_id, site_id, severity, success, title_ja, title_en, checked_at
from lake.check_result
where log_date = $day
order by suite, check_id, site_id
