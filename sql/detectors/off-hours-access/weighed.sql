-- One row per person and site with what explains it: others there too, a rota, the person's own past, a
-- roster or a trip.

-- What was done before in the part of the day in which somebody is now; who comes at night may come late in the
-- evening too.
with comparable_event as materialized (
    select person.site_id, person.user_id, event.user_id as who, event.log_date, event.accesses
    from person
    inner join event
        on event.site_id = person.site_id and event.user_type = person.user_type
        and (event.band = person.band or (person.band = 'evening' and event.band = 'night'))
),
-- By the role: single nights of a rota, or a Saturday now and then. `regulars` take turns again and again.
rota as (
    select site_id, user_id,
        count(distinct log_date) as days,
        count(distinct who) as people,
        max(accesses) as most,
        median(accesses) as typical
    from comparable_event
    group by site_id, user_id
),
regular as (
    select site_id, user_id, count(*) as people
    from (
        select site_id, user_id, who
        from comparable_event
        group by site_id, user_id, who
        having count(distinct log_date) >= $habit_days
    )
    group by site_id, user_id
),
-- A rota that has been taken so many times with nobody new does not explain somebody else's turn. A single
-- look-up makes nobody one of it.
turn as (
    select *, max(first_on) over (partition by site_id, user_id) as last_new_on
    from (
        select site_id, user_id, log_date,
            min(log_date) filter (where accesses >= $min_accesses)
                over (partition by site_id, user_id, who) as first_on
        from comparable_event
        where who <> user_id
    )
),
closed_rota as (
    select site_id, user_id
    from turn
    group by site_id, user_id
    having count(distinct log_date) filter (where log_date > last_new_on) >= $closed_nights
),
-- Who is at work at the site: on a working day, that day; on a day off, of late.
team as (
    select user_day.site_id, count(distinct user_day.user_id) as people
    from cached.user_day as user_day
    inner join calendar_day as today on today.log_date = $date
    semi join worker using (user_id)
    where user_day.log_date between
        case when today.is_working_day then $date else $date - $team_days::int end and $date
    group by user_day.site_id
),
-- Half of them, at whatever hours: a disaster, a stock-taking, or a wrong clock.
half_of_team as (
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
    select site_id, user_id, count(distinct log_date) as days, max(accesses) as most
    from comparable_event
    where who = user_id
    group by site_id, user_id
),
-- On journeys other days are days off, and the country has been that of whole days before. One that a colleague
-- works from too is home, or an exit of the company's network.
abroad as (
    select request.site_id, request.user_id, any_value(request.country)::varchar as country
    from day_request as request
    semi join (select * from person where band = 'day off') as on_day_off using (site_id, user_id)
    where request.is_personal
    group by request.site_id, request.user_id
    having count(distinct request.country) = 1 and count(*) = count(request.country)
),
of_one as (
    select country, any_value(user_id) as user_id
    from worker_network
    semi join abroad using (country)
    group by country
    having count(distinct user_id) = 1
),
day_abroad as (
    select user_id, log_date, any_value(country) as country
    from worker_network
    semi join abroad using (user_id)
    group by user_id, log_date
    having count(distinct country) = 1 and count(*) = count(country)
),
journey as (
    select
        abroad.site_id, abroad.user_id,
        max(user_day.record_accesses + user_day.list_accesses + user_day.exports) as most
    from abroad
    semi join of_one using (user_id, country)
    inner join day_abroad using (user_id, country)
    inner join past.user_day as user_day
        on user_day.site_id = abroad.site_id and user_day.user_id = abroad.user_id
        and user_day.log_date = day_abroad.log_date
    group by abroad.site_id, abroad.user_id
    having count(*) >= $habit_days
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
stranger as (
    select person.site_id, person.user_id
    from (select * from person where band <> 'day off') as person
    semi join closed_rota using (site_id, user_id)
    anti join (
        select site_id, user_id from comparable_event
        where who = user_id and accesses >= $min_accesses
    ) as own_turn using (site_id, user_id)
    semi join (select * from own where days >= few_days()) as known using (site_id, user_id)
)
select
    person.*,
    stranger.user_id is not null as is_stranger,
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
        when half_of_team.site_id is not null or crowd.people >= $crowd_people then 'colleagues_too'
        when everywhere.people >= $crowd_everywhere and everywhere.sites >= $sites_everywhere
            then 'colleagues_too'
        when person.accesses <= own_event.most * case
            when own_event.days >= greatest($habit_days, $habit_share * own.days) then $shift_ratio
            else $own_ratio
        end then 'as_before'
        when person.accesses <= $own_ratio * journey.most then 'as_on_journeys'
        -- Where a rota has its regulars, the turn of somebody who never had one is like most of theirs.
        when rota.people >= $rota_people and rota.days >= $rota_days and stranger.user_id is null
            and person.accesses <= $rota_ratio * case
                when own_event.user_id is null and regular.people >= $rota_people then rota.typical
                else rota.most
            end
            then 'as_on_call'
    end as reason,
    expected.reason_on_record
from person
left join own using (site_id, user_id)
left join stranger using (site_id, user_id)
left join rota using (site_id, user_id)
left join regular using (site_id, user_id)
left join journey using (site_id, user_id)
left join observed_day on observed_day.site_id = person.site_id
left join crowd on crowd.site_id = person.site_id and crowd.band = person.band
left join everywhere
    on everywhere.site_group = person.site_group and everywhere.band = person.band
left join own_event using (site_id, user_id)
left join half_of_team
    on half_of_team.site_id = person.site_id and half_of_team.band in ('any', person.band)
left join active_hour on active_hour.user_id = person.user_id
left join expected
    on expected.site_id = person.site_id and expected.user_id = person.user_id
