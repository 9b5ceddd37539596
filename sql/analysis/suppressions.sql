-- title: 検出を抑えている決まり / Rules that keep findings quiet
-- param day date yesterday この日に効いているもの / in force on this day
select
    suppression_id, detector, actor, site_id, network, reason, author, created_at,
    valid_until, ended_at, ended_by
from lake.suppression
where valid_until >= $day and (ended_at is null or ended_at >= $day::date)
order by valid_until, suppression_id;
