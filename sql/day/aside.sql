-- Days before $date that critical data-quality checks have set aside, one row per site and day: they
-- teach no baseline, and `past.*` does not have them. Days without a record hold nothing to learn
-- and stay; where most of a site's days would be left out, they are its ordinary ones and none is. [none]
create or replace table aside_day as
with failed as (
    select aside.site_id, aside.log_date
    from lake.set_aside_days as aside
    inner join cached.site_day as site_day
        on site_day.site_id = aside.site_id and site_day.log_date = aside.log_date
    where aside.log_date between $history_from and $date - 1 and site_day.records > 0
),
share as (
    select site_day.site_id
    from cached.site_day as site_day
    left join failed
        on failed.site_id = site_day.site_id and failed.log_date = site_day.log_date
    where site_day.log_date between $history_from and $date - 1 and site_day.records > 0
    group by site_day.site_id
    having not is_most(count(failed.site_id), count(*))
)
select failed.*
from failed
semi join share on share.site_id = failed.site_id;
