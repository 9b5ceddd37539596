-- One row per finding of the day on a site of the franchise and correction that its actor asked for.
select
    pseudonym(noted.finding_id) as finding_id, noted.date as log_date, noted.site_id, noted.correction_id, noted.from_day,
    noted.to_day, noted.note, noted.created_at
from lake.finding_correction as noted
join lake.site as site on site.site_id = noted.site_id
join lake.findings as finding
    on finding.finding_id = noted.finding_id and finding.date = noted.date
where noted.date = $day and noted.is_actor and site.franchise = $franchise and not list_contains($kept, finding.detector)
    and (
        finding.actor_kind in ('site', 'ip') or exists (
            select 1 from lake.access_log as record
            where record.log_date = $day and record.site_id = finding.site_id
                and record.user_id = finding.actor
        )
    )
order by noted.created_at, finding_id
