-- One row per person, site, day and part of it outside the hours, of the days before.
select site_id, user_type, user_id, log_date, band, sum(personal_accesses) as accesses
from past
where band in ('night', 'evening') or (band = 'day off' and is_same_kind)
group by all
