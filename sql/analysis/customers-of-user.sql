-- title: ある利用者がその日に見たのはだれのデータか / Whose data did a user look at on a day
-- param day date yesterday 対象日 / day
-- param user text none 利用者（既定はその日いちばん多くの人を見た人） / user, by default who saw most people that day
with chosen as (
    select coalesce(
        $user::varchar,
        (
            select arg_max(user_id, (subjects, user_id))
            from lake.people_day where log_date = $day and subjects > 0
        )
    ) as user_id
),
seen as (
    select access.*
    from lake.personal_data_access as access
    join chosen on chosen.user_id = access.user_id
    where access.log_date = $day and access.subject_id is not null
),
others as (
    select access.site_id, access.subject_id, count(distinct access.user_id) as other_users
    from lake.personal_data_access as access
    join chosen on chosen.user_id is distinct from access.user_id
    where access.log_date = $day
    group by access.site_id, access.subject_id
)
select
    seen.user_id, seen.site_id, seen.subject_id, count(*) as accesses,
    list(distinct seen.resource_id order by seen.resource_id) as resources,
    min(seen.time) as first_time, max(seen.time) as last_time,
    coalesce(any_value(others.other_users), 0) as other_users_that_day
from seen
left join others on others.site_id = seen.site_id and others.subject_id = seen.subject_id
group by seen.user_id, seen.site_id, seen.subject_id
order by first_time, seen.subject_id;
