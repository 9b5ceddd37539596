with asked as (
    select request.* replace (
        case
            when request.is_access or let_in.user_id is not null or request.client_ip is null
                then request.user_id
        end as user_id
    )
    from day_request as request
    left join day_let_in as let_in
        -- Whom a request lets in it names: most are not looked up.
        on let_in.user_id = case when request.is_access is distinct from true then request.user_id end
        and let_in.client_ip = request.client_ip
    where request.resource_kind not in ('login', 'logout') and request.reason is null
),
refusal as (
    select
        request.*,
        coalesce(request.user_id, request.client_ip) as actor,
        case when request.user_id is null then 'ip' else 'user' end as actor_kind
    from asked as request
    anti join context_scanner_client as scanner
        on scanner.client_ip = request.client_ip
        and request.time between scanner.from_at and scanner.to_at
    where request.status in (401, 403, 404)
        and (request.data_level > 0 or request.resource_kind in ('export', 'list', 'admin'))
        -- Crawlers walk dead links; what authorised scanners do is not counted.
        and not (
            request.is_bot and request.status = 404
            and request.agent_id not in (select assistant.agent_id from assistant_agent as assistant)
        )
),
persistent as (
    select site_id, actor_kind, actor
    from refusal
    where actor is not null
    group by all
    having count(*) >= $min_targets
),
-- A fault at a resource, or of one target, refuses many users at once.
resource_refusal as (
    select site_id, resource_id, count(distinct user_id) as refused_users
    from refusal
    where status <> 401
    group by all
    having refused_users > $common_people
),
resource_fault as (
    select request.site_id, request.resource_id
    from day_request as request
    inner join resource_refusal as refused
        on refused.site_id = request.site_id and refused.resource_id = request.resource_id
    where request.data_level > 0 or request.resource_kind in ('export', 'list', 'admin')
    group by request.site_id, request.resource_id
    having any_value(refused.refused_users) >= $common_share * count(distinct request.user_id)
),
common_target as (
    select site_id, resource_id, subject_id
    from refusal
    where subject_id is not null
    group by all
    having count(distinct user_id) > $common_people
),
tried as (
    select
        request.site_id, persistent.actor_kind, persistent.actor,
        request.resource_id, request.subject_id, request.resource_kind, request.data_level,
        request.time, request.status, request.client_ip, request.user_type, request.is_access,
        request.subject_number,
        request.status in (401, 403, 404) as is_refused
    from asked as request
    inner join persistent
        on persistent.site_id = request.site_id
        and persistent.actor_kind = 'user' and persistent.actor = request.user_id
    union all
    select
        request.site_id, persistent.actor_kind, persistent.actor,
        request.resource_id, request.subject_id, request.resource_kind, request.data_level,
        request.time, request.status, request.client_ip, request.user_type, request.is_access,
        request.subject_number,
        request.status in (401, 403, 404) and request.user_id is null as is_refused
    from asked as request
    inner join persistent
        on persistent.site_id = request.site_id
        and persistent.actor_kind = 'ip' and persistent.actor = request.client_ip
),
-- What ends a session's time out: whoever was refused with 401 is let in soon after.
renewal as (
    select site_id, client_ip, user_id, time
    from day_request
    where resource_kind = 'login' and status < 400 and client_ip is not null
        and client_ip in (select tried.client_ip from tried)
),
refused_row as (
    select tried.*, renewal.time as renewed_at
    from (
        select * from tried
        where is_refused and (data_level > 0 or resource_kind in ('export', 'list', 'admin'))
    ) as tried
    asof left join renewal
        on renewal.site_id = tried.site_id and renewal.client_ip = tried.client_ip
        and renewal.time >= tried.time
),
opened_target as (
    select distinct site_id, actor_kind, actor, resource_id, subject_id
    from tried
    where is_access
),
target as (
    select
        refused_row.site_id, refused_row.actor_kind, refused_row.actor,
        refused_row.resource_id, refused_row.subject_id,
        count(*) as tries,
        min(refused_row.time) as first_seen, max(refused_row.time) as last_seen,
        max(refused_row.data_level) as data_level,
        any_value(refused_row.user_type) as user_type,
        any_value(refused_row.client_ip) as client_ip,
        bool_and(refused_row.status = 404) as is_absent,
        bool_or(refused_row.status = 403) as is_forbidden,
        -- Refused for its session alone, and renewed.
        bool_and(
            refused_row.status = 401
            and coalesce(
                refused_row.renewed_at <= refused_row.time + to_minutes($renewal_minutes), false
            )
        ) as is_renewed
    from refused_row
    anti join resource_fault using (site_id, resource_id)
    where not exists (
        select 1
        from common_target
        where common_target.site_id = refused_row.site_id
            and common_target.resource_id = refused_row.resource_id
            and common_target.subject_id = refused_row.subject_id
    )
    group by all
),
closed_target as (
    select target.*
    from target
    where not target.is_renewed
        and not exists (
            select 1
            from opened_target
            where opened_target.site_id = target.site_id
                and opened_target.actor_kind = target.actor_kind
                and opened_target.actor = target.actor
                and opened_target.resource_id = target.resource_id
                and opened_target.subject_id is not distinct from target.subject_id
        )
),
person as (
    select
        site_id, actor_kind, actor,
        count(*) as targets,
        count(*) filter (where not is_absent) as refused_targets,
        count(*) filter (where is_forbidden) as forbidden_targets,
        count(distinct resource_id) as resources,
        count(distinct subject_id) as subjects,
        sum(tries) as tries,
        max(data_level) as data_level,
        any_value(user_type) as user_type,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        first_ten(list(distinct resource_id)) as resource_ids,
        first_ten(list(distinct subject_id)) as subject_ids,
        first_ten(list(distinct client_ip)) as addresses
    from closed_target
    group by site_id, actor_kind, actor
    having count(*) >= $min_targets
),
-- Hits in between, while the tries went on.
hit as (
    select person.site_id, person.actor_kind, person.actor,
        count(distinct (tried.resource_id, tried.subject_id)) as opened
    from person
    inner join tried using (site_id, actor_kind, actor)
    where tried.is_access and tried.data_level > 0
        and tried.time between person.first_seen and person.last_seen
    group by all
),
own as (
    select user_day.site_id, user_day.user_id, count(*) as days, avg(user_day.refused) as mean
    from past.user_day
    semi join person on person.site_id = user_day.site_id and person.actor = user_day.user_id
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
        and excluded_days.category = 'personal_data'
        and user_day.log_date between excluded_days.from_day and excluded_days.to_day
    group by all
),
peers as (
    select site_id, user_type, avg(refused) as mean
    from past.user_day
    where site_id in (select person.site_id from person where person.actor_kind = 'user')
    group by all
),
subnet as (
    select subnet_day.site_id, subnet_day.subnet, count(*) as days, avg(subnet_day.refused) as mean
    from past.subnet_day
    semi join (
        select site_id, subnet_of(actor) as subnet from person where actor_kind = 'ip'
    ) as source using (site_id, subnet)
    group by all
),
-- A few targets each of many addresses: what they were refused together, beside a usual day of the site.
usual as (
    select site_id, median(refused) as refused, count(*) as days
    from (
        select site_id, log_date, sum(refused) as refused
        from past.resource_day
        where data_level > 0 or resource_kind in ('export', 'list', 'admin')
        group by site_id, log_date
    )
    group by site_id
    having count(*) >= few_days()
),
scattered as (
    select
        refusal.site_id, 'site' as actor_kind, refusal.site_id::varchar as actor,
        count(distinct (refusal.resource_id, refusal.subject_id)) as targets,
        count(distinct (refusal.resource_id, refusal.subject_id)) filter (where refusal.status <> 404)
            as refused_targets,
        count(distinct (refusal.resource_id, refusal.subject_id)) filter (where refusal.status = 403)
            as forbidden_targets,
        count(distinct refusal.resource_id) as resources,
        count(distinct refusal.subject_id) as subjects,
        count(*) as tries,
        max(refusal.data_level) as data_level,
        min(refusal.time) as first_seen,
        max(refusal.time) as last_seen,
        first_ten(list(distinct refusal.resource_id)) as resource_ids,
        first_ten(list(distinct refusal.subject_id)) as subject_ids,
        first_ten(list(distinct refusal.client_ip)) as addresses,
        count(distinct refusal.client_ip) as address_count,
        0 as opened,
        usual.days as own_days,
        usual.refused as own_mean,
        $own_ratio * usual.refused as upper
    from refusal
    inner join usual using (site_id)
    anti join persistent using (site_id, actor_kind, actor)
    anti join resource_fault using (site_id, resource_id)
    where refusal.actor_kind = 'ip'
    group by refusal.site_id, usual.days, usual.refused
    having count(distinct refusal.client_ip) >= $scattered_addresses
        and count(distinct (refusal.resource_id, refusal.subject_id)) >= $persistent_targets
),
judged as (
    select
        person.*,
        coalesce(hit.opened, 0) as opened,
        coalesce(own.days, subnet.days, 0) as own_days,
        -- A few days are no habit: whoever was refused yesterday would be excused today.
        case when coalesce(own.days, subnet.days, 0) >= few_days() then coalesce(own.mean, subnet.mean) end
            as own_mean,
        peers.mean as peer_mean,
        coalesce($own_ratio * own_mean, $peer_ratio * peers.mean, 0) as upper
    from person
    left join hit using (site_id, actor_kind, actor)
    left join own
        on person.actor_kind = 'user' and own.site_id = person.site_id
        and own.user_id = person.actor
    left join peers
        on person.actor_kind = 'user' and peers.site_id = person.site_id
        and peers.user_type = person.user_type
    left join subnet
        on person.actor_kind = 'ip' and subnet.site_id = person.site_id
        and subnet.subnet = subnet_of(person.actor)
    union all by name
    select * from scattered
)
select
    judged.site_id,
    judged.actor_kind,
    judged.actor,
    judged.first_seen,
    judged.last_seen,
    judged.tries::bigint as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.targets,
        'expected': round(coalesce(judged.own_mean, judged.peer_mean, 0), 1),
        'upper': greatest($min_targets, round(judged.upper, 1)),
        'unit': 'attempts',
        'baseline': case
            when judged.own_mean is not null then case judged.actor_kind when 'user' then 'own' else 'site' end
            when judged.peer_mean is not null then 'peers'
            else 'none'
        end,
        'baseline_days': judged.own_days,
        'own_mean': round(judged.own_mean, 1),
        'peer_mean': round(judged.peer_mean, 1),
        'forbidden_targets': judged.forbidden_targets,
        'successes': judged.opened,
        'data_level': judged.data_level,
        'user_type': judged.user_type,
        'resources': judged.resource_ids,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses,
        'address_count': judged.address_count,
        'reason': case when judged.actor_kind = 'site' then 'few_each_of_many' end
    } as evidence,
    judged.targets,
    judged.refused_targets,
    judged.forbidden_targets,
    judged.opened,
    judged.resources,
    judged.user_type
from judged
where judged.targets >= judged.upper
