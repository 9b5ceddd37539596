-- Days are of a kind with others: working days with working days, a Sunday with Sundays, a holiday
-- within the week with all days off.
with day_kind as (
    select
        log_date, weekday, is_working_day,
        case
            when is_working_day then 'working'
            when bool_or(is_working_day) over (partition by weekday) then 'holiday'
            else 'weekday ' || weekday
        end as kind
    from calendar_day
),
today as (
    select * from day_kind where log_date = $date
),
comparable as (
    select day_kind.log_date, day_kind.is_working_day,
        day_kind.is_working_day = today.is_working_day as is_like_today,
        day_kind.kind = today.kind
            or (today.kind = 'holiday' and not day_kind.is_working_day) as is_same_kind
    from day_kind
    cross join today
    where day_kind.log_date < $date
),
access as (
    select
        request.site_id, site.site_group, request.user_id, request.user_type, request.time,
        request.hour,
        request.minute_of_day, request.subject_id, request.client_ip, request.subnet,
        request.data_level,
        case
            when request.hour >= $night_from or request.hour < $night_to
                or (not today.is_working_day and request.minute_of_day >= $business_to_minute)
                then 'night'
            when today.is_working_day then 'evening'
            else 'day off'
        end as band,
        greatest(
            $business_from_minute - request.minute_of_day,
            request.minute_of_day - $business_to_minute
        ) as minutes_outside,
        today.is_working_day
    from day_request as request
    inner join lake.site as site on site.site_id = request.site_id
    cross join today
    left join worker using (user_id)
    where request.is_personal
        and site.hours = 'business'
        and (
            request.user_type in ('staff', 'franchise', 'contractor')
            or worker.user_id is not null
        )
),
off_hours as (
    select access.*
    from access
    where not access.is_working_day
        or access.minute_of_day < $business_from_minute - $grace_minutes
        or access.minute_of_day >= $business_to_minute + $grace_minutes
),
past as (
    select
        user_hour.site_id, user_hour.user_id,
        coalesce(user_hour.user_type, 'unknown') as user_type,
        user_hour.hour::int as hour, user_hour.log_date, user_hour.personal_accesses,
        comparable.is_like_today, comparable.is_same_kind,
        case
            when user_hour.hour >= $night_from or user_hour.hour < $night_to
                or (not comparable.is_working_day and user_hour.hour::int * minutes_an_hour() >= $business_to_minute)
                then 'night'
            when not comparable.is_working_day then 'day off'
            when user_hour.hour::int * minutes_an_hour() >= $business_to_minute + $grace_minutes
                then 'evening'
            when (user_hour.hour::int + 1) * minutes_an_hour() <= $business_from_minute - $grace_minutes
                then 'evening'
        end as band
    from past.user_hour
    inner join comparable on comparable.log_date = user_hour.log_date
    semi join worker on worker.user_id = user_hour.user_id
    inner join (select distinct site_id from off_hours) as site
        on site.site_id = user_hour.site_id
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = user_hour.user_id
        and excluded_days.detector = 'off-hours-access'
        and user_hour.log_date between excluded_days.from_day and excluded_days.to_day
),
observed_day as (
    select site_day.site_id,
        count(*) as days,
        count(*) filter (where comparable.is_like_today) as days_like_today,
        count(*) filter (where comparable.is_same_kind) as days_of_kind
    from lake.site_day as site_day
    inner join comparable on comparable.log_date = site_day.log_date
    where site_day.records > 0
    group by site_day.site_id
),
own_day as (
    select site_id, user_id,
        count(distinct log_date) as days,
        count(distinct log_date) filter (where is_like_today) as days_like_today
    from past
    group by site_id, user_id
),
slot as (
    select distinct site_id, user_id, user_type, hour, band from off_hours
),
-- Night work goes across midnight and weekends, so that all nights are alike.
near as (
    select
        slot.site_id, slot.user_id, slot.hour, slot.band,
        past.user_id = slot.user_id as is_own, past.user_id as other, past.log_date,
        past.is_like_today, past.is_same_kind
    from slot
    inner join past on past.site_id = slot.site_id
    where hours_apart(past.hour, slot.hour) <= $near_hours
        and (past.user_id = slot.user_id or past.user_type = slot.user_type)
),
habit as (
    select near.site_id, near.user_id, near.hour
    from near
    inner join own_day using (site_id, user_id)
    where near.is_own and (near.is_like_today or near.band = 'night')
    group by near.site_id, near.user_id, near.hour, near.band
    having count(distinct near.log_date) >= greatest(
        $habit_days,
        $habit_share * any_value(
            case when near.band = 'night' then own_day.days else own_day.days_like_today end
        )
    )
),
shift as (
    select near.site_id, near.user_id, near.hour
    from near
    inner join observed_day using (site_id)
    where not near.is_own and (near.is_same_kind or near.band = 'night')
    group by near.site_id, near.user_id, near.hour, near.band
    having count(distinct near.log_date) >= greatest(
        $shift_days,
        $shift_share * any_value(
            case when near.band = 'night' then observed_day.days else observed_day.days_of_kind end
        )
    )
),
unusual as (
    select off_hours.*, shift.user_id is not null as is_shift_hour
    from off_hours
    anti join habit using (site_id, user_id, hour)
    left join shift using (site_id, user_id, hour)
),
person as (
    select
        unusual.site_id, unusual.user_id, any_value(unusual.user_type) as user_type,
        any_value(unusual.site_group) as site_group,
        count(*) as accesses,
        count(*) filter (where not unusual.is_shift_hour) < $min_accesses as is_in_shift,
        count(distinct unusual.subject_id) as subjects,
        min(unusual.time) as first_seen,
        max(unusual.time) as last_seen,
        min(unusual.hour) as first_hour,
        max(unusual.hour) as last_hour,
        not any_value(unusual.is_working_day) as is_day_off,
        max(unusual.minutes_outside) as minutes_outside,
        mode(unusual.band) as band,
        max(unusual.data_level) as data_level,
        first_ten(list(distinct unusual.subject_id)) as subject_ids,
        first_ten(list(distinct unusual.client_ip)) as addresses
    from unusual
    group by unusual.site_id, unusual.user_id
    having count(*) >= $min_accesses
),
-- What the role did in such a time before: single nights of a rota, or a Saturday now and then.
event as (
    select site_id, user_type, user_id, log_date, band, sum(personal_accesses) as accesses
    from past
    where band in ('night', 'evening') or (band = 'day off' and is_same_kind)
    group by all
),
rota as (
    select site_id, user_type, band,
        count(distinct log_date) as days,
        count(distinct user_id) as people,
        max(accesses) as most
    from event
    group by site_id, user_type, band
),
-- Who is at work at the site: on a working day, that day; on a day off, of late.
team as (
    select user_day.site_id, count(distinct user_day.user_id) as people
    from lake.user_day as user_day
    cross join today
    semi join worker using (user_id)
    where user_day.log_date between
        case when today.is_working_day then $date else $date - $team_days::int end and $date
    group by user_day.site_id
),
-- Half of them, at whatever hours: a disaster, a stock-taking, or a wrong clock.
half as (
    select unusual.site_id,
        case when unusual.is_working_day then 'any' else unusual.band end as band
    from unusual
    inner join team using (site_id)
    group by all
    having count(distinct unusual.user_id) >= greatest($least_crowd, half(any_value(team.people)))
),
crowd as (
    select person.site_id, person.band, count(*) as people
    from person
    group by person.site_id, person.band
),
-- An emergency calls many, at night or on a day off. Shops that open on a holiday say nothing of the
-- office, which is another group; by day two sites alone may have agreed on it.
everywhere as (
    select person.site_group, person.band,
        count(distinct person.user_id) as people, count(distinct person.site_id) as sites
    from person
    group by person.site_group, person.band
    having person.band <> 'day off' or count(distinct person.site_id) >= $sites_everywhere
),
own_event as (
    select site_id, user_id, band, count(*) as days, max(accesses) as most
    from event
    group by site_id, user_id, band
),
active_hour as (
    select request.user_id, list(distinct request.hour) as hours
    from day_request as request
    semi join person using (user_id)
    where coalesce(request.status, 0) < 400
    group by request.user_id
),
expected as (
    select person.site_id, person.user_id, any_value(roster.reason) as reason,
        any_value(roster.reason_on_record) as reason_on_record
    from person
    inner join (
        select user_id, site_id, from_at, to_at, 'on_roster' as reason,
            context_roster.reason as reason_on_record
        from context_roster
        union all by name
        select user_id, null as site_id, from_at, to_at, 'on_trip' as reason,
            context_trip.reason as reason_on_record
        from context_trip
    ) as roster
        on roster.user_id = person.user_id
        and coalesce(roster.site_id, person.site_id) = person.site_id
        and roster.from_at <= person.first_seen + to_minutes($grace_minutes::int)
        and roster.to_at >= person.last_seen - to_minutes($grace_minutes::int)
    group by person.site_id, person.user_id
),
own as (
    select user_day.site_id, user_day.user_id, count(*) as days, avg(user_day.subjects) as mean_subjects
    from past.user_day
    semi join person using (site_id, user_id)
    group by user_day.site_id, user_day.user_id
),
weighed as (
    select
        person.*,
        coalesce(own.days, 0) as own_days,
        own.mean_subjects,
        rota.days as peer_days,
        rota.most as peer_most,
        observed_day.days_like_today,
        person.subjects >= $many_subjects
            or person.subjects >= greatest($some_subjects, $busy_ratio * own.mean_subjects)
            as is_much,
        -- Every hour from the end of the working day on, or up to its beginning.
        not person.is_day_off and (
            len(list_filter(active_hour.hours, lambda hour:
                hour between $business_to_minute // minutes_an_hour() - 1 and person.last_hour))
                = person.last_hour - ($business_to_minute // minutes_an_hour() - 1) + 1
            or len(list_filter(active_hour.hours, lambda hour:
                hour between person.first_hour and $business_from_minute // minutes_an_hour()))
                = $business_from_minute // minutes_an_hour() - person.first_hour + 1
        ) and person.minutes_outside < $overtime_minutes as is_overtime,
        case
            when expected.user_id is not null then expected.reason
            when coalesce(observed_day.days_like_today, 0) < $learning_days then 'not_enough_history'
            when half.site_id is not null or crowd.people >= $crowd_people then 'colleagues_too'
            when everywhere.people >= $crowd_everywhere and everywhere.sites >= $sites_everywhere
                then 'colleagues_too'
            when person.accesses <= $own_ratio * own_event.most then 'as_before'
            when rota.people >= $rota_people and rota.days >= $rota_days
                and person.accesses <= $rota_ratio * rota.most
                then 'as_on_call'
        end as reason,
        expected.reason_on_record
    from person
    left join own using (site_id, user_id)
    left join rota
        on rota.site_id = person.site_id and rota.user_type = person.user_type
        and rota.band = person.band
    left join observed_day on observed_day.site_id = person.site_id
    left join crowd on crowd.site_id = person.site_id and crowd.band = person.band
    left join everywhere
        on everywhere.site_group = person.site_group and everywhere.band = person.band
    left join own_event
        on own_event.site_id = person.site_id and own_event.user_id = person.user_id
        and own_event.band = person.band
    left join half on half.site_id = person.site_id and half.band in ('any', person.band)
    left join active_hour on active_hour.user_id = person.user_id
    left join expected
        on expected.site_id = person.site_id and expected.user_id = person.user_id
),
judged as (
    -- A shift explains as much as its people do then, not whatever is done at that hour.
    select *
    from weighed
    where not (
        is_in_shift
        and (
            accesses <= $shift_ratio * coalesce(peer_most, 0)
            or (not is_day_off and minutes_outside < $deep_minutes)
        )
    )
),
hourly as (
    select access.site_id, access.user_id, access.hour, count(*) as accesses
    from access
    semi join person using (site_id, user_id)
    group by access.site_id, access.user_id, access.hour
),
rhythm as (
    select site_id, user_id, list({'hour': hour, 'value': accesses} order by hour) as hours
    from hourly
    group by site_id, user_id
)
select
    judged.site_id,
    'user' as actor_kind,
    judged.user_id as actor,
    judged.first_seen,
    judged.last_seen,
    judged.accesses as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.accesses,
        'expected': 0,
        'upper': coalesce(judged.peer_most, 0),
        'unit': 'records',
        'baseline': case
            when judged.days_like_today is null or judged.days_like_today < $learning_days
                or judged.own_days = 0 then 'none'
            else 'own'
        end,
        'baseline_days': judged.own_days,
        'own_mean': round(judged.mean_subjects, 1),
        'peer_days_at_such_hours': coalesce(judged.peer_days, 0),
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'is_day_off': judged.is_day_off,
        'is_overtime': judged.is_overtime,
        'reason': judged.reason,
        'reason_on_record': judged.reason_on_record,
        'series': rhythm.hours,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.subjects,
    judged.minutes_outside,
    judged.band,
    judged.reason,
    judged.is_day_off,
    judged.is_overtime,
    judged.is_much
from judged
left join rhythm using (site_id, user_id)
