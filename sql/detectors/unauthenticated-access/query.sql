with resource_past as (
    select
        resource_day.site_id, resource_day.resource_id,
        count(*) filter (where resource_day.accesses > 0) as days,
        sum(resource_day.accesses) as accesses,
        sum(resource_day.anonymous_accesses) as anonymous,
        sum(resource_day.refused) as refused
    from past.resource_day
    anti join excluded_days
        on excluded_days.site_id = resource_day.site_id
        and excluded_days.detector = 'unauthenticated-access'
        and resource_day.log_date between excluded_days.from_day and excluded_days.to_day
    where resource_day.data_level > 0
    group by all
),
site_past as (
    select site_id, sum(accesses) as accesses, sum(anonymous) as anonymous
    from resource_past
    group by site_id
),
resource_today as (
    select
        today.site_id, today.resource_id, today.accesses, today.anonymous_accesses,
        coalesce(resource_past.days, 0) as days,
        coalesce(resource_past.accesses, 0) as past_accesses,
        coalesce(resource_past.refused, 0) as past_refused,
        case
            when resource_past.accesses >= $enough_accesses
                then resource_past.anonymous / resource_past.accesses
            when site_past.accesses >= $enough_site_accesses
                then site_past.anonymous / site_past.accesses
        end as usual_share
    from lake.resource_day as today
    left join resource_past using (site_id, resource_id)
    left join site_past using (site_id)
    where today.log_date = $date and today.data_level > 0 and today.accesses > 0
),
closed as (
    select *, usual_share * accesses as usual, false as is_by_session
    from resource_today
    where usual_share <= $closed_share
        and anonymous_accesses > $usual_ratio * usual_share * accesses + $usual_slack
),
-- Nobody is named any more: the log's settings or the log-in itself have changed. The usual subnets are
-- told as one with the site.
unnamed_site as (
    select site_id, sum(accesses) as accesses
    from resource_today
    group by site_id
    having sum(accesses) >= $enough_site_accesses
        and sum(anonymous_accesses) >= $nameless_share * sum(accesses)
        and max(usual_share) <= $closed_share
),
usual_subnet as (
    select site_id, subnet
    from past.subnet_day
    where personal_accesses > anonymous_accesses
        and site_id in (select unnamed_site.site_id from unnamed_site)
    group by all
    having count(*) >= $known_days
),
-- Where the log names no users but sessions, whoever has none among all who have one is the stranger.
session_count as (
    select request.site_id, request.resource_id, count(*) as accesses,
        count(*) filter (where request.session_id is null) as anonymous
    from day_request as request
    inner join resource_today using (site_id, resource_id)
    where request.is_personal and not request.is_bot
        and resource_today.usual_share >= $nameless_share
    group by all
),
sessionless as (
    select resource_today.*, 0 as usual, true as is_by_session
    from resource_today
    inner join session_count using (site_id, resource_id)
    where session_count.accesses >= $enough_site_accesses
        and session_count.anonymous between $usual_slack + 1
            and $closed_share * session_count.accesses
),
judged_resource as (
    select * from closed
    union all by name
    select * from sessionless
),
known_subnet as (
    select site_id, subnet
    from past.subnet_day
    where anonymous_accesses > 0
        and site_id in (select sessionless.site_id from sessionless)
    group by all
    having count(*) >= $known_days
),
session_holder as (
    select distinct site_id, client_ip
    from day_request
    where session_id is not null and site_id in (select sessionless.site_id from sessionless)
),
-- A session is a user's of whose lines some name the user; one such line does not cover hundreds.
named_session as (
    select site_id, session_id
    from day_request
    where session_id is not null
        and site_id in (select judged_resource.site_id from judged_resource)
    group by site_id, session_id
    having count(*) filter (where is_named)
        >= greatest(1, count(*) filter (where not is_named and is_personal) / $named_lines)
),
anonymous as (
    select
        request.*, agent.browser, agent.bot_name, judged_resource.usual,
        judged_resource.past_accesses, judged_resource.past_refused, judged_resource.days
    from day_request as request
    inner join judged_resource using (site_id, resource_id)
    left join lake.agent as agent on agent.agent_id = request.agent_id
    anti join named_session using (site_id, session_id)
    where request.is_personal
        and not request.is_named
        and request.client_ip is not null
        and request.status <> 304
        and coalesce(request.method, '') <> 'HEAD'
        and (
            not judged_resource.is_by_session
            or (
                request.session_id is null
                and not exists (
                    select 1 from known_subnet
                    where known_subnet.site_id = request.site_id
                        and known_subnet.subnet = request.subnet
                )
                and not exists (
                    select 1 from session_holder
                    where session_holder.site_id = request.site_id
                        and session_holder.client_ip = request.client_ip
                )
            )
        )
        and not (
            request.is_bot and (
                regexp_matches(coalesce(agent.bot_name, ''), $crawler_names)
                or agent.bot_name in (select rule.bot_name from lake.crawler_rule as rule)
            )
        )
),
named_size as (
    select request.site_id, request.resource_id, count(distinct request.bytes) as sizes
    from day_request as request
    semi join judged_resource using (site_id, resource_id)
    where request.is_personal
        and (request.user_id is not null or request.session_id is not null)
    group by all
),
answer as (
    select anonymous.site_id, anonymous.client_ip, anonymous.resource_id,
        count(*) >= $same_answers
        and count(distinct anonymous.bytes) = 1
        and count(anonymous.bytes) = count(*)
        and coalesce(any_value(named_size.sizes), 0) >= $same_answers as is_form
    from anonymous
    left join named_size using (site_id, resource_id)
    group by all
),
address as (
    select
        anonymous.site_id, anonymous.client_ip,
        count(*) as accesses,
        count(distinct anonymous.subject_id) as subjects,
        count(*) filter (where anonymous.resource_kind in ('export', 'list')) as lists,
        max(anonymous.data_level) as data_level,
        bool_and(answer.is_form) as is_form,
        bool_or(anonymous.past_accesses = 0 and anonymous.past_refused > 0) as was_refused,
        sum(anonymous.bytes) as bytes,
        min(anonymous.time) as first_seen,
        max(anonymous.time) as last_seen,
        max(anonymous.days) as days,
        max(anonymous.usual) as usual,
        bool_and(usual_subnet.subnet is not null) as is_usual_subnet,
        min(anonymous.country) as country,
        first_ten(list(distinct anonymous.resource_id)) as resources,
        first_ten(list(distinct anonymous.subject_id)) as subject_ids,
        first_ten(list(distinct anonymous.browser) filter (where anonymous.browser is not null))
            as browsers
    from anonymous
    inner join answer using (site_id, client_ip, resource_id)
    left join usual_subnet
        on usual_subnet.site_id = anonymous.site_id and usual_subnet.subnet = anonymous.subnet
    group by anonymous.site_id, anonymous.client_ip
),
ranked as (
    select
        address.*,
        row_number() over (
            partition by site_id order by is_form, subjects desc, accesses desc, client_ip
        ) as number,
        count(*) over (partition by site_id) as site_addresses
    from address
    where not is_usual_subnet
),
judged as (
    select
        ranked.*,
        is_form or number > $named_addresses or (accesses = 1 and lists = 0) as is_slight
    from ranked
),
-- One record each by many addresses: none of them says much, all together do.
scattered as (
    select
        anonymous.site_id,
        count(*) as accesses,
        count(distinct anonymous.subject_id) as subjects,
        count(distinct anonymous.client_ip) as address_count,
        any_value(site_usual.usual) as usual,
        max(anonymous.data_level) as data_level,
        sum(anonymous.bytes) as bytes,
        min(anonymous.time) as first_seen,
        max(anonymous.time) as last_seen,
        first_ten(list(distinct anonymous.resource_id)) as resources,
        first_ten(list(distinct anonymous.subject_id)) as subject_ids,
        first_ten(list(distinct anonymous.country) filter (where anonymous.country is not null))
            as countries
    from anonymous
    inner join judged using (site_id, client_ip)
    left join (
        select site_id, sum(usual) as usual from judged_resource group by site_id
    ) as site_usual using (site_id)
    where judged.is_slight and not judged.is_form
    group by anonymous.site_id
    having count(distinct anonymous.client_ip) >= $scattered_addresses
        and count(distinct anonymous.subject_id) >= $scattered_subjects
),
nameless_site as (
    select 'users_no_longer_named' as reason,
        today.site_id, sum(today.accesses) as accesses, sum(today.subjects) as subjects
    from lake.resource_day as today
    semi join unnamed_site using (site_id)
    where today.log_date = $date and today.data_level > 0
    group by today.site_id
    union all by name
    select 'users_never_named' as reason,
        today.site_id, sum(today.accesses) as accesses, sum(today.subjects) as subjects
    from lake.resource_day as today
    where today.log_date = $date and today.data_level > 0
        and not exists (
            select 1
            from lake.resource_day as earlier
            where earlier.site_id = today.site_id and earlier.data_level > 0
                and earlier.accesses > 0 and earlier.log_date < $date
        )
    group by today.site_id
    having sum(today.accesses) >= $enough_site_accesses
        and sum(today.anonymous_accesses) >= $nameless_share * sum(today.accesses)
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
        'expected': round(judged.usual, 1),
        'unit': 'requests',
        'baseline': case when judged.days > 0 then 'site' else 'none' end,
        'baseline_days': judged.days,
        'data_level': judged.data_level,
        'successes': judged.accesses,
        'bytes': judged.bytes,
        'was_refused_before': judged.was_refused,
        'address_count': judged.site_addresses,
        'reason': case when judged.is_form then 'answers_of_a_form' end,
        'resources': judged.resources,
        'subjects': judged.subject_ids,
        'browsers': judged.browsers,
        'countries': case when judged.country is not null then [judged.country] end
    } as evidence,
    judged.accesses,
    judged.subjects,
    judged.lists,
    judged.was_refused,
    judged.is_slight,
    'address' as found_as
