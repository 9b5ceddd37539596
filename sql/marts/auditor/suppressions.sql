-- One row per suppression made on the day: who keeps which findings quiet until when; no actor, no reason.
select
    suppression_id, created_at::date as log_date, detector, site_id,
    actor is not null as names_actor, network is not null as names_network,
    author, created_at, valid_until, ended_at, ended_by
from lake.suppression
where created_at::date = $day
order by created_at, suppression_id
