-- One record each by many addresses: none of them says much, all together do.
with scattered as (
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
    from cached.resource_day as today
    semi join unnamed_site using (site_id)
    where today.log_date = $date and today.data_level > 0
    group by today.site_id
    union all by name
    select 'users_never_named' as reason,
        today.site_id, sum(today.accesses) as accesses, sum(today.subjects) as subjects
    from cached.resource_day as today
    where today.log_date = $date and today.data_level > 0
        and not exists (
            select 1
            from cached.resource_day as earlier
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
inner join cached.site_day as site_day
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
