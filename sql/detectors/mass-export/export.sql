-- One row per site, user, address and resource of `$date`: what was exported.
select
    site_id, user_id, client_ip, resource_id,
    any_value(user_type) as user_type,
    count(*) as exports,
    coalesce(sum(bytes), 0)::double as bytes,
    max(bytes) as largest,
    max(data_level) as data_level,
    min(time) as first_seen,
    max(time) as last_seen,
    list_distinct(list(hour)) as hours
from day_request
where is_personal and resource_kind = 'export' and reason is null
group by site_id, user_id, client_ip, resource_id
