-- One row per finding of the day, without the actor and the evidence.
select
    pseudonym(finding_id) as finding_id, pseudonym(case_id) as case_id, date as log_date, detector, category, severity, severity_found, score,
    site_id, site.name as site_name, findings.franchise,
    actor_kind, coarse_time(first_seen) as first_seen, coarse_time(last_seen) as last_seen, event_count, subject_count, measures, status
from lake.findings as findings
left join lake.site as site using (site_id)
where date = $day
order by score desc, finding_id
