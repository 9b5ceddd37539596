with source as (
    select
        day_source.user_id, day_source.site_id, day_source.user_type, day_source.subnet,
        day_source.agent_id, day_source.machine, day_source.is_mobile, day_source.country,
        day_source.personal,
        case
            when office.people >= $many_machines then 'office'
            else coalesce('as' || day_source.asn, day_source.network)
        end as place
    from day_source
    left join worker using (user_id)
    left join shared_network as office on office.subnet = day_source.subnet
    where day_source.user_id is not null
        and (
            worker.user_id is not null
            or day_source.user_type in ('staff', 'franchise', 'contractor')
        )
),
today as (
    select
        user_id, site_id,
        any_value(user_type) as user_type,
        count(distinct place) as places,
        count(distinct machine) as machines,
        count(distinct agent_id) as agents,
        count(distinct machine) filter (where personal > 0) as personal_machines,
        -- Places or kinds of machine, other than telephones, at which personal data was read.
        greatest(
            count(distinct place) filter (where personal > 0 and not is_mobile),
            count(distinct machine) filter (where personal > 0 and not is_mobile)
        ) as desks,
        first_ten(list(distinct country) filter (where country is not null)) as countries,
        first_ten(list(distinct machine)) as browsers
    from source
    group by user_id, site_id
    having count(distinct agent_id) > 1
),
-- What a browser that is left open asks for by itself is nobody's work: only personal data counts.
event as (
    select
        request.user_id, request.site_id, request.time, request.agent_id, request.subject_id,
        request.client_ip, request.data_level, seat.place, seat.machine, seat.is_mobile,
        time_bucket(to_minutes($window_minutes::int), request.time) as slot
    from day_request as request
    inner join (
        select distinct user_id, site_id, subnet, agent_id, place, machine, is_mobile
        from source
        semi join today using (user_id, site_id)
    ) as seat
        on seat.user_id = request.user_id and seat.site_id = request.site_id
        and seat.subnet = request.subnet and seat.agent_id is not distinct from request.agent_id
    where request.is_personal and coalesce(request.status, 0) < 400
),
-- One person has a telephone beside the computer; two computers, or two telephones, are compared.
step as (
    select
        event.*,
        lag(place) over ordered as place_before,
        lag(machine) over ordered as machine_before,
        lag(agent_id) over ordered as agent_before,
        time - lag(time) over ordered as gap
    from event
    window ordered as (partition by user_id, site_id, is_mobile order by time, place, machine)
),
turn as (
    select user_id, site_id, slot,
        count(*) as turns,
        count(*) filter (where gap <= to_minutes($window_minutes::int)) as quick_turns
    from step
    where place <> place_before and agent_id is distinct from agent_before
        -- A telephone in the hand changes networks, and its apps have agents of their own.
        and not (is_mobile and machine = machine_before)
    group by user_id, site_id, slot
),
-- There and back several times; whoever works slowly takes turns with longer pauses, but one person
-- does not go to and fro among many desks all day.
apart as (
    select turn.user_id, turn.site_id, count(*) as occasions, sum(turn.turns) as turns
    from turn
    inner join today using (user_id, site_id)
    group by turn.user_id, turn.site_id
    having count(*) filter (where turn.quick_turns > 1) >= $min_occasions
        or (any_value(today.desks) >= $many_machines and sum(turn.turns) >= $turns_a_day)
),
together as (
    select user_id, site_id, count(distinct slot) as occasions, 0 as turns
    from (
        select user_id, site_id, slot
        from event
        group by user_id, site_id, place, slot
        having count(distinct machine) >= $many_machines
    )
    group by user_id, site_id
    having count(distinct slot) >= $min_occasions
),
shared as (
    select user_id, site_id, max(occasions) as occasions, max(turns) as turns
    from (select * from apart union all by name select * from together)
    group by user_id, site_id
),
place_day as (
    select worker_network.user_id, worker_network.log_date,
        count(distinct case
            when office.people >= $many_machines then 'office'
            else coalesce('as' || worker_network.asn, worker_network.network)
        end) as places
    from worker_network
    semi join shared using (user_id)
    left join shared_network as office on office.subnet = worker_network.subnet
    group by worker_network.user_id, worker_network.log_date
),
-- Of an account that is hardly known nobody can say how it is used; nor is one news that has always
-- been used at as many places with as many browsers.
news as (
    select shared.user_id, shared.site_id, count(*) as days
    from shared
    inner join today using (user_id, site_id)
    inner join past.user_day
        on user_day.user_id = shared.user_id and user_day.site_id = shared.site_id
    inner join place_day
        on place_day.user_id = user_day.user_id and place_day.log_date = user_day.log_date
    group by shared.user_id, shared.site_id
    having count(*) >= days_of_a_level()
        and count(*) filter (
            where user_day.agents >= today.agents and place_day.places >= today.places
        ) < $habit_days
),
touched as (
    select
        user_id, site_id,
        count(*) as accesses,
        count(distinct subject_id) as subjects,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        first_ten(list(distinct subject_id)) as subject_ids,
        first_ten(list(distinct client_ip)) as addresses
    from event
    group by user_id, site_id
)
select
    shared.site_id,
    'user' as actor_kind,
    shared.user_id as actor,
    touched.first_seen,
    touched.last_seen,
    touched.accesses as event_count,
    touched.subjects as subject_count,
    {
        'observed': shared.occasions,
        'expected': 0,
        'upper': $min_occasions - 1,
        'unit': 'events',
        'baseline': 'own',
        'baseline_days': news.days,
        'turns': shared.turns,
        'machines_count': today.machines,
        'places_count': today.places,
        'user_type': today.user_type,
        'data_level': touched.data_level,
        'countries': today.countries,
        'browsers': today.browsers,
        'subjects': touched.subject_ids,
        'addresses': touched.addresses
    } as evidence,
    shared.occasions,
    today.personal_machines,
    touched.subjects
from shared
inner join news using (user_id, site_id)
inner join today using (user_id, site_id)
inner join touched using (user_id, site_id)
