-- One row per role and site: what the suite `marts` judges, of each role's mart the last day that
-- this night does not write anew. The tables `mart_day` and `mart_record` are made by
-- pipelines/quality/marts.py from the files themselves. [none]
with counted as (
    select request.log_date, request.site_id, count(*) as records
    from lake.request as request
    semi join mart_day on mart_day.log_date = request.log_date
    group by request.log_date, request.site_id
),

expected as (
    select mart_day.role, counted.site_id, counted.records
    from mart_day
    inner join counted on counted.log_date = mart_day.log_date
    left join lake.site as site on site.site_id = counted.site_id
    where mart_day.franchise is null or site.franchise = mart_day.franchise
)

select
    $day::date as log_date,
    coalesce(mart_record.role, expected.role) as role,
    coalesce(mart_record.site_id, expected.site_id) as site_id,
    coalesce(mart_record.records, 0)::bigint as records,
    coalesce(expected.records, 0)::bigint as lake_records,
    expected.role is null as is_foreign
from mart_record
full join expected
    on expected.role = mart_record.role and expected.site_id = mart_record.site_id
