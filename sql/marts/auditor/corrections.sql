-- One row per finding of the day and correction that a person in it asked for; neither person nor note.
select
    pseudonym(finding_id) as finding_id, date as log_date, site_id, correction_id, from_day, to_day,
    author, created_at
from lake.finding_correction
where date = $day
order by created_at, finding_id
