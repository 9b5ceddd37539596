with access as (
    select request.*, agent.bot_name, client.as_org,
        request.user_id is not null as has_name,
        coalesce(request.user_id, request.subnet) as unit,
        count(*) over (partition by request.site_id, has_name, unit) as unit_accesses
    from day_request as request
    inner join day_client as client on client.client_id = request.client_id
    inner join cached.agent as agent on agent.agent_id = request.agent_id
    anti join context_scanner_client as scanner
        on scanner.client_ip = request.client_ip
        and request.time between scanner.from_at and scanner.to_at
    where request.is_bot and request.is_personal
        and request.status <> 304
        and request.client_ip is not null
        and request.reason is null
),
-- What an account's programs read on other days, and what came without a name from a subnet.
habit as (
    select site_id, true as has_name, user_id as unit, count(*) as days,
        avg(record_accesses + list_accesses + exports) as mean
    from past.user_day
    where record_accesses + list_accesses + exports > 0
        and user_id in (select access.user_id from access)
    group by all
    union all
    select site_id, false as has_name, subnet as unit, count(*) as days, avg(anonymous_accesses) as mean
    from past.subnet_day
    where anonymous_accesses > 0 and subnet in (select access.subnet from access)
    group by all
),
-- A monitor without a name has been at the resource, too.
resource_habit as (
    select site_id, resource_id, count(*) as days
    from past.resource_day
    where bot_accesses > 0
    group by all
),
judged_access as (
    select
        access.*,
        habit.days >= $habit_days
        and (access.has_name or resource_habit.days >= $habit_days)
        and access.unit_accesses <= $habit_ratio * greatest($many_subjects, habit.mean) as is_habit,
        coalesce(habit.days, 0) as habit_days,
        coalesce(habit.mean, 0) as habit_mean
    from access
    left join habit using (site_id, has_name, unit)
    left join resource_habit using (site_id, resource_id)
),
verdict as (
    -- Who calls himself several is what the worst of the claims says.
    select site_id, client_ip, min(verdict) as verdict
    from day_crawler
    where log_date = $date
        and client_ip in (select access.client_ip from access)
    group by all
),
address as (
    select
        site_id, client_ip,
        count(*) as accesses,
        count(distinct subject_id) as subjects,
        bool_and(coalesce(is_habit, false)) as is_habit,
        bool_and(user_type = 'system') as is_system,
        bool_and(has_name) as is_named,
        max(data_level) as data_level,
        max(habit_days) as habit_days,
        max(habit_mean) as habit_mean,
        min(time) as first_seen,
        max(time) as last_seen,
        mode(bot_name order by bot_name) as bot_name,
        any_value(country) as country,
        any_value(as_org) as as_org,
        first_ten(list(distinct user_id) filter (where user_id is not null)) as users,
        first_ten(list(distinct resource_id)) as resources,
        first_ten(list(distinct subject_id)) as subject_ids
    from judged_access
    group by site_id, client_ip
),
ranked as (
    select
        address.*,
        row_number() over (
            partition by site_id, bot_name order by is_habit, subjects desc, accesses desc, client_ip
        ) as number,
        count(*) over (partition by site_id, bot_name) as bot_addresses,
        -- A crawler that comes from many addresses takes little by each.
        sum(subjects) filter (where not is_habit) over (partition by site_id, bot_name)
            as bot_subjects
    from address
),
judged as (
    select
        ranked.*,
        coalesce(verdict.verdict, 'unknown') as verdict,
        coalesce(ai_agent.purpose, 'none') as purpose
    from ranked
    left join verdict using (site_id, client_ip)
    left join ai_agent on ai_agent.bot_name = ranked.bot_name
)
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    accesses as event_count,
    subjects as subject_count,
    {
        'observed': accesses,
        'expected': round(habit_mean, 1),
        'unit': 'requests',
        'baseline': case when habit_days > 0 then 'site' else 'none' end,
        'baseline_days': habit_days,
        'bot_name': coalesce(bot_name, '?'),
        'verdict': verdict,
        'purpose': purpose,
        'as_org': as_org,
        'data_level': data_level,
        'successes': accesses,
        'address_count': bot_addresses,
        'crawler_subjects': bot_subjects,
        'users': users,
        'resources': resources,
        'subjects': subject_ids,
        'countries': case when country is not null then [country] end
    } as evidence,
    accesses,
    subjects,
    bot_subjects,
    verdict,
    purpose,
    is_named,
    number,
    is_habit,
    is_system
from judged
