-- title: 個人データを拒まれた利用者 / Users who were refused personal data
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    request.site_id, request.user_id, any_value(request.user_type) as user_type,
    count(*) as refused, count(distinct request.log_date) as days,
    count(distinct request.subject_id) as subjects,
    map_from_entries(list(distinct (request.resource_id, request.status::integer)))
        as resources_and_status,
    min(request.time) as first_time, max(request.time) as last_time
from lake.person_request as request
where request.log_date between $since and $until
    and request.resource_kind in ('record', 'list', 'export', 'admin')
    and request.status in (401, 403) and request.user_id is not null
group by request.site_id, request.user_id
order by refused desc, request.user_id;