from judged
union all by name
select
    nameless_site.site_id,
    'site' as actor_kind,
    nameless_site.site_id as actor,
    site_day.first_time as first_seen,
    site_day.last_time as last_seen,
    nameless_site.accesses::bigint as event_count,
    nameless_site.subjects::bigint as subject_count,
    {
        'observed': nameless_site.accesses,
        'expected': null::double,
        'unit': 'requests',
        'baseline': 'none',
        'baseline_days': 0,
        'data_level': null::utinyint,
        'successes': nameless_site.accesses,
        'bytes': null::hugeint,
        'was_refused_before': false,
        'address_count': null::bigint,
        'reason': nameless_site.reason,
        'resources': null::varchar[],
        'subjects': null::varchar[],
        'browsers': null::varchar[],
        'countries': null::varchar[]
    } as evidence,
    nameless_site.reason as found_as
from nameless_site
inner join lake.site_day as site_day
    on site_day.site_id = nameless_site.site_id and site_day.log_date = $date
union all by name
select
    site_id,
    'site' as actor_kind,
    site_id as actor,
    first_seen,
    last_seen,
    accesses as event_count,
    subjects as subject_count,
    {
        'observed': accesses,
        'expected': round(usual, 1),
        'unit': 'requests',
        'baseline': 'site',
        'baseline_days': null::bigint,
        'data_level': data_level,
        'successes': accesses,
        'bytes': bytes,
        'was_refused_before': null::boolean,
        'address_count': address_count,
        'reason': 'few_each_of_many',
        'resources': resources,
        'subjects': subject_ids,
        'browsers': null::varchar[],
        'countries': countries
    } as evidence,
    accesses,
    subjects,
    'few_each_of_many' as found_as
from scattered
anti join unnamed_site using (site_id)
