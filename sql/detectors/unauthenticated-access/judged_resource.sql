-- One row per resource to which clearly more anonymous accesses came than usual, and more than a stray one; of a log
-- that names no users, more of those who are not known to have logged in.
with nameless as (
    select site_id, resource_id, sum(accesses) as accesses
    from sessionless
    group by site_id, resource_id
),
compared as (
    select
        resource_today.*,
        nameless.accesses is not null as is_by_session,
        coalesce(nameless.accesses, resource_today.anonymous_accesses) as found,
        case when nameless.accesses is not null then usual_sessionless else usual_share end
            * resource_today.accesses as usual
    from resource_today
    left join nameless using (site_id, resource_id)
    where nameless.accesses is not null or resource_today.usual_share <= $closed_share
)
select * exclude (found)
from compared
where found >= clear_ratio() * greatest(1, usual)
