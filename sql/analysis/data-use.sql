-- title: どの役割・部署・サイトが、どの管理区分・種類のデータを使ったか、月ごと / Which role, department and site used which level and category of data, by month
-- param since date month-1 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with use as (
    select
        *,
        unnest(if(len(data_categories) = 0, [null], data_categories)) as category
    from lake.data_access
    where log_date between $since and $until
)
select
    strftime(date_trunc('month', log_date), '%Y-%m') as month,
    coalesce(user_type, 'unknown') as role, department, site_id, data_level, category,
    count(distinct user_id) as people, count(*) as accesses,
    count(distinct subject_id) as subjects,
    count(*) filter (where resource_kind = 'export') as exports
from use
group by all
order by month, data_level desc, accesses desc, role, department, site_id, category;
