-- One row per person and earlier day of which another detector told: it makes no collection with the days beside it.
select distinct coalesce(person.usual_id, finding.actor) as user_id, finding.date as log_date
from lake.findings as finding
left join context_person as person on person.user_id = finding.actor
where finding.date between $date - $reach_weeks::int * days_a_week() and $date - 1
    and finding.actor_kind = 'user'
    and finding.detector in ('bulk-record-access', 'record-enumeration', 'mass-export')
    and finding.severity in ('critical', 'high', 'medium')
    and finding.status <> 'suppressed'
