-- title: 終わっていない検出、リスクの順に / Findings still open, the riskiest first
-- param since date yesterday-29 この日から / from this day on
-- param limit integer 100 行数 / rows
select
    date, incident_id, risk, severity, score, detector, site_id, actor_kind, actor,
    event_count, subject_count, status, author, note, summary, finding_id
from lake.findings_open
where date >= $since
order by risk desc nulls last, date desc, score desc, finding_id
limit $limit;
