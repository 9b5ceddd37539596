-- One row per hour at which a person accessed personal data of a site outside its hours.
select distinct site_id, user_id, user_type, hour, band
from access
where is_off_hours
