-- title: 与えられ、期間を通じて使われなかった権限 / Rights that were granted and never used in the whole time
-- param since date yesterday-89 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    user_id, name, department, granted_to, resource_id, data_level, site_id, from_at, to_at
from lake.right_use($since, $until)
where is_whole_time and accesses = 0
order by granted_to nulls first, department, user_id, resource_id, data_level;
