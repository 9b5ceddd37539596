-- One row per request of the days in $days that names no user and met a record of a service history: nearest
-- in time, by the session, else by the subject on its site, else by the address. What request and record both
-- have must agree: a record with another session is another's, and one with another address too, unless the
-- session is the same. Two people equally near name nobody; accounts of one person are one. Seconds are whole, because a server and an
-- application write at different moments of one request. Records of the day before count, those of the day
-- after only within the short window: a day is not examined again for the sake of the next one. [personal]
with history as materialized (
    select
        record.record_id, record.log_date, epoch_us(record.time) // microseconds_a_second() as second,
        record.user_id, coalesce(person.usual_id, record.user_id) as person_id, record.user_type,
        record.session_id, record.client_ip, record.site_id,
        case
            when record.subject_id is not null
                then list_distinct([subject_key(record.subject_id), '[' || record.subject_hash || ']'])
        end as subjects
    from lake.service_record as record
    left join (
        select user_id, min(usual_id) as usual_id from lake.person where removed_at is null group by user_id
    ) as person on person.user_id = record.user_id
    where record.log_date in (select unnest($reached::date[]))
),
mark as (
    select history.* exclude (subjects),
        unnest([
            {'place': service_session_place(), 'mark': session_id, 'address': ''},
            {'place': service_address_place(), 'mark': client_ip, 'address': ''}
        ], recursive := true)
    from history
    union all by name
    select history.* exclude (subjects),
        if(client_ip is null, service_subject_place(), service_subject_address_place()) as place,
        unnest(subjects) as mark,
        coalesce(client_ip, '') as address
    from history
    where site_id is not null
),
-- Of requests that have a session (`in_session`) other places than the session count records without one.
entry as (
    select record_id, log_date, second, user_id, person_id, user_type, coalesce(site_id, '') as site_id,
        place, mark, address,
        unnest(case
            when place = service_session_place() then [true] when session_id is null then [true, false] else [false]
        end) as in_session
    from mark
    where mark is not null
),
nameless as (
    select
        request.event_id, request.log_date, epoch_us(request.time) // microseconds_a_second() as second,
        request.site_id, request.session_id, client.client_ip,
        subject_key(request.subject_id) as subject,
        -- A failed log-in names the account that was tried, and an address does not tell who looks at what is
        -- open to all: the record must be of that very moment.
        request.login_result is not distinct from 'failure' as is_failure,
        request.resource_id is null as is_open
    from lake.request as request
    left join lake.client as client on client.client_id = request.client_id
    where request.log_date in (select unnest($days::date[]))
        and exists (from history)
        and request.user_id is null
),
request_mark as (
    select event_id, log_date, second, is_failure or (is_open and place = service_address_place()) as is_strict,
        site_id, session_id is not null as in_session,
        place, mark, address
    from (
        select nameless.*,
            unnest([
                {'place': service_session_place(), 'mark': session_id, 'address': ''},
                {'place': service_subject_address_place(), 'mark': subject, 'address': client_ip},
                {'place': service_subject_place(), 'mark': subject, 'address': ''},
                {'place': service_address_place(), 'mark': client_ip, 'address': ''}
            ], recursive := true)
        from nameless
    )
    where mark is not null and address is not null
),
-- Only what both sides have: of most requests nothing is left.
met as (
    select request_mark.* from request_mark
    semi join entry using (place, mark, address, in_session, site_id)
    union all
    select request_mark.* replace ('' as site_id) from request_mark
    semi join (select * from entry where site_id = '') as entry using (place, mark, address, in_session)
),
moment as (
    select
        place, mark, address, in_session, site_id, second,
        any_value(log_date) as log_date, min(user_id) as user_id,
        min(person_id) as person_id, max(person_id) as other_id,
        arg_min_null(user_type, user_id) as user_type, min(record_id) as record_id
    from entry
    semi join met using (place, mark, address, in_session, site_id)
    group by place, mark, address, in_session, site_id, second
),
candidate as (
    select met.*, moment.second as found_at, moment.log_date as on_day, moment.user_id,
        moment.person_id, moment.other_id, moment.user_type, moment.record_id
    from met
    asof join moment
        on moment.place = met.place and moment.mark = met.mark and moment.address = met.address
        and moment.in_session = met.in_session and moment.site_id = met.site_id
        and met.second >= moment.second
    union all by name
    select met.*, moment.second as found_at, moment.log_date as on_day, moment.user_id,
        moment.person_id, moment.other_id, moment.user_type, moment.record_id
    from met
    asof join moment
        on moment.place = met.place and moment.mark = met.mark and moment.address = met.address
        and moment.in_session = met.in_session and moment.site_id = met.site_id
        and met.second <= moment.second
),
near as (
    select candidate.*, abs(second - found_at) as seconds
    from candidate
    where abs(second - found_at) <= case
            when is_strict then 1
            when place = service_session_place() and on_day <= log_date then $session_minutes * seconds_a_minute()
            else $window_seconds
        end
),
nearest as (
    select *
    from near
    qualify rank() over (partition by event_id order by place, seconds) = 1
),
named as (
    select
        event_id, any_value(log_date) as log_date, min(user_id) as user_id,
        min(person_id) as person_id, max(other_id) as other_id,
        arg_min_null(user_type, user_id) as user_type, any_value(place) as place,
        min(seconds) as seconds, min(record_id) as record_id,
        min({'in_session': in_session, 'site_id': site_id, 'mark': mark, 'address': address}) as met
    from nearest
    group by event_id
),
-- How many users of that day the session, subject or address stands for; a subject is one site's. Joined by
-- equalities alone: with any other condition DuckDB would compare every row with every row.
known as (
    select log_date, place, mark, address, in_session,
        case when place in (service_subject_address_place(), service_subject_place()) then site_id else '' end
            as site_id,
        count(distinct person_id) as users, min(person_id) as person_id
    from entry
    semi join met using (place, mark, address, in_session)
    group by all
)
select
    named.log_date, named.event_id,
    case when named.person_id = named.other_id then named.user_id end as user_id,
    case when named.person_id = named.other_id then named.user_type end as user_type,
    case
        when named.place = service_session_place() then 'session'
        when named.place = service_address_place() then 'address'
        else 'subject'
    end as joined_by,
    greatest(
        coalesce(known.users, 0)
            + (known.users = 1 and known.person_id not in (named.person_id, named.other_id))::int,
        1 + (named.person_id <> named.other_id)::int
    )::uinteger as users,
    named.seconds::uinteger as seconds,
    named.record_id
from named
left join known
    on known.log_date = named.log_date and known.place = named.place and known.mark = named.met.mark
    and known.address = named.met.address and known.in_session = named.met.in_session
    and known.site_id = case
        when named.place in (service_subject_address_place(), service_subject_place())
            then named.met.site_id
        else ''
    end
