-- title: どの役割・部署・サイトが、どの管理区分・種類のデータを使ったか、月ごと / Which role, department and site used which level and category of data, by month
-- param since date month-1 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    strftime(month, '%Y-%m') as month, coalesce(role, 'unknown') as role,
    * exclude (month, role)
from lake.data_use($since, $until)
order by month, data_level desc, accesses desc, role, department, site_id, category;
