-- One row per finding of the day on a site of the franchise, without evidence from elsewhere.
select
    pseudonym(finding.finding_id) as finding_id, pseudonym(finding.case_id) as case_id, finding.date as log_date, finding.detector, finding.category,
    finding.severity, finding.severity_found, finding.score, finding.site_id, site.name as site_name, finding.actor_kind,
    case when finding.actor_kind in ('site', 'ip') or exists (
        select 1 from lake.access_log as record
        where record.log_date = $day and record.site_id = finding.site_id
            and record.user_id = finding.actor
    ) then finding.actor end as actor,
    finding.first_seen, finding.last_seen, finding.event_count, finding.subject_count,
    finding.measures, finding.status
from lake.findings as finding
join lake.site as site on site.site_id = finding.site_id
where finding.date = $day and site.franchise = $franchise and not list_contains($kept, finding.detector)
order by finding.score desc, finding_id
