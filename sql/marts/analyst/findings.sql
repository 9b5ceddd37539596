-- One row per finding of the day; the actor as a pseudonym, sites in clear, no sentence, no evidence.
select
    pseudonym(finding_id) as finding, pseudonym(case_id) as case_id, date as log_date, detector, category, severity, severity_found, score,
    site_id, site.name as site_name, findings.franchise,
    actor_kind, case when actor_kind = 'site' then actor else pseudonym(actor) end as actor,
    first_seen, last_seen, event_count, subject_count, measures, status,
    exists (
        select 1 from lake.finding_correction as noted
        where noted.date = $day and noted.finding_id = findings.finding_id
    ) as is_corrected
from lake.findings as findings
left join lake.site as site using (site_id)
where date = $day
order by score desc, finding
