-- One row per site with lines on the day: counts, no persons.
select days.*, site.name as site_name
from lake.site_days as days
left join lake.site as site using (site_id)
where days.log_date = $day
order by site_id
