-- One record each by many addresses: none of them says much, all together do.
with scattered as (
    select
        site_id,
        count(*) as accesses,
        count(distinct anonymous.subject_id) as subjects,
        count(distinct client_ip) as address_count,
        max(anonymous.data_level) as data_level,
        min(anonymous.time) as first_seen,
        max(anonymous.time) as last_seen,
        first_ten(list(distinct anonymous.resource_id)) as resources,
        first_ten(list(distinct anonymous.subject_id)) as subject_ids,
        first_ten(list(distinct anonymous.country) filter (where anonymous.country is not null))
            as countries
    from anonymous
    inner join judged using (site_id, client_ip)
    anti join unnamed_site using (site_id)
    where judged.is_slight and not judged.is_form
    group by site_id
    having least(count(distinct client_ip), count(distinct anonymous.subject_id)) >= $many
),
found as (
    select *, 'ip' as actor_kind, client_ip as actor,
        case when is_form then 'answers_of_a_form' end as reason
    from judged
    union all by name
    select
        unnamed_site.*, site_day.first_time as first_seen, site_day.last_time as last_seen,
        'site' as actor_kind, site_id as actor, 'users_no_longer_named' as reason
    from unnamed_site
    inner join cached.site_day as site_day using (site_id)
    where site_day.log_date = $date
    union all by name
    select *, 'site' as actor_kind, site_id as actor, 'few_each_of_many' as reason
    from scattered
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    last_seen,
    accesses as event_count,
    subjects as subject_count,
    {
        'observed': accesses,
        'expected': round(usual, 1),
        'unit': 'requests',
        'baseline': case when days > 0 then 'site' else 'none' end,
        'baseline_days': days,
        'data_level': data_level,
        'successes': accesses,
        'was_refused_before': was_refused,
        'address_count': address_count,
        'reason': reason,
        'resources': resources,
        'subjects': subject_ids,
        'browsers': browsers,
        'countries': countries
    } as evidence,
    accesses,
    subjects,
    lists,
    was_refused,
    is_slight,
    reason
from found
