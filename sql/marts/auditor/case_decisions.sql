-- One row per decision about a case made on the day: who has it, who closed it and how; no actor, no note.
select
    pseudonym(case_id) as case_id, decided_at::date as log_date, act, owner, due_on, verdict, findings,
    author, decided_at
from lake.case_decision
where decided_at::date = $day
order by decided_at, case_id
