-- One row per site and address with such accesses, numbered by what they saw.
with named_size as (
    select request.site_id, request.resource_id, count(distinct request.bytes) as sizes
    from day_request as request
    semi join judged_resource using (site_id, resource_id)
    where request.is_personal
        and (request.user_id is not null or request.session_id is not null)
    group by all
),
answer as (
    select anonymous.site_id, anonymous.client_ip, anonymous.resource_id,
        count(*) >= $many
        and count(distinct anonymous.bytes) = 1
        and count(*) filter (where anonymous.status = 206) = 0  -- whoever asks for a part chooses its size
        and count(anonymous.bytes) = count(*)
        and coalesce(any_value(named_size.sizes), 0) >= $many as is_alike
    from anonymous
    left join named_size using (site_id, resource_id)
    group by all
)
select
    site_id, client_ip,
    count(*) as accesses,
    count(distinct anonymous.subject_id) as subjects,
    count(*) filter (where anonymous.resource_kind in ('export', 'list')) as lists,
    max(anonymous.data_level) as data_level,
    bool_and(answer.is_alike) as is_form,
    bool_or(anonymous.past_accesses = 0 and anonymous.past_refused > 0) as was_refused,
    min(anonymous.time) as first_seen,
    max(anonymous.time) as last_seen,
    max(anonymous.days) as days,
    max(anonymous.usual) as usual,
    count(*) over (partition by site_id) as address_count,
    row_number() over (
        partition by site_id order by is_form, subjects desc, accesses desc, client_ip
    ) as number,
    is_form or number > $many or (accesses = 1 and lists = 0) as is_slight,
    first_ten(list(distinct resource_id)) as resources,
    first_ten(list(distinct anonymous.subject_id)) as subject_ids,
    first_ten(list(distinct anonymous.browser) filter (where anonymous.browser is not null))
        as browsers,
    first_ten(list(distinct anonymous.country) filter (where anonymous.country is not null))
        as countries
from anonymous
inner join answer using (site_id, client_ip, resource_id)
group by site_id, client_ip
