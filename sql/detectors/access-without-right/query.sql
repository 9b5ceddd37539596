-- Accesses to personal data that no right on record covers (context: privileges). Without that list
-- nothing is said, nor of pseudonyms, which no list can name, nor of programs' accounts where it is one of
-- people: where it names no account of a program that is at work on the site.
with member as (
    select usual_id as user_id, department
    from context_person
    where department is not null
),
granted as (
    select user_id, resource_id, data_level, site_id, from_at, to_at
    from context_privilege
    where user_id is not null
    union all
    select member.user_id, entry.resource_id, entry.data_level, entry.site_id, entry.from_at, entry.to_at
    from context_privilege as entry
    inner join member on member.department = entry.department
),
-- The kinds of people of whom the list names somebody: of shops' people or contractors it may say nothing.
listed_type as (
    select distinct user_type::varchar as user_type
    from cached.user_day
    where user_id in (select granted.user_id from granted)
),
listed_program as (
    select distinct day_request.site_id
    from day_request
    semi join granted using (user_id)
    where day_request.user_type = 'system' and day_request.is_access
),
access as (
    select
        rowid as request_row, site_id, user_id, user_type::varchar as user_type, time, resource_id,
        resource_kind, data_level, subject_id, client_ip
    from day_request
    where is_personal
        and reason is null
        and not is_pseudonymous
        and exists (select 1 from context_privilege)
        and (
            user_type in ('staff', 'franchise', 'contractor')
            or (user_type = 'system' and site_id in (from listed_program))
            or (
                user_type not in ('customer', 'system')
                and user_id in (select context_person.usual_id from context_person)
            )
        )
),
-- What a right names, whether it was in force or not.
named as (
    select
        access.request_row,
        coalesce(bool_or(access.time between granted.from_at and granted.to_at), false) as is_covered,
        coalesce(bool_or(access.time > granted.to_at), false) as is_ended
    from access
    inner join granted
        on granted.user_id = access.user_id
        and coalesce(granted.site_id = access.site_id, true)
        and coalesce(granted.resource_id = access.resource_id, true)
        and coalesce(granted.data_level >= access.data_level, true)
    group by access.request_row
),
judged as (
    select
        access.*,
        coalesce(named.is_covered, false) as is_covered,
        coalesce(named.is_ended, false) as is_ended
    from access
    left join named using (request_row)
),
-- A list that leaves out most people of a site lacks the site.
site_people as (
    select
        site_id,
        count(distinct user_id) as people,
        count(distinct user_id) filter (where not is_covered) as people_without
    from judged
    group by site_id
),
found as (
    select
        site_id, user_id,
        any_value(user_type) as user_type,
        count(*) as accesses,
        count(distinct subject_id) as subjects,
        count(*) filter (where resource_kind = 'export') as exports,
        count(*) filter (where is_ended) as ended,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        first_ten(list(distinct resource_id::varchar)) as resources,
        first_ten(list(distinct subject_id) filter (where subject_id is not null)) as subject_ids,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses,
        hourly_counts(time) as series
    from judged
    where not is_covered
    group by site_id, user_id
),
held as (
    select
        user_id,
        first_ten(list(distinct coalesce(resource_id, '<=' || data_level)
            || coalesce(' @ ' || site_id, ''))) as rights
    from granted
    where from_at <= $day_ends_at and to_at >= $day_begins_at
    group by user_id
),
counted as (
    select
        found.*,
        held.rights,
        site_people.people,
        site_people.people_without,
        (
            site_people.people_without >= $few_people
            and is_most(site_people.people_without, site_people.people)
        ) or (
            found.user_type in ('franchise', 'contractor')
            and found.user_type not in (select listed_type.user_type from listed_type)
        ) as lacks_site,
        case
            when found.ended > 0 then 'right_ended'
            when held.rights is null then 'no_right'
            else 'other_rights'
        end as reason
    from found
    inner join site_people using (site_id)
    left join held using (user_id)
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
        'reason': reason,
        'rights': rights,
        'exports': exports,
        'data_level': data_level,
        'people': people,
        'people_without': people_without,
        'lacks_site': lacks_site,
        'user_type': user_type,
        'resources': resources,
        'series': series,
        'subjects': subject_ids,
        'addresses': addresses
    } as evidence,
    accesses,
    subjects,
    exports,
    data_level,
    reason,
    lacks_site
from counted
