-- One row per site at which nobody is named any more: the log's settings or the log-in itself have
-- changed. The usual subnets are told as one with the site.
select site_id, sum(accesses)::bigint as accesses, sum(subjects)::bigint as subjects
from resource_today
group by site_id
having sum(accesses) >= $enough_accesses
    and sum(anonymous_accesses) >= (1 - $closed_share) * sum(accesses)
    and max(usual_share) <= $closed_share
