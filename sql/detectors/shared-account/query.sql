with source as (
    select
        day_source.user_id, day_source.site_id, day_source.user_type, day_source.subnet,
        day_source.agent_id, day_source.machine, day_source.is_mobile, day_source.country,
        day_source.requests, day_source.personal,
        case
            when office.people >= $office_people then 'office'
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
candidate as (
    select user_id, site_id
    from source
    group by user_id, site_id
    having (count(distinct place) > 1 and count(distinct agent_id) > 1)
        or count(distinct machine) >= $same_place_machines
),
seat as (
    select source.user_id, source.site_id, source.subnet, source.agent_id,
        any_value(source.place) as place,
        any_value(source.machine) as machine,
        any_value(source.is_mobile) as is_mobile
    from source
    semi join candidate using (user_id, site_id)
    group by source.user_id, source.site_id, source.subnet, source.agent_id
),
event as (
    select
        request.user_id, request.site_id, request.time, request.agent_id, request.is_personal,
        seat.place, seat.machine, seat.is_mobile
    from day_request as request
    inner join seat
        on seat.user_id = request.user_id and seat.site_id = request.site_id
        and seat.subnet = request.subnet and seat.agent_id is not distinct from request.agent_id
    where coalesce(request.status, 0) < 400
),
step as (
    select
        event.*,
        lag(place) over ordered as place_before,
        lag(machine) over ordered as machine_before,
        lag(agent_id) over ordered as agent_before,
        lag(is_mobile) over ordered as is_mobile_before,
        lag(is_personal) over ordered as is_personal_before,
        epoch(time - lag(time) over ordered) / seconds_a_minute() as gap_minutes
    from event
    window ordered as (partition by user_id, site_id order by time, place, machine)
),
turn as (
    select
        step.*,
        time_bucket(to_minutes($slot_minutes::int), time) as slot,
        is_mobile <> is_mobile_before as is_phone_and_computer
    from step
    where place <> place_before
        and agent_id is distinct from agent_before
        -- A telephone in the hand changes networks, and its apps have agents of their own.
        and not (is_mobile and is_mobile_before and machine = machine_before)
        and gap_minutes <= $window_minutes
        and (
            is_mobile = is_mobile_before
            or (is_personal and is_personal_before and gap_minutes <= $phone_minutes)
        )
),
occasion as (
    select user_id, site_id, slot,
        count(*) as turns,
        bool_and(is_phone_and_computer) as is_phone_and_computer
    from turn
    group by user_id, site_id, slot
    having count(*) >= $min_turns
),
in_turns as (
    select user_id, site_id,
        count(*) as occasions, sum(turns) as turns
    from occasion
    group by user_id, site_id
    having count(*) >= $min_occasions
        and (count(*) >= $phone_occasions or not bool_and(is_phone_and_computer))
),
-- Whoever works slowly takes turns with longer pauses, and one person does not go to and fro all day.
all_day as (
    select user_id, site_id,
        count(distinct time_bucket(to_minutes($slot_minutes::int), time)) as occasions,
        count(*) as turns
    from (
        select user_id, site_id, time, place, agent_id,
            lag(place) over ordered as place_before,
            lag(agent_id) over ordered as agent_before
        from event
        where is_personal and not is_mobile
        window ordered as (partition by user_id, site_id order by time, place, machine)
    )
    where place <> place_before and agent_id is distinct from agent_before
    group by user_id, site_id
    having count(*) >= $min_turns_a_day
),
desk as (
    select user_id, site_id
    from event
    where is_personal and not is_mobile
    group by user_id, site_id
    having greatest(count(distinct place), count(distinct machine)) >= $min_desks
),
apart as (
    select user_id, site_id, max(occasions) as occasions, max(turns) as turns
    from (
        select * from in_turns
        union all by name
        select * from all_day semi join desk using (user_id, site_id)
    )
    group by user_id, site_id
),
crowded as (
    select user_id, site_id, place, time_bucket(to_minutes($slot_minutes::int), time) as slot
    from event
    group by user_id, site_id, place, slot
    having count(distinct machine) >= $same_place_machines
),
together as (
    select user_id, site_id, count(distinct slot) as occasions
    from crowded
    group by user_id, site_id
    having count(distinct slot) >= $min_occasions
),
shared as (
    select
        coalesce(apart.user_id, together.user_id) as user_id,
        coalesce(apart.site_id, together.site_id) as site_id,
        greatest(coalesce(apart.occasions, 0), coalesce(together.occasions, 0)) as occasions,
        coalesce(apart.turns, 0) as turns,
        apart.user_id is not null as is_apart
    from apart
    full join together on together.user_id = apart.user_id and together.site_id = apart.site_id
),
today as (
    select
        source.user_id, source.site_id,
        any_value(source.user_type) as user_type,
        count(distinct source.place) as places,
        count(distinct source.machine) as machines,
        count(distinct source.agent_id) as agents,
        count(distinct source.machine) filter (where source.personal > 0) as personal_machines,
        first_ten(list(distinct source.country) filter (where source.country is not null))
            as countries,
        first_ten(list(distinct source.machine)) as browsers
    from source
    semi join shared using (user_id, site_id)
    group by source.user_id, source.site_id
),
place_day as (
    select worker_network.user_id, worker_network.log_date,
        count(distinct case
            when office.people >= $office_people then 'office'
            else coalesce('as' || worker_network.asn, worker_network.network)
        end) as places
    from worker_network
    semi join shared using (user_id)
    left join shared_network as office on office.subnet = worker_network.subnet
    group by worker_network.user_id, worker_network.log_date
),
agent_day as (
    select user_day.user_id, user_day.site_id, user_day.log_date, user_day.agents
    from past.user_day
    semi join shared using (user_id, site_id)
),
habit as (
    select
        today.user_id, today.site_id,
        count(*) as days,
        count(*) filter (
            where agent_day.agents >= today.agents
                and (place_day.places >= today.places or not shared.is_apart)
        ) as days_alike,
        avg(agent_day.agents) as mean_agents
    from today
    inner join shared using (user_id, site_id)
    inner join agent_day using (user_id, site_id)
    inner join place_day
        on place_day.user_id = agent_day.user_id and place_day.log_date = agent_day.log_date
    group by today.user_id, today.site_id
),
touched as (
    select
        request.user_id, request.site_id,
        any_value(request.user_type) as user_type,
        count(*) as requests,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        max(request.data_level) filter (where request.is_personal) as data_level,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses
    from day_request as request
    semi join shared using (user_id, site_id)
    where coalesce(request.status, 0) < 400
    group by request.user_id, request.site_id
),
judged as (
    select
        shared.*, today.machines, today.places, today.countries, today.browsers,
        touched.* exclude (user_id, site_id),
        coalesce(habit.days, 0) as days,
        habit.mean_agents,
        coalesce(habit.days_alike >= greatest($habit_days, $habit_share * habit.days), false)
            as is_habit,
        today.personal_machines
    from shared
    inner join today using (user_id, site_id)
    inner join touched using (user_id, site_id)
    left join habit using (user_id, site_id)
)
select
    judged.site_id,
    'user' as actor_kind,
    judged.user_id as actor,
    judged.first_seen,
    judged.last_seen,
    judged.requests as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.occasions,
        'expected': 0,
        'upper': $min_occasions - 1,
        'unit': 'events',
        'baseline': case when judged.days < $min_days then 'none' else 'own' end,
        'baseline_days': judged.days,
        'own_mean': round(judged.mean_agents, 1),
        'turns': judged.turns,
        'machines_count': judged.machines,
        'places_count': judged.places,
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'reason': case when judged.is_habit then 'used_so_before' end,
        'countries': judged.countries,
        'browsers': judged.browsers,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.occasions,
    judged.personal_machines,
    judged.subjects,
    judged.days,
    judged.is_habit
from judged
inner join calendar_day on calendar_day.log_date = $date
where not judged.is_habit or calendar_day.weekday = 1
