with
-- Not kept: it has every request of the day.
asked as not materialized (
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
refused as (
    select request.*,
        count(*) over (
            partition by request.site_id, request.user_id,
                case when request.user_id is null then request.client_ip end
        ) as refusals
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
-- Whoever was refused often, and all addresses of which none was, as one with the site.
refusal as (
    select
        refused.*,
        case
            when refused.refusals < $min_targets then 'site'
            when refused.user_id is null then 'ip'
            else 'user'
        end as actor_kind,
        case actor_kind
            when 'site' then refused.site_id::varchar
            when 'ip' then refused.client_ip
            else refused.user_id
        end as actor
    from refused
    where (refused.refusals >= $min_targets or refused.user_id is null) and actor is not null
),
-- A fault at a resource refuses many users at once.
resource_fault as (
    select request.site_id, request.resource_id
    from day_request as request
    left join (
        select site_id, resource_id, user_id
        from refused
        where status <> 401
        group by all
    ) as user_refused using (site_id, resource_id, user_id)
    where request.data_level > 0 or request.resource_kind in ('export', 'list', 'admin')
    group by request.site_id, request.resource_id
    having count(distinct user_refused.user_id)
        >= greatest($common_people + 1, half(count(distinct request.user_id)))
),
opened as (
    select request.*
    from (
        select
            asked.*,
            unnest(['user', 'ip']) as actor_kind,
            unnest([asked.user_id, asked.client_ip]) as actor
        from asked
        where asked.is_access
    ) as request
    semi join refusal
        on refusal.site_id = request.site_id and refusal.actor_kind = request.actor_kind
        and refusal.actor = request.actor
),
target as (
    select
        refusal.site_id, refusal.actor_kind, refusal.actor,
        refusal.resource_id, refusal.subject_id,
        count(*) as tries,
        min(refusal.time) as first_seen, max(refusal.time) as last_seen,
        max(refusal.data_level) as data_level,
        min(refusal.user_type) as user_type,
        list(distinct refusal.client_ip) as addresses,
        bool_and(refusal.status = 404) as is_absent,
        bool_or(refusal.status = 403) as is_forbidden
    from refusal
    anti join resource_fault
        on resource_fault.site_id = refusal.site_id and resource_fault.resource_id = refusal.resource_id
    anti join opened
        on opened.site_id = refusal.site_id and opened.actor_kind = refusal.actor_kind
        and opened.actor = refusal.actor and opened.resource_id = refusal.resource_id
        and opened.subject_id is not distinct from refusal.subject_id
    group by all
),
person as (
    select
        site_id, actor_kind, actor,
        count(*) as targets,
        count(*) filter (where not is_absent) as refused_targets,
        count(*) filter (where is_forbidden) as forbidden_targets,
        count(distinct resource_id) as resources,
        count(distinct subject_id) as subjects,
        sum(tries)::bigint as tries,
        max(data_level) as data_level,
        case when actor_kind <> 'site' then min(user_type) end as user_type,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        first_ten(list(distinct resource_id)) as resource_ids,
        first_ten(list(distinct subject_id)) as subject_ids,
        list_distinct(flatten(list(addresses))) as addresses
    from target
    group by site_id, actor_kind, actor
    having count(*) >= case actor_kind when 'site' then $persistent_targets else $min_targets end
),
-- Hits in between, while the tries went on.
hit as (
    select site_id, actor_kind, actor, count(distinct (opened.resource_id, opened.subject_id)) as opened
    from person
    inner join opened using (site_id, actor_kind, actor)
    where opened.data_level > 0 and opened.time between person.first_seen and person.last_seen
    group by all
),
-- How many refusals are usual: of the person, of the address's subnet, of the site.
own as (
    select 'user' as actor_kind, user_day.site_id, user_day.user_id as source,
        count(*) as days, avg(user_day.refused) as mean
    from past.user_day
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
        and excluded_days.category = 'personal_data'
        and user_day.log_date between excluded_days.from_day and excluded_days.to_day
    where user_day.user_id in (select person.actor from person)
    group by all
    union all
    select 'ip' as actor_kind, site_id, subnet as source, count(*) as days, avg(refused) as mean
    from past.subnet_day
    where subnet in (select subnet_of(person.actor) from person)
    group by all
    union all
    select 'site' as actor_kind, site_id, site_id::varchar as source, count(*) as days, median(refused) as mean
    from (
        select site_id, log_date, sum(refused) as refused
        from past.resource_day
        where data_level > 0 or resource_kind in ('export', 'list', 'admin')
        group by site_id, log_date
    )
    group by site_id
),
peers as (
    select site_id, user_type, avg(refused) as mean
    from past.user_day
    where site_id in (select person.site_id from person where person.actor_kind = 'user')
    group by all
),
judged as (
    select
        person.*,
        coalesce(hit.opened, 0) as opened,
        coalesce(own.days, 0) as own_days,
        -- A few days are no habit: whoever was refused yesterday would be excused today.
        case when own.days >= few_days() then own.mean end as own_mean,
        peers.mean as peer_mean,
        $usual_ratio * coalesce(own_mean, peers.mean, 0) as upper
    from person
    left join hit using (site_id, actor_kind, actor)
    left join own
        on own.actor_kind = person.actor_kind and own.site_id = person.site_id
        and own.source = case person.actor_kind when 'ip' then subnet_of(person.actor) else person.actor end
    left join peers
        on person.actor_kind = 'user' and peers.site_id = person.site_id
        and peers.user_type = person.user_type
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    last_seen,
    tries as event_count,
    subjects as subject_count,
    {
        'observed': targets,
        'expected': round(coalesce(own_mean, peer_mean, 0), 1),
        'upper': greatest($min_targets, round(upper, 1)),
        'unit': 'attempts',
        'baseline': case
            when own_mean is not null then case actor_kind when 'user' then 'own' else 'site' end
            when peer_mean is not null then 'peers'
            else 'none'
        end,
        'baseline_days': own_days,
        'forbidden_targets': forbidden_targets,
        'successes': opened,
        'data_level': data_level,
        'user_type': user_type,
        'resources': resource_ids,
        'subjects': subject_ids,
        'addresses': first_ten(addresses),
        'address_count': case when actor_kind = 'site' then len(addresses) end,
        'reason': case when actor_kind = 'site' then 'few_each_of_many' end
    } as evidence,
    targets,
    refused_targets,
    forbidden_targets,
    opened,
    resources,
    user_type
from judged
where targets >= upper and (actor_kind <> 'site' or own_mean is not null)
