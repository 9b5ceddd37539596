-- Data seen at a site where the person has never worked, while the own site has always been another.
with worked as (
    select log_date, user_id, site_id, count(*) as reads
    from access
    where user_id is not null and user_type in ('franchise', 'contractor')
    group by all
)
select today.user_id as actor
from worked as today
where today.log_date = $date and today.reads >= 3 -- reads
    and exists (
        select 1 from worked as before
        where before.log_date < $date and before.user_id = today.user_id
    )
    and not exists (
        select 1 from worked as before
        where before.log_date < $date and before.user_id = today.user_id
            and before.site_id = today.site_id
    )
