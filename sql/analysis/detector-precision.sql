-- title: 検出器はどれだけ当たっているか / How often each detector was right
-- param since date yesterday-89 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with decided as (
    select
        findings.detector, findings.finding_id, findings.status,
        arg_max_null(triage.verdict, triage.decided_at) as verdict
    from lake.findings as findings
    left join lake.triage as triage on triage.finding_id = findings.finding_id
    where findings.date between $since and $until
    group by findings.detector, findings.finding_id, findings.status
)
select
    detector, count(*) as findings,
    count(*) filter (where status in ('new', 'acknowledged')) as open_findings,
    count(*) filter (where status = 'suppressed') as suppressed,
    count(*) filter (where status = 'closed' and verdict = 'confirmed') as confirmed,
    count(*) filter (where status = 'closed' and verdict = 'explained') as explained,
    count(*) filter (where status = 'closed' and verdict = 'false_alarm') as false_alarms,
    round(
        count(*) filter (where status = 'closed' and verdict = 'confirmed')
        / nullif(count(*) filter (
            where status = 'closed' and verdict in ('confirmed', 'false_alarm')
        ), 0), 3
    ) as precision
from decided
group by detector
order by findings desc, detector;
