-- One row, of $day: what the suite `findings` judges, the findings about the $kept_days days up to
-- it. Their words are those of docs/findings.md. [none]
with recent as (
    select *
    from lake.findings
    where date > $day::date - $kept_days::integer and date <= $day::date
)

select
    $day::date as log_date,
    count(*)::bigint as findings,
    (count(*) - count(distinct finding_id))::bigint as repeated_findings,
    count(*) filter (
        where severity not in ('critical', 'high', 'medium', 'low', 'info')
            or status not in ('new', 'acknowledged', 'closed', 'suppressed')
            or category not in ('personal_data', 'authentication', 'web_attack', 'operations')
            or actor_kind not in ('user', 'ip', 'session', 'site')
            or coalesce(severity, status, category, actor_kind) is null
            or severity is null or status is null or category is null or actor_kind is null
            or score is null or not score between 0 and 100
    )::bigint as findings_odd,
    count(*) filter (
        where finding_id is null or detector is null or actor is null or summary is null
            or first_seen is null or last_seen is null or first_seen > last_seen
            or evidence is null or json_type(evidence) <> 'OBJECT'
            or json_extract_string(evidence, '$.query') is null
    )::bigint as findings_unproven
from recent
