-- One row per data-quality check of the day and site.
select
    log_date, suite, check_id, site_id, site.name as site_name, severity, success, title_ja, title_en,
    checked_at
from lake.check_result
left join lake.site as site using (site_id)
where log_date = $day
order by suite, check_id, site_id
