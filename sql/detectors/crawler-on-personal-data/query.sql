with access as (
    select request.*, agent.bot_name, client.as_org
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
program_account as (
    select distinct site_id, user_id from access where user_id is not null
),
-- An account whose programs read as much on other days.
user_habit as (
    select user_day.site_id, user_day.user_id, count(*) as days,
        avg(user_day.record_accesses + user_day.list_accesses + user_day.exports) as mean
    from past.user_day
    inner join program_account using (site_id, user_id)
    where user_day.record_accesses + user_day.list_accesses + user_day.exports > 0
    group by all
    having count(*) >= $habit_days
),
-- The same for a monitor without a name: bots at the resource, and the subnet it comes from.
resource_habit as (
    select site_id, resource_id, count(*) as days, avg(bot_accesses) as mean
    from past.resource_day
    where bot_accesses > 0
    group by all
    having count(*) >= $habit_days
),
subnet_habit as (
    select subnet_day.site_id, subnet_day.subnet, count(*) as days,
        avg(subnet_day.anonymous_accesses) as mean
    from past.subnet_day
    inner join (select distinct site_id, subnet from access) as source
        using (site_id, subnet)
    where subnet_day.anonymous_accesses > 0
    group by all
    having count(*) >= $habit_days
),
named_count as (
    select site_id, user_id, count(*) as accesses
    from access
    where user_id is not null
    group by all
),
nameless_count as (
    select site_id, subnet, count(*) as accesses
    from access
    where user_id is null
    group by all
),
judged_access as (
    select
        access.*,
        case
            when access.user_id is not null then
                user_habit.days is not null
                and named_count.accesses
                    <= greatest($habit_floor + user_habit.mean, $habit_ratio * user_habit.mean)
            else
                resource_habit.days is not null and subnet_habit.days is not null
                and nameless_count.accesses
                    <= greatest($habit_floor + subnet_habit.mean, $habit_ratio * subnet_habit.mean)
        end as is_habit,
        coalesce(user_habit.days, subnet_habit.days, 0) as habit_days,
        coalesce(user_habit.mean, subnet_habit.mean, 0) as habit_mean
    from access
    left join user_habit using (site_id, user_id)
    left join named_count using (site_id, user_id)
    left join resource_habit using (site_id, resource_id)
    left join subnet_habit using (site_id, subnet)
    left join nameless_count using (site_id, subnet)
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
        bool_and(user_id is not null) as is_named,
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
    judged.site_id,
    'ip' as actor_kind,
    judged.client_ip as actor,
    judged.first_seen,
    judged.last_seen,
    judged.accesses as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.accesses,
        'expected': round(judged.habit_mean, 1),
        'unit': 'requests',
        'baseline': case when judged.habit_days > 0 then 'site' else 'none' end,
        'baseline_days': judged.habit_days,
        'bot_name': coalesce(judged.bot_name, '?'),
        'verdict': judged.verdict,
        'purpose': judged.purpose,
        'as_org': judged.as_org,
        'data_level': judged.data_level,
        'successes': judged.accesses,
        'address_count': judged.bot_addresses,
        'crawler_subjects': judged.bot_subjects,
        'users': judged.users,
        'resources': judged.resources,
        'subjects': judged.subject_ids,
        'countries': case when judged.country is not null then [judged.country] end
    } as evidence,
    judged.accesses,
    judged.subjects,
    judged.bot_subjects,
    judged.verdict,
    judged.purpose,
    judged.is_named,
    judged.number,
    judged.is_habit,
    judged.is_system
from judged
