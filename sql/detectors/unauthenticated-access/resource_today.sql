-- One row per site and resource of `$date` with personal data: what share of its accesses is usually
-- anonymous, and without a session too.
with resource_past as (
    select
        resource_day.site_id, resource_day.resource_id,
        count(*) filter (where resource_day.accesses > 0) as days,
        sum(resource_day.accesses) as accesses,
        sum(resource_day.anonymous_accesses) as anonymous,
        sum(coalesce(resource_day.sessionless_accesses, resource_day.anonymous_accesses)) as sessionless,
        sum(resource_day.refused) as refused
    from past.resource_day
    anti join excluded_days
        on excluded_days.site_id = resource_day.site_id
        and excluded_days.detector = 'unauthenticated-access'
        and resource_day.log_date between excluded_days.from_day and excluded_days.to_day
    where resource_day.data_level > 0
    group by all
),
-- A page of a letter or a campaign that has a link of its own: nobody has ever been signed in there. Days of open
-- cases count here, or the first case would hide it for good.
open_resource as (
    select site_id, resource_id
    from past.resource_day
    where data_level > 0 and accesses > 0
    group by all
    having count(*) >= days_of_a_level()
        and sum(coalesce(sessionless_accesses, anonymous_accesses)) = sum(accesses)
),
site_past as (
    select site_id, sum(accesses) as accesses, sum(anonymous) as anonymous, sum(sessionless) as sessionless
    from resource_past
    group by site_id
)
select
    today.site_id, today.resource_id, today.accesses, today.anonymous_accesses, today.subjects,
    coalesce(resource_past.days, 0) as days,
    coalesce(resource_past.accesses, 0) as past_accesses,
    coalesce(resource_past.refused, 0) as past_refused,
    case
        when open_resource.site_id is not null then 1.0
        when resource_past.accesses >= $enough_accesses
            then resource_past.anonymous / resource_past.accesses
        when site_past.accesses >= $enough_accesses
            then site_past.anonymous / site_past.accesses
    end as usual_share,
    case
        when open_resource.site_id is not null then 1.0
        when resource_past.accesses >= $enough_accesses
            then resource_past.sessionless / resource_past.accesses
        when site_past.accesses >= $enough_accesses
            then site_past.sessionless / site_past.accesses
    end as usual_sessionless
from cached.resource_day as today
left join resource_past using (site_id, resource_id)
left join site_past using (site_id)
left join open_resource using (site_id, resource_id)
where today.log_date = $date and today.data_level > 0 and today.accesses > 0
