with access as (
    select
        request.site_id, request.user_id, coalesce(request.user_type, 'unknown') as user_type,
        request.time, request.subject_id, request.client_id,
        hour(request.time) as hour,
        hour(request.time) * 60 + minute(request.time) as minute_of_day
    from lake.request as request
    inner join lake.site as site on site.site_id = request.site_id and site.hours = 'business'
    where request.log_date = $date
        and request.user_type in ('staff', 'franchise', 'contractor')
        and request.data_level > 0
        and (request.status between 200 and 299 or request.status = 304)
),
off_hours as (
    select
        access.*,
        not list_contains($working_days::date[], $date::date) as is_day_off,
        greatest(
            $business_from_minute - minute_of_day, minute_of_day - $business_to_minute
        ) as minutes_outside
    from access
    where not list_contains($working_days::date[], $date::date)
        or minute_of_day < $business_from_minute - $grace_minutes
        or minute_of_day >= $business_to_minute + $grace_minutes
),
past as (
    select
        user_hour.site_id, user_hour.user_id, user_hour.user_type, user_hour.hour,
        user_hour.log_date
    from lake.user_hour as user_hour
    where user_hour.log_date between $history_from and $date - 1
        and list_contains($working_days::date[], user_hour.log_date)
            = list_contains($working_days::date[], $date::date)
),
own_day as (
    select site_id, user_id, count(distinct log_date) as days
    from past
    group by all
),
slot as (
    select distinct site_id, user_id, user_type, hour from off_hours
),
habit as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join past
        on past.site_id = slot.site_id and past.user_id = slot.user_id
        and abs(past.hour - slot.hour) <= $near_hours
    inner join own_day on own_day.site_id = slot.site_id and own_day.user_id = slot.user_id
    group by slot.site_id, slot.user_id, slot.hour
    having count(distinct past.log_date)
        >= greatest($habit_days, $habit_share * any_value(own_day.days))
),
shift as (
    select slot.site_id, slot.user_id, slot.hour
    from slot
    inner join past
        on past.site_id = slot.site_id and past.user_type = slot.user_type
        and past.user_id <> slot.user_id
        and abs(past.hour - slot.hour) <= $near_hours
    group by slot.site_id, slot.user_id, slot.hour
    having count(distinct past.user_id) >= $shift_people
        and count(distinct past.log_date) >= $shift_days
),
observed_day as (
    select site_hour.site_id, count(distinct site_hour.log_date) as days
    from lake.site_hour as site_hour
    where site_hour.log_date between $history_from and $date - 1
        and list_contains($working_days::date[], site_hour.log_date)
            = list_contains($working_days::date[], $date::date)
    group by all
),
unusual as (
    select off_hours.*
    from off_hours
    anti join habit using (site_id, user_id, hour)
    anti join shift using (site_id, user_id, hour)
),
person as (
    select
        unusual.site_id, unusual.user_id, any_value(unusual.user_type) as user_type,
        count(*) as accesses, count(distinct unusual.subject_id) as subjects,
        min(unusual.time) as first_seen, max(unusual.time) as last_seen,
        bool_or(unusual.is_day_off) as is_day_off,
        max(unusual.minutes_outside) as minutes_outside,
        list_sort(list(distinct unusual.subject_id))[1:10] as subject_ids,
        list_sort(list(distinct client.client_ip))[1:10] as addresses
    from unusual
    left join lake.client as client on client.client_id = unusual.client_id
    group by all
    having count(*) >= $min_accesses
),
history as (
    select person.site_id, person.user_id, count(distinct user_hour.log_date) as days
    from person
    inner join lake.user_hour as user_hour using (site_id, user_id)
    where user_hour.log_date between $history_from and $date - 1
    group by all
),
hourly as (
    select access.site_id, access.user_id, access.hour, count(*) as accesses
    from access
    semi join person using (site_id, user_id)
    group by all
),
rhythm as (
    select site_id, user_id, list({'hour': hour, 'value': accesses} order by hour) as hours
    from hourly
    group by all
)
select
    person.site_id,
    'user' as actor_kind,
    person.user_id as actor,
    case
        when coalesce(observed_day.days, 0) < $learning_days then 'low'
        when not person.is_day_off and person.minutes_outside < $deep_minutes then 'low'
        when person.subjects >= $many_subjects then 'high'
        else 'medium'
    end as severity,
    least(100,
        case
            when coalesce(observed_day.days, 0) < $learning_days then 10
            when not person.is_day_off and person.minutes_outside < $deep_minutes then 15
            else 45
        end + 12 * log10(1 + person.subjects) + 4 * log10(person.accesses)
    ) as score,
    person.first_seen,
    person.last_seen,
    person.accesses as event_count,
    person.subjects as subject_count,
    {
        'observed': person.accesses,
        'expected': 0,
        'unit': 'records',
        'baseline': case
            when coalesce(observed_day.days, 0) < $learning_days or history.days is null
                then 'none'
            else 'own'
        end,
        'baseline_days': coalesce(history.days, 0),
        'user_type': person.user_type,
        'is_day_off': person.is_day_off,
        'series': rhythm.hours,
        'subjects': person.subject_ids,
        'addresses': person.addresses
    } as evidence
from person
left join history using (site_id, user_id)
left join observed_day on observed_day.site_id = person.site_id
left join rhythm using (site_id, user_id)
