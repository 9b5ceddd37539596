-- table function data_use: 月・役割・部署・サイト・管理区分・データの種類ごとに一行：使った人とアクセスの数 / One row per month, role, department, site, management level and category of data: who used it, and how often, from one day to another. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.data_use(since, until) as table
with use as (
    select
        *,
        unnest(if(len(data_categories) = 0, [null], data_categories)) as category
    from lake.data_access
    where log_date between since::date and until::date
)
select
    date_trunc('month', log_date)::date as month,
    user_type as role, department, site_id, coalesce(data_level, 0) as data_level, category,
    count(distinct user_id) as people, count(*) as accesses,
    count(distinct subject_id) as subjects,
    count(*) filter (where resource_kind = 'export') as exports
from use
group by all;
