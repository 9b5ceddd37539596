-- Accesses to the data of subjects under watch: persons of public interest (vip), employees (staff) but oneself, and
-- relations of the very user who looks. A reason on record explains an access, and so does the entry that
-- names the user who looks after a vip. On a day when the subject was there themselves, as a customer or in
-- the application's own records, staff had something to do for them; so had whoever saw the person on
-- several of the last days, which was reported then, and whoever's department did, as a ward that treats them.
with access as (
    select watched.*
    from watched_request as watched
    where watched.is_personal
        and watched.user_id is not null
        and watched.user_type <> 'customer'
        and not watched.is_pseudonymous
        and watched.reason is null
        and case watched.watched_as
            when 'relation' then coalesce(watched.named_user = watched.user_id, false)
            else watched.watched_as in ('vip', 'staff') and coalesce(watched.named_user <> watched.user_id, true)
        end
),
visit as (
    select request.site_id, request.subject_id
    from day_request as request
    semi join access using (site_id, subject_id)
    where request.user_type = 'customer' and request.is_access
    union
    select access.site_id, access.subject_id
    from lake.service_record as record
    inner join access
        on access.site_id = record.site_id
        and subject_key(record.subject_id) = subject_key(access.subject_id)
    where record.log_date = $date and record.user_type in ('customer', 'system')
),
-- Whom the user saw on several of the days before, or, of vips, a share of the user's department.
department as (
    select department, list(distinct usual_id) as users
    from context_person
    where department is not null
    group by department
),
seen as (
    select
        access.site_id, access.user_id, access.subject_id, access.is_vip, past.log_date, past.user_id as seen_by
    from (
        select site_id, user_id, subject_id, bool_or(watched_as = 'vip') as is_vip
        from access
        where watched_as <> 'relation'
        group by site_id, user_id, subject_id
    ) as access
    inner join past.user_subject_day as past
        on past.site_id = access.site_id
        and past.log_date > $date - $treated_days::int
        and list_contains(past.subjects, subject_hash(access.subject_id))
),
looked_after as (
    select site_id, user_id, subject_id
    from seen
    where seen_by = user_id
    group by site_id, user_id, subject_id
    having count(distinct log_date) >= $treating_days
    union
    select seen.site_id, seen.user_id, seen.subject_id
    from seen
    inner join department
        on list_contains(department.users, seen.user_id) and list_contains(department.users, seen.seen_by)
    where seen.is_vip and seen.seen_by <> seen.user_id
    group by seen.site_id, seen.user_id, seen.subject_id, department.department
    having count(distinct seen.seen_by)
        >= greatest($several_people, $treating_share * any_value(len(department.users)))
        and count(distinct seen.log_date) >= $treating_days
),
-- Of several entries the strictest: a relation, a colleague, a person of public interest.
ranked as (
    select
        access.*,
        visit.subject_id is not null as is_served,
        access.watched_as <> 'relation'
        and (access.site_id, access.user_id, access.subject_id) in (from looked_after) as is_looked_after
    from access
    left join visit
        on visit.site_id = access.site_id and visit.subject_id = access.subject_id
    qualify row_number() over (
        partition by access.request_row
        order by access.watched_as, access.watch_reason
    ) = 1
),
found as (
    select
        site_id, user_id,
        any_value(user_type)::varchar as user_type,
        count(*) as accesses,
        count(distinct subject_id) as subjects,
        count(*) filter (where watched_as = 'relation') as of_relations,
        count(*) filter (where watched_as = 'staff') as of_staff,
        bool_and(is_served) as is_served,
        bool_and(is_served or is_looked_after) and not bool_and(is_served) as is_looked_after,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        hourly_counts(time) as series,
        first_ten(list(distinct watch_reason) filter (where watch_reason is not null))
            as watch_reasons,
        first_ten(list(distinct line_no::varchar)) as line_numbers,
        first_ten(list(distinct resource_id::varchar)) as resources,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses
    from ranked
    group by site_id, user_id
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    accesses as event_count,
    subjects as subject_count,
    {
        'observed': accesses,
        'expected': 0,
        'unit': 'requests',
        'baseline': 'none',
        'reason': case
            when of_relations > 0 then 'relation'
            when of_staff > 0 then 'staff'
            else 'vip'
        end,
        'targets': subjects,
        'is_served': is_served,
        'is_looked_after': nullif(is_looked_after, false),
        'watch_reasons': watch_reasons,
        'data_level': data_level,
        'user_type': user_type,
        'resources': resources,
        'series': series,
        'addresses': addresses,
        'line_numbers': line_numbers
    } as evidence,
    accesses,
    subjects,
    of_relations,
    is_served,
    is_looked_after
from found
