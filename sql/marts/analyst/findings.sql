-- One row per finding of the day; the actor as a pseudonym, sites in clear, no sentence, no evidence.
select
    pseudonym(finding_id) as finding_id, pseudonym(case_id) as case_id, date as log_date, detector, category, severity, severity_found,
    coarse(score) as score,
    site_id, site.name as site_name, findings.franchise,
    actor_kind, case when actor_kind = 'site' then actor else pseudonym(actor) end as actor,
    coarse_time(first_seen) as first_seen, coarse_time(last_seen) as last_seen,
    coarse(event_count)::ubigint as event_count, coarse(subject_count)::ubigint as subject_count, measures, status,
    exists (
        select 1 from lake.finding_correction as noted
        where noted.date = $day and noted.finding_id = findings.finding_id
    ) as is_corrected
from lake.findings as findings
left join lake.site as site using (site_id)
where date = $day
order by score desc, finding_id
