-- table function beyond_role: 役割のふだんより高い管理区分を使った人ごとに一行 / One row per person who used data of a higher level than is usual in their role, from one day to another. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.beyond_role(since, until) as table
with person as (
    select
        usual_id as user_id, min(name) as name, min(department) as department
    from lake.person
    group by usual_id
),
used as (
    select
        access.user_id, any_value(access.user_type) as user_type, max(access.data_level) as level,
        any_value(person.name) as name, any_value(person.department) as department
    from lake.personal_data_access as access
    left join person on person.user_id = access.user_id
    where access.log_date between since::date and until::date
        and access.data_level > 0 and access.user_id is not null
        and coalesce(access.user_type, 'unknown') not in ('customer', 'unknown')
    group by access.user_id
),
-- A role is the department where at least five used data, else the type of user.
placed as (
    select
        used.*,
        if(
            department is not null and count(*) over (partition by department) >= 5,
            department, user_type
        ) as role
    from used
),
-- A level is usual where a fifth of the role used it or a higher one.
ranked as (
    select
        placed.*,
        count(*) over (partition by role) as people,
        count(*) over (
            partition by role order by level desc range between unbounded preceding and current row
        ) as people_so_high
    from placed
),
rated as (
    select
        ranked.*,
        max(if(people_so_high >= 0.2 * people, level, null)) over (partition by role) as usual_level
    from ranked
),
above as (
    select * from rated where people >= 5 and level > usual_level
)
select
    above.user_id, above.name, above.role, above.people, above.usual_level, above.level,
    count(*) as accesses, count(distinct access.subject_id) as subjects,
    list(distinct access.resource_id order by access.resource_id) as resources,
    list(distinct access.site_id order by access.site_id) as sites
from above
inner join lake.personal_data_access as access
    on access.user_id = above.user_id and access.data_level > above.usual_level
where access.log_date between since::date and until::date
group by above.user_id, above.name, above.role, above.people, above.usual_level, above.level
order by accesses desc, above.user_id;
