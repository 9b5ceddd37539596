-- How much personal data people touched, on $date and on the days before: what reasons on record
-- explain and excluded days are left out. Used by the detectors of amounts. [personal]

-- One row per person, site and day; site '*' is the total of a person who was on several sites on
-- $date. Of a user type with very many users (customers) a fixed sample stands for all; whoever did
-- much on $date is in it. Days that are set aside (is_aside) count among somebody's last days, and teach
-- nothing. user_type is who they are compared with: `department` and its name where the
-- directory has one with enough people at work, else the type of user.
create or replace table person_day as
with access as (
    select
        site_id, user_id,
        any_value(user_type) as user_type,
        count(*) filter (where resource_kind = 'record') as record_accesses,
        count(*) filter (where resource_kind = 'record' and subject_id is null) as unnamed_accesses,
        count(*) filter (where resource_kind = 'list') as list_accesses,
        count(*) filter (where resource_kind = 'export') as exports,
        coalesce(sum(bytes) filter (where resource_kind = 'export'), 0) as export_bytes,
        coalesce(sum(bytes) filter (where resource_kind <> 'export'), 0) as page_bytes
    from day_request
    where is_personal and user_id is not null and reason is null
    group by site_id, user_id
),
people as (
    select coalesce(user_type, 'unknown') as user_type, user_id
    from cached.user_day
    where log_date between $history_from and $date
    group by all
),
crowd as (
    select user_type, count(*) as users from people group by user_type
),
member as (
    select people.user_id
    from people
    inner join crowd using (user_type)
    where crowd.users <= sampled_from_people()
        or hash(people.user_id) % (crowd.users // sample_people()) = 0
    union
    select user_id
    from access
    where record_accesses >= sampled_unless_records() or list_accesses >= sampled_unless_lists()
        or exports >= sampled_unless_exports() or export_bytes >= sampled_unless_export_bytes()
        or page_bytes >= sampled_unless_page_bytes()
),
subject as (
    select distinct site_id, user_id, subject_id
    from day_request
    semi join member using (user_id)
    where is_personal and reason is null and resource_kind = 'record' and subject_id is not null
),
subject_count as (
    select site_id, user_id, count(*) as subjects from subject group by site_id, user_id
),
today as (
    select
        access.* exclude (record_accesses),
        coalesce(subject_count.subjects, 0) as subjects
    from access
    semi join member using (user_id)
    left join subject_count using (site_id, user_id)
),
explained as (
    select
        log_date, explanation_day.site_id,
        coalesce(person.usual_id, explanation_day.user_id) as user_id,
        sum(accesses) filter (where source = 'export') as exports,
        sum(accesses) as accesses,
        sum(subjects) as subjects
    from lake.explanation_day
    left join context_person as person on person.user_id = explanation_day.user_id
    where log_date between $history_from and $date - 1
    group by log_date, explanation_day.site_id, coalesce(person.usual_id, explanation_day.user_id)
),
past as (
    select
        user_day.log_date, user_day.site_id, user_day.user_id,
        coalesce(user_day.user_type, 'unknown') as user_type,
        greatest(user_day.subjects::double - coalesce(explained.subjects, 0), 0) as subjects,
        user_day.record_accesses::double as unnamed_accesses,
        user_day.list_accesses::double as list_accesses,
        greatest(user_day.exports::double - coalesce(explained.exports, 0), 0) as exports,
        user_day.export_bytes::double * greatest(
            0, 1 - coalesce(explained.exports, 0) / greatest(user_day.exports, 1)
        ) as export_bytes,
        greatest(user_day.personal_bytes::double - user_day.export_bytes::double, 0) * greatest(
            0, 1 - (coalesce(explained.accesses, 0) - coalesce(explained.exports, 0))
                / greatest(user_day.record_accesses + user_day.list_accesses, 1)
        ) as page_bytes,
        aside_day.site_id is not null as is_aside
    from cached.user_day as user_day
    semi join member using (user_id)
    left join aside_day using (log_date, site_id)
    left join explained using (log_date, site_id, user_id)
    where user_day.log_date between $history_from and $date - 1
),
learnt as (
    select past.*
    from past
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = past.user_id
        and excluded_days.category in ('personal_data', 'authentication')
        and past.log_date between excluded_days.from_day and excluded_days.to_day
),
every_day as (
    select * from learnt
    union all by name
    select $date as log_date, today.*, false as is_aside from today
),
roamer as (
    select user_id from today group by user_id having count(*) > 1
),
-- Newcomers too: of the department those count who have days to compare with.
colleague as (
    select person.usual_id as user_id, 'department ' || min(person.department) as peers
    from context_person as person
    left join (select distinct user_id from learnt) as known on known.user_id = person.usual_id
    where person.department is not null
    group by person.usual_id
    qualify count(any_value(known.user_id)) over (partition by min(person.department)) > enough_peers()
),
person_day as (
    select every_day.* replace (coalesce(colleague.peers, every_day.user_type) as user_type)
    from every_day
    left join colleague using (user_id)
)
select * from person_day
union all by name
select
    log_date, '*' as site_id, user_id, any_value(user_type) as user_type,
    sum(subjects) as subjects, sum(unnamed_accesses) as unnamed_accesses,
    sum(list_accesses) as list_accesses, sum(exports) as exports,
    sum(export_bytes) as export_bytes, sum(page_bytes) as page_bytes,
    bool_or(is_aside) as is_aside
from person_day
semi join roamer using (user_id)
group by log_date, user_id;

-- Their words by numbers, as in profile.sql: what follows groups and joins by them again and again. A day
-- on which nobody touched anything has a word too, since there is no type without any.
create or replace type volume_site as enum (
    select '*' union select site_id from person_day order by all
);
create or replace type volume_user_type as enum (
    select 'unknown' union select user_type from person_day order by all
);
create or replace type volume_metric as enum (
    'export_bytes', 'exports', 'list_accesses', 'page_bytes', 'subjects', 'unnamed_accesses'
);

-- One row per person, site, day and metric with a value above zero. day_class: 0 day off, 8 month end,
-- else the weekday.
create or replace table person_volume as
with metric_day as (
    from (
        select * replace (
            site_id::volume_site as site_id, user_type::volume_user_type as user_type
        )
        from person_day
    )
    unpivot (
        value for metric in (
            subjects, unnamed_accesses, list_accesses, exports, export_bytes, page_bytes
        )
    )
)
select
    metric_day.* replace (metric_day.metric::volume_metric as metric),
    class_of_day(
        calendar_day.is_working_day, calendar_day.is_month_end, calendar_day.weekday
    ) as day_class
from metric_day
inner join calendar_day using (log_date)
where metric_day.value > 0;
