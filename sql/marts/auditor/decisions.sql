-- One row per decision about a finding of the day: who decided what, and when; no actor, no note.
select
    pseudonym(finding_id) as finding_id, date as log_date, detector, site_id, status, verdict,
    severity, author, decided_at
from lake.triage
where date = $day
order by decided_at, finding_id
