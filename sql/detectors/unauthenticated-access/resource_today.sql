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
        when resource_past.accesses >= $enough_accesses
            then resource_past.anonymous / resource_past.accesses
        when site_past.accesses >= $enough_accesses
            then site_past.anonymous / site_past.accesses
    end as usual_share,
    case
        when resource_past.accesses >= $enough_accesses
            then resource_past.sessionless / resource_past.accesses
        when site_past.accesses >= $enough_accesses
            then site_past.sessionless / site_past.accesses
    end as usual_sessionless
from cached.resource_day as today
left join resource_past using (site_id, resource_id)
left join site_past using (site_id)
where today.log_date = $date and today.data_level > 0 and today.accesses > 0
