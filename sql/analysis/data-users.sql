-- title: ある管理区分以上のデータを使った人 / Who used data of a level or above
-- param since date month この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param level integer 3 この管理区分以上 / this level and above
select
    user_id, any_value(name) as name, any_value(user_type) as role,
    any_value(department) as department, any_value(company) as company,
    list(distinct site_id order by site_id) as sites,
    list_sort(list_distinct(flatten(list(data_categories)))) as categories,
    max(data_level) as highest_level, count(*) as accesses,
    count(distinct (site_id, subject_id)) filter (where subject_id is not null) as subjects,
    count(*) filter (where resource_kind = 'export') as exports
from lake.data_access
where log_date between $since and $until and data_level >= $level and user_id is not null
    and user_type is distinct from 'customer'
group by user_id
order by subjects desc, accesses desc, user_id;
