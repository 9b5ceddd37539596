-- One row per resource of a log that names no users but sessions: there whoever has none, among all who
-- have one, is the stranger.
with session_count as (
    select request.site_id, request.resource_id, count(*) as accesses,
        count(*) filter (where request.session_id is null) as anonymous
    from day_request as request
    inner join resource_today using (site_id, resource_id)
    where request.is_personal and not request.is_bot
        and resource_today.usual_share >= $nameless_share
    group by all
)
select resource_today.*, 0 as usual, true as is_by_session
from resource_today
inner join session_count using (site_id, resource_id)
where session_count.accesses >= $enough_site_accesses
    and session_count.anonymous between $usual_slack + 1
        and $closed_share * session_count.accesses
