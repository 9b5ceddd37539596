-- One row per request of the day to a site of the franchise, as its own server logged it.
select record.* exclude (file_id, line_no) replace (pseudonym(event_id::varchar) as event_id), site.name as site_name
from lake.access_log as record
join lake.site as site on site.site_id = record.site_id
where record.log_date = $day and site.franchise = $franchise
order by record.time, record.event_id
