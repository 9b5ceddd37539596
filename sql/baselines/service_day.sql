-- One row per site and day in $days with records of a service history, or requests that met some. [none]
with record as (
    select record_id, log_date, site_id, user_id, epoch_us(time) // microseconds_a_second() as second
    from lake.service_record
    where log_date in (select unnest($days::date[]))
),
-- Of the records of one second that say the same of a user one stands for all.
used as (
    select distinct record.user_id, record.second
    from record
    semi join (
        select record_id
        from lake.service_user
        where log_date in (select unnest($reached::date[])) and user_id is not null
    ) as named using (record_id)
),
counted as (
    select
        record.log_date, record.site_id, count(*) as records,
        count(*) filter (where used.user_id is null) as unused
    from record
    left join used on used.user_id = record.user_id and used.second = record.second
    group by record.log_date, record.site_id
),
named as (
    select
        service.log_date, request.site_id,
        count(*) filter (where service.joined_by = 'session' and service.user_id is not null)
            as by_session,
        count(*) filter (where service.joined_by = 'subject' and service.user_id is not null)
            as by_subject,
        count(*) filter (where service.joined_by = 'address' and service.user_id is not null)
            as by_address,
        count(*) filter (where service.users > 1 and service.user_id is not null) as unsure,
        count(*) filter (where service.user_id is null) as ambiguous
    from lake.service_user as service
    inner join lake.request as request
        on request.log_date = service.log_date and request.event_id = service.event_id
    where service.log_date in (select unnest($days::date[]))
    group by service.log_date, request.site_id
),
nameless as (
    select log_date, site_id, count(*) as nameless
    from lake.request
    where log_date in (select unnest($days::date[]))
        and user_id is null and data_level > 0 and is_access(status)
        and exists (from record)
    group by log_date, site_id
),
place as (
    select log_date, site_id from counted
    union
    select log_date, site_id from named
)
select
    place.log_date, place.site_id,
    coalesce(counted.records, 0) as records, coalesce(counted.unused, 0) as unused,
    coalesce(nameless.nameless, 0) as nameless,
    coalesce(named.by_session, 0) as by_session, coalesce(named.by_subject, 0) as by_subject,
    coalesce(named.by_address, 0) as by_address,
    coalesce(named.unsure, 0) as unsure, coalesce(named.ambiguous, 0) as ambiguous
from place
left join counted
    on counted.log_date = place.log_date and counted.site_id is not distinct from place.site_id
left join named on named.log_date = place.log_date and named.site_id = place.site_id
left join nameless on nameless.log_date = place.log_date and nameless.site_id = place.site_id
