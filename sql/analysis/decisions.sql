-- title: だれがどの検出をどう判断したか / Who decided what about which finding
-- param since date yesterday-29 この日から / from this day on
-- param until date today この日まで / up to this day
select
    triage.decided_at, triage.author, triage.date, triage.detector, triage.severity,
    triage.site_id, triage.actor, triage.status, triage.verdict, triage.note, triage.finding_id
from lake.triage as triage
where triage.decided_at >= $since::date and triage.decided_at < $until::date + 1
order by triage.decided_at desc, triage.finding_id;
